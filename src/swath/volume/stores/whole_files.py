"""Large files that appear whole or not at all."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replaced(file: Path) -> Iterator[BinaryIO]:
    """Give a file to write, which takes its name when the body ends without an error.

    It is not flushed to the disk, as the libraries of the formats do not either; jobs flush what they write.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        with temporary.open("wb") as out:
            yield out
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
