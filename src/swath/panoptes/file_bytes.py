"""The bytes of a file, window after window, as arrays: of a plain file mapped where they lie, of another read on."""

from __future__ import annotations

import gzip
import io
import mmap
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

import numpy as np
import numpy.typing as npt
import zstandard

from swath.errors import InputError

Bytes = npt.NDArray[np.uint8]

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"

_NO_BYTES = np.empty(0, np.uint8)


class Windows(Protocol):
    """What gives windows of a file, whose offsets only grow."""

    def take(self, offset: int, size: int) -> Bytes:
        """The bytes from ``offset`` on, ``size`` of them or as many as there are."""
        ...


@contextmanager
def open_stream(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading from its start, decompressed where it is gzip or zstd."""
    with path.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        if magic[:2] == GZIP:
            with gzip.GzipFile(fileobj=file) as stream:
                yield stream  # type: ignore[misc]
        elif magic == ZSTD:
            decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 31)
            with decompressor.stream_reader(file, read_across_frames=True) as stream:
                yield stream
        else:
            yield file


@contextmanager
def open_windows(path: Path, *, compressed: bool) -> Iterator[Windows]:
    """Open a file by windows: of a compressed one, of what it holds."""
    if compressed:
        with open_stream(path) as stream:
            yield _Streamed(path, stream)
    else:
        with path.open("rb", buffering=0) as file:
            yield _Mapped(file)


def read_window(path: Path, offset: int, size: int) -> Bytes:
    """The bytes of a plain file from ``offset`` on, ``size`` of them or as many as there are."""
    with path.open("rb", buffering=0) as file:
        return _Mapped(file).take(offset, size)


class _Mapped:
    """A plain file. To map its pages spares copying them, which took as long as splitting them into records."""

    def __init__(self, file: io.FileIO) -> None:
        self._file = file

    def take(self, offset: int, size: int) -> Bytes:
        size = min(size, os.fstat(self._file.fileno()).st_size - offset)
        if size <= 0:
            return _NO_BYTES
        before = offset % mmap.ALLOCATIONGRANULARITY
        try:
            # A private mapping that could be written to is what makes the array one: kernels are compiled for those.
            pages = mmap.mmap(self._file.fileno(), before + size, access=mmap.ACCESS_COPY, offset=offset - before)
        except OSError:  # a file system that maps nothing
            self._file.seek(offset)
            return _filled(self._file, _NO_BYTES, size)
        if hasattr(pages, "madvise"):
            pages.madvise(mmap.MADV_WILLNEED)
        return np.frombuffer(pages, np.uint8, size, before)


class _Streamed:
    """What can only be read on: the end of the last window is kept for the next."""

    def __init__(self, path: Path, stream: IO[bytes]) -> None:
        self._path, self._stream = path, stream
        self._start, self._kept = 0, _NO_BYTES

    def take(self, offset: int, size: int) -> Bytes:
        try:
            while (gap := offset - self._start - self._kept.size) > 0:
                self._start, self._kept = offset - gap, _filled(self._stream, _NO_BYTES, min(gap, 1 << 20))
                if not self._kept.size:
                    return self._kept
            known = self._kept[offset - self._start :]
            if known.size >= size:
                return known[:size]
            data = _filled(self._stream, known, size)
        except (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError) as error:
            raise InputError(f"{self._path} is a broken archive: {error}", "fetch it again") from error
        self._start, self._kept = offset, data
        return data


def _filled(stream: IO[bytes] | io.FileIO, first: Bytes, size: int) -> Bytes:
    """Read on until ``first`` and what follows make ``size`` bytes, or the stream ends."""
    data = np.empty(size, np.uint8)
    data[: first.size] = first
    filled, view = first.size, data.data
    while filled < size and (count := stream.readinto(view[filled:])):  # type: ignore[union-attr]
        filled += count
    return data[:filled]
