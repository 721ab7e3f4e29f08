"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from swath.errors import OutputError, SwathError

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

_BUFFER_BYTES = 1 << 20
"""Small writes are put together to so many bytes: a call of the system for each takes longer than to copy them."""
_MANY = 64
"""Beyond so many files it is faster to flush all that the system holds than each of them."""


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write, which takes its name when the body ends without an error.

    It is not flushed to the disk: a killed process leaves all of it or nothing, a power cut may leave less.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        with temporary.open("wb", buffering=_BUFFER_BYTES) as file:
            yield file
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_atomically(path: Path, content: bytes | memoryview) -> None:
    """Write a file under a temporary name, flush it to the disk, and rename it."""
    with replaced(path) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_files(paths: Collection[Path]) -> None:
    """Flush files that were written already to the disk."""
    if len(paths) > _MANY and hasattr(os, "sync"):
        os.sync()
        return
    for path in paths:
        handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sync_directory(path: Path) -> None:
    """Flush a directory's entries to the disk, where the system knows how."""
    if os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def plain_disk_errors(out: Path, chunks_kept: Callable[[], int]) -> Iterator[None]:
    """Turn a full disk, or one that may not be written, into one clear OutputError."""
    try:
        yield
    except SwathError:
        raise
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise OutputError(
                f"no space is left for {out} ({chunks_kept()} chunks are kept)",
                "free some space and run the same command again: it goes on where it stopped",
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            where = error.filename or out
            raise OutputError(f"may not write {where}: {error.strerror}", "check the permissions") from error
        raise
