"""Frames of a headless raw file (.dat): 16 bits a pixel, row after row, frame after frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from swath.errors import InputError

UInt16s = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class RawFrames:
    """A raw file of ``count`` frames of ``rows`` by ``columns`` pixels in the byte order of ``dtype``."""

    path: Path
    count: int
    rows: int
    columns: int
    dtype: str = "<u2"

    @classmethod
    def open(cls, path: Path, size: tuple[int, int], *, dtype: str = "<u2", whole: bool = True) -> RawFrames:
        """Look at a file of frames of ``size``, width and height.

        Raises InputError for an empty file and, where it must be ``whole``, for one whose last frame is cut off.
        """
        count = whole_frames(path.stat().st_size, size, str(path), whole=whole)
        return cls(path, count, size[1], size[0], dtype)

    def read(self, start: int, stop: int) -> UInt16s:
        """Read frames ``start`` to ``stop`` (exclusive), uint16 (n, rows, columns). Raises InputError at the end."""
        pixels = self.rows * self.columns
        wanted = (stop - start) * pixels
        found = np.fromfile(self.path, self.dtype, wanted, offset=2 * start * pixels)
        if found.size < wanted:
            raise InputError(f"{self.path} ends at frame {start + found.size // pixels} of {self.count}")
        return found.astype(np.uint16, copy=False).reshape(stop - start, self.rows, self.columns)

    def pieces(self, cuts: Sequence[int]) -> Iterator[UInt16s]:
        """Yield the frames from each cut to the next."""
        for start, stop in pairwise(cuts):
            yield self.read(start, stop)

    def sample(self, start: int, stop: int, stride: int) -> Iterator[UInt16s]:
        """Yield every ``stride``-th frame, uint16 (rows, columns)."""
        for number in range(start, stop, stride):
            yield self.read(number, number + 1)[0]


def whole_frames(size_bytes: int, size: tuple[int, int], where: str, *, whole: bool) -> int:
    """Count the frames of ``size``, width and height, in a raw file; raises InputError as ``RawFrames.open`` does."""
    frame = 2 * size[0] * size[1]
    count, rest = divmod(size_bytes, frame)
    if count == 0:
        raise InputError(f"{where} has {size_bytes} bytes: not one frame of {size[0]} by {size[1]} pixels")
    if rest and whole:
        raise InputError(
            f"{where} is cut off: after {count} frames of {size[0]} by {size[1]} pixels follow {rest} bytes of another",
            "check DepthResolution in metadata.json; or drop the partial frame with compat, as moseq2-extract does",
        )
    return count
