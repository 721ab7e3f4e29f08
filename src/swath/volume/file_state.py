"""Whether the files of an array changed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def state_of_files(folder: Path) -> str:
    """Give a hash of the names, sizes and times of all files below a folder: it changes when one is written."""
    digest = hashlib.blake2b(digest_size=16)
    for directory, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = Path(directory) / name
            stat = path.stat()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
