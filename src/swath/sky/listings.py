"""What a store holds: its frames, its sessions, its nights."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from swath.sky.store import open_sky_store, read_table
from swath.sky.tables import FRAMES

FRAME_COLUMNS = ("observer", "night", "session", "name", "type", "time", "model", "iso", "exposure", "darks")
SESSION_COLUMNS = ("observer", "session", "directory", "light", "dark", "first", "last")
NIGHT_COLUMNS = ("observer", "night", "light", "dark", "first", "last")

Row = dict[str, Any]


def frames(store: Path) -> list[Row]:
    """List the frames in order of observer and time."""
    rows: list[Row] = read_table(open_sky_store(store), FRAMES).to_pylist()
    return sorted(rows, key=lambda row: (row["observer"] or "", row["time"], row["path"]))


def sessions(store: Path) -> list[Row]:
    """List the sessions with their directories, numbers of frames, and times."""
    return _grouped(frames(store), ("observer", "session", "directory"))


def nights(store: Path) -> list[Row]:
    """List the nights of each observer with numbers of frames, and times."""
    return _grouped(frames(store), ("observer", "night"))


def _grouped(rows: Iterable[Row], names: tuple[str, ...]) -> list[Row]:
    key: Callable[[Row], list[str]] = lambda row: [str(row[name] or "") for name in names]  # noqa: E731
    return [_summary(list(group), names) for _, group in groupby(sorted(rows, key=key), key)]


def _summary(rows: list[Row], names: tuple[str, ...]) -> Row:
    times = [row["time"] for row in rows]
    kinds = [row["type"] for row in rows]
    shared = {name: rows[0][name] for name in names}
    return {
        **shared,
        "light": kinds.count("LIGHT"),
        "dark": kinds.count("DARK"),
        "first": min(times),
        "last": max(times),
    }
