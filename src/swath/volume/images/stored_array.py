"""An image that is one run of a file's bytes, of which boxes are read."""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from swath.volume.images.errors import ImageReadError

Plane = npt.NDArray[Any]
"""Rows, columns and channels of one plane, (y, x, c)."""

_READ_OVER = 4
"""Rows at most so many times as wide as a box are read whole: to map a file and touch its pages takes longer."""
LARGEST_BAND = 1 << 22
"""Bytes of rows beyond which they are mapped all the same."""


@dataclass(frozen=True)
class StoredArray:
    """An array in a file: its dtype with the order of bytes, where it begins, and its axes with their lengths."""

    path: Path
    dtype: np.dtype[Any]
    offset: int
    sizes: tuple[tuple[str, int], ...]

    def planes(self, places: Sequence[Mapping[str, int]]) -> Iterator[Plane]:
        """Yield planes at places along the other axes, 0 where one is not named, mapped from the file.

        Raises ImageReadError where the file is shorter than it was, or gone.
        """
        axes = [axis for axis, _ in self.sizes]
        whole = self._mapped()
        for place in places:
            yield as_plane(whole[tuple(slice(None) if axis in "cyx" else place.get(axis, 0) for axis in axes)], axes)

    def boxes(self, places: Sequence[Mapping[str, int]], rows: slice, columns: slice) -> Iterator[Plane]:
        """Yield rows and columns of planes, of which less is there where a plane ends; raises as ``planes`` does."""
        size = dict(self.sizes)
        rows = slice(min(rows.start, size["y"]), min(rows.stop, size["y"]))
        wide = (columns.stop - columns.start) * _READ_OVER >= size["x"]
        if wide and self._rows_lie_together() and (rows.stop - rows.start) * self._row_bytes <= LARGEST_BAND:
            for band in self._read(places, rows):
                yield band[:, columns]
        else:
            for plane in self.planes(places):
                yield plane[rows, columns]

    @property
    def _row_bytes(self) -> int:
        """Bytes of a row of a plane, with its channels where rows lie together."""
        size = dict(self.sizes)
        return size["x"] * size.get("c", 1) * self.dtype.itemsize

    def _rows_lie_together(self) -> bool:
        axes = "".join(axis for axis, _ in self.sizes)
        return axes.endswith(("yx", "yxc")) and "c" not in axes[: axes.index("y")]

    def _read(self, places: Sequence[Mapping[str, int]], rows: slice) -> Iterator[Plane]:
        """Read rows, whole, of planes whose rows lie one behind the other."""
        try:
            with self.path.open("rb") as file:
                for place in places:
                    yield self._read_band(file, place, rows)
        except (OSError, EOFError, ValueError, OverflowError) as error:
            raise self._gone(error) from error

    def _read_band(self, file: BinaryIO, place: Mapping[str, int], rows: slice) -> Plane:
        axes, lengths = zip(*self.sizes, strict=True)
        before = axes.index("y")
        number = 0
        for axis, length in self.sizes[:before]:
            number = number * length + place.get(axis, 0)
        band = np.empty((rows.stop - rows.start, *lengths[before + 1 :]), self.dtype)
        file.seek(self.offset + (number * lengths[before] + rows.start) * self._row_bytes)
        if file.readinto(band.data) != band.nbytes:  # type: ignore[attr-defined]
            raise EOFError("it ends too soon")
        return as_plane(band, axes)

    def _mapped(self) -> npt.NDArray[Any]:
        shape = tuple(length for _, length in self.sizes)
        try:
            with self.path.open("rb", buffering=0) as file:
                content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            return np.frombuffer(content, self.dtype, math.prod(shape), self.offset).reshape(shape)
        except (OSError, ValueError, OverflowError) as error:
            raise self._gone(error) from error

    def _gone(self, error: Exception) -> ImageReadError:
        return ImageReadError(f"{self.path} is cut off or went away: {error}", "copy it again, or leave it out")


def as_plane(data: npt.NDArray[Any], axes: Sequence[str]) -> Plane:
    """Lay what has the axes y, x and perhaps c out as (y, x, c); ``axes`` may name others, which it has no more."""
    axes = [axis for axis in axes if axis in "cyx"]
    if "c" not in axes:
        data, axes = data[..., None], [*axes, "c"]
    return data.transpose([axes.index(axis) for axis in "yxc"])
