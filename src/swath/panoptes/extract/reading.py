"""How the keywords of extractors are read, and how their functions are made."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from swath.panoptes.extract.json_path import parse
from swath.panoptes.extract.model import Extracting


def text(value: Any) -> str:
    """A keyword that must be a text."""
    if not isinstance(value, str):
        raise TypeError
    return value


def path(value: Any) -> str:
    """A keyword that must be a JSONPath; raises UsageError."""
    parse(text(value))
    return str(value)


def numbers(value: Any) -> list[int] | None:
    """A keyword that must be a list of whole numbers, or nothing."""
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, int) for item in value):
        raise TypeError
    return value


def one_of(*choices: str) -> Callable[[Any], str]:
    """A keyword that must be one of some texts."""

    def read(value: Any) -> str:
        if value not in choices:
            raise ValueError
        return str(value)

    return read


def plain(function: Extracting) -> Callable[..., Extracting]:
    """An extractor without keywords of its own."""
    return lambda: function


def bound(function: Callable[..., Any]) -> Callable[..., Extracting]:
    """An extractor whose function takes its keywords."""
    return lambda **keywords: partial(function, **keywords)
