"""Which frames are dark, by their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

_DARK_NAME = re.compile(r"DARK.*\..{3}")
_DARK_WORD = re.compile(r"DARK|OSCURO")


def by_name(path: Path) -> str:
    """Say LIGHT or DARK: a dark has DARK in its name, in any case, and behind it a dot and three characters."""
    return "DARK" if _DARK_NAME.search(path.name.upper()) else "LIGHT"


def by_directory(path: Path) -> str:
    """Say LIGHT or DARK: a dark has DARK or OSCURO in its name or in that of its directory, in any case."""
    return "DARK" if _DARK_WORD.search(f"{path.parent.name}/{path.name}".upper()) else "LIGHT"


DARK_RULES: Mapping[str, Callable[[Path], str]] = {"name": by_name, "directory": by_directory}
"""The rules by name."""
