"""Slices across an axis, read and written several at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from swath.volume.errors import AgreementError, ArgumentError
from swath.volume.geometry import NDBoundingBox, Vec3Int

if TYPE_CHECKING:
    from swath.volume.view import View

Voxels = npt.NDArray[Any]


def _axis(dimension: int) -> str:
    if dimension not in (0, 1, 2):
        raise ArgumentError(f"there is no axis {dimension} to slice across", "0 is x, 1 is y, 2 is z")
    return "xyz"[dimension]


@contextmanager
def slice_reader(view: View, box: NDBoundingBox, dimension: int, buffer_size: int | None) -> Iterator[Iterator[Voxels]]:
    """Give an iterator over the slices of a box, each without the axis that it lies across."""
    yield _slices(view, box, _axis(dimension), buffer_size or view.info.shard_shape[dimension])


def _slices(view: View, box: NDBoundingBox, axis: str, number: int) -> Iterator[Voxels]:
    step = number * dict(zip("xyz", view.mag.to_tuple(), strict=True))[axis]
    start, stop = box.get_bounds(axis)
    first = start
    while first < stop:
        last = min(stop, (first // step + 1) * step)  # so that a buffer ends where a shard does
        data = view.read(absolute_bounding_box=box.with_bounds(axis, first, last - first))
        yield from np.moveaxis(data, view.axes.index(axis), 0)
        first = last


@contextmanager
def slice_writer(
    view: View, corner: Vec3Int, dimension: int, buffer_size: int | None, *, allow_unaligned: bool
) -> Iterator[SliceWriter]:
    """Give a writer, and write what it still holds when the context ends without an error."""
    writer = SliceWriter(view, corner, _axis(dimension), buffer_size, allow_unaligned=allow_unaligned)
    yield writer
    writer.flush()


class SliceWriter:
    """Takes slices across an axis in order, and writes them when a buffer is full."""

    def __init__(
        self, view: View, corner: Vec3Int, axis: str, buffer_size: int | None, *, allow_unaligned: bool
    ) -> None:
        self._view, self._axis, self._allow_unaligned = view, axis, allow_unaligned
        self._factor = dict(zip("xyz", view.mag.to_tuple(), strict=True))[axis]
        self._number = buffer_size or dict(zip("xyz", view.info.shard_shape, strict=True))[axis]
        self._corner = corner
        self._slices: list[Voxels] = []

    def send(self, piece: Voxels) -> None:
        """Take a slice: (x, y) without the axis, or (c, x, y); raises AgreementError for one of another shape."""
        piece = np.asarray(piece)
        if self._slices and piece.shape != self._slices[0].shape:
            raise AgreementError(f"a slice has the shape {piece.shape}, those before it {self._slices[0].shape}")
        self._slices.append(piece)
        place = self._corner.get(self._axis) // self._factor + len(self._slices)
        if place % self._number == 0:
            self.flush()

    def flush(self) -> None:
        """Write the slices that are held."""
        if not self._slices:
            return
        place = "xyz".index(self._axis) - 3  # from the end, whether there are channels before or not
        data = np.stack(self._slices, axis=place)
        self._view.write(data, absolute_offset=self._corner, allow_unaligned=self._allow_unaligned)
        behind = self._corner.get(self._axis) + len(self._slices) * self._factor
        self._corner = self._corner.with_replaced(self._axis, behind)
        self._slices = []
