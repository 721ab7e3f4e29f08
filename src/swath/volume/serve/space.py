"""How much a folder holds, and may hold."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from swath.engine.memory import format_size
from swath.volume.serve.errors import refused

PER_FILE = 4096
"""Bytes that every file counts beside its own: a million empty files fill a disk too."""

_SPARE = 64 << 20
"""Bytes that uploads leave free on a disk."""


def size_of(folder: Path, *, without: Path) -> int:
    """Count the bytes of a folder's files, links not followed, but for those of one folder within."""
    total, left = 0, [folder]
    while left:
        with os.scandir(left.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    left.extend([Path(entry.path)] if Path(entry.path) != without else [])
                else:
                    total += entry.stat(follow_symlinks=False).st_size + PER_FILE
    return total


def check_limit(held: int, wanted: int, limit: int) -> None:
    """Raise RequestError where a folder that holds so many bytes may not take so many more."""
    if held + wanted > limit:
        raise refused(
            f"an upload of {format_size(wanted)} does not fit: {format_size(held)} of {format_size(limit)} are taken"
        )


def check_disk(folder: Path, promised: int, wanted: int) -> None:
    """Raise RequestError where the disk cannot take ``wanted`` bytes beside those that are still to come."""
    free = max(0, shutil.disk_usage(folder).free - promised - _SPARE)
    if wanted > free:
        raise refused(f"an upload of {format_size(wanted)} does not fit on the disk: {format_size(free)} are free")
