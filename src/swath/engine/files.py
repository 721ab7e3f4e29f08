"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from swath.errors import OutputError, SwathError

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_atomically(path: Path, content: bytes | memoryview) -> None:
    """Write a file under a temporary name, flush it to the disk, and rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


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
