"""Arrow's compute functions, as ``pyarrow.compute`` has them, which is loaded when the first is called.

To load it takes a sixth of the time of a command that finds its output done, and that calls none.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    """Give a function, and have it at hand from now on."""
    found = getattr(import_module("pyarrow.compute"), name)
    globals()[name] = found
    return found
