"""The memory budget: how many chunks may be in flight, and what a run really took."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable

import psutil

from swath.errors import MemoryBudgetError, UsageError

GIB = 1 << 30
PROCESS_BASE = 260 << 20
"""Bytes that an interpreter with the libraries loaded takes before any chunk."""

_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1
"""Parameters of glibc's mallopt."""

_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def default_budget() -> int:
    """A quarter of the machine's memory, at most 4 GiB, in bytes."""
    return int(min(psutil.virtual_memory().total // 4, 4 * GIB))


def parse_size(text: str) -> int:
    """Read a size such as ``900M``, ``1.5G`` or ``64 MiB`` as bytes; raises UsageError."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?\s*", text.lower())
    if match is None or not float(match[1]):
        raise UsageError(f"{text!r} is not a size", "write a number and a unit, such as 900M or 2G")
    return int(float(match[1]) * _UNITS[match[2]])


def format_size(size: float) -> str:
    """Write bytes for people: ``1.5 GiB``."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    raise AssertionError


def projected(chunk_memory: int, workers: int, *, processes: bool) -> int:
    """Bytes that a run takes at its peak with so many workers, by plan."""
    interpreters = workers + 1 if processes else 1
    return interpreters * PROCESS_BASE + workers * chunk_memory


def workers_within(budget: int, chunk_memory: Iterable[int], wanted: int, *, processes: bool) -> int:
    """Give the number of workers, at most ``wanted``, that fits the budget in bytes.

    Raises MemoryBudgetError, with the size that would fit, where not even one chunk does.
    """
    largest = max(chunk_memory)
    for workers in range(wanted, 0, -1):
        if projected(largest, workers, processes=processes) <= budget:
            return workers
    least = projected(largest, 1, processes=processes)
    raise MemoryBudgetError(
        f"a budget of {format_size(budget)} cannot hold one chunk of this work",
        f"give --memory {-(-least // (1 << 20))}M or more, or a smaller --chunk-size",
    )


def keep_freed_memory() -> None:
    """Let the C library keep the memory of freed buffers for the next chunk, where it is glibc.

    It gives large buffers back to the system otherwise, and to fault their pages in again for each chunk took as long
    as parsing it.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(_MMAP_THRESHOLD, 1 << 30)
    mallopt(_TRIM_THRESHOLD, 512 << 20)
