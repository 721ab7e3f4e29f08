"""Sessions in a .tar.gz, read member by member as they stream by: nothing is unpacked."""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import IO

import numpy as np
import numpy.typing as npt

from swath.depth.acquisition import NAME as METADATA
from swath.depth.raw_frames import UInt16s
from swath.depth.timestamps import NAMES as TIMESTAMPS
from swath.errors import InputError

FRAMES = "depth.dat"
_LARGEST_TEXT = 1 << 28
_BUFFER = 1 << 20


@dataclass(frozen=True)
class Members:
    """What an archive holds: the frames' name and bytes, and the small files' texts by base name."""

    frames: str
    size: int
    texts: dict[str, str]


def read_members(path: Path) -> Members:
    """Look through an archive once.

    Raises InputError where it is damaged, has no ``depth.dat`` or several, or has members that point outside.
    """
    texts: dict[str, str] = {}
    found: list[tuple[str, int]] = []
    with _reading(path), tarfile.open(path, "r|*", bufsize=_BUFFER) as archive:
        for member in archive:
            base = PurePosixPath(member.name).name
            _check_inside(member, path)
            if base == FRAMES and member.isfile():
                found.append((member.name, member.size))
            elif base in (METADATA, *TIMESTAMPS) and member.isfile():
                texts[base] = _text(archive, member, path)
    if len(found) != 1:
        raise InputError(f"{path} has {len(found)} files {FRAMES}, not one")
    return Members(*found[0], texts)


def _check_inside(member: tarfile.TarInfo, path: Path) -> None:
    """Refuse an archive with a member that would be unpacked outside of the directory, or that is a link to outside."""
    names = [member.name] + ([member.linkname] if member.islnk() or member.issym() else [])
    if any(PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts for name in names):
        raise InputError(
            f"{path}: the member {' -> '.join(names)} points outside the archive",
            "this is not the archive of a session: do not unpack it",
        )


def _text(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> str:
    if member.size > _LARGEST_TEXT:
        raise InputError(f"{path}: {member.name} has {member.size} bytes, too many for a text")
    return _member(archive, member).read().decode("utf-8-sig")


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(member)
    if file is None:
        raise InputError(f"{member.name} is not a file")
    return file


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn the errors of a damaged archive into InputError."""
    try:
        yield
    except (tarfile.TarError, EOFError, zlib.error, OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the archive {path}: {error}", "check that its copy is complete") from error


@dataclass(frozen=True)
class ArchiveFrames:
    """The raw frames in an archive's member, as ``RawFrames`` are in a file; every pass decompresses once."""

    path: Path
    member: str
    count: int
    rows: int
    columns: int
    dtype: str = "<u2"

    def pieces(self, cuts: Sequence[int]) -> Iterator[UInt16s]:
        """Yield the frames from each cut to the next. Raises InputError where the archive ends before."""
        frame = 2 * self.rows * self.columns
        with _reading(self.path), tarfile.open(self.path, "r|*", bufsize=_BUFFER) as archive:
            for member in archive:
                if member.name != self.member:
                    continue
                file = _member(archive, member)
                _skip(file, cuts[0] * frame)
                for start, stop in pairwise(cuts):
                    yield self._frames(file, stop - start)
                return

    def sample(self, start: int, stop: int, stride: int) -> Iterator[UInt16s]:
        """Yield every ``stride``-th frame, uint16 (rows, columns)."""
        for number, frames in enumerate(self.pieces(range(start, stop + 1))):
            if number % stride == 0:
                yield frames[0]

    def _frames(self, file: IO[bytes], count: int) -> UInt16s:
        shape = (count, self.rows, self.columns)
        found: npt.NDArray[np.uint8] = np.empty(2 * count * self.rows * self.columns, np.uint8)
        filled = 0
        while filled < found.size:
            some = file.read(min(_BUFFER, found.size - filled))
            if not some:
                raise InputError(f"{self.path}: {self.member} ends within frame {filled // (found.size // count)}")
            found[filled : filled + len(some)] = np.frombuffer(some, np.uint8)
            filled += len(some)
        return found.view(self.dtype).astype(np.uint16, copy=False).reshape(shape)


def _skip(file: IO[bytes], size: int) -> None:
    while size > 0:
        some = file.read(min(_BUFFER, size))
        if not some:
            return
        size -= len(some)
