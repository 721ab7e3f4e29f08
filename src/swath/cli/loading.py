"""Commands that are loaded and put together when they are asked for: all of them at once take longer than many runs."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer


class LoadedCommands(UserDict[str, Any]):
    """Commands by name, each made from the function or the group of that name in its module."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        """Take the name of the module of each command."""
        super().__init__(modules)
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Give a command."""
        if name not in self._made:
            self._made[name] = _make(name, getattr(import_module(self.data[name]), name))
        return self._made[name]


def _make(name: str, given: Any) -> Any:
    """Make a command as Typer would if it were the only one of the program."""
    only = typer.Typer(rich_markup_mode=None)
    if isinstance(given, typer.Typer):
        only.add_typer(given, name=name)
    else:
        only.command(name)(given)
    return typer.main.get_group(only).commands[name]
