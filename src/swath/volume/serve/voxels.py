"""The voxels of a mag as the interface has them: axes c, further ones, x, y, z; Fortran order; little endian."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np

from swath.volume.errors import ArrayError
from swath.volume.geometry import Vec3Int
from swath.volume.mag_view import MagView

CHUNK = 32
"""The edge of a served chunk, in voxels."""

_LARGEST_CHUNK = 256 << 20
"""Bytes that a served chunk may have."""

SLAB = 32 << 20
"""Bytes that an answer holds in memory at a time."""


class ServedMag:
    """A mag in the one form that is served, whatever it is on disk; raises VolumeError where its array is damaged."""

    def __init__(self, view: MagView) -> None:
        self.view = view
        self.dtype = view.info.dtype.newbyteorder("<")
        further = tuple(axis for axis in view.axes if axis not in "cxyz")
        self.axes = ("c", *further, "x", "y", "z")
        whole = view.normalized_bounding_box.in_mag(view.mag).over(self.axes, {})
        self.first_channel = whole.get_bounds("c")[0]
        self.shape = (whole.get_shape("c"), *tuple(whole.bottomright)[1:])
        self.chunk = (self.shape[0], *(1 for _ in further), CHUNK, CHUNK, CHUNK)
        self.further = {axis: whole.get_bounds(axis) for axis in further}
        if prod(self.chunk) * self.dtype.itemsize > _LARGEST_CHUNK:
            raise ArrayError(f"{view} has {self.shape[0]} channels, too many to be served")

    def read(self, start: Sequence[int], shape: Sequence[int]) -> np.ndarray[Any, Any]:
        """Read a box in voxels of the mag, along ``axes``; what was never written is 0."""
        corner = (start[0] + self.first_channel, *start[1:])
        stored = self.view.store.axes
        spans = dict(zip(self.axes, zip(corner, shape, strict=True), strict=True))
        data = self.view.store.read([spans[axis][0] for axis in stored], [spans[axis][1] for axis in stored])
        ordered = data.transpose([stored.index(axis) for axis in self.axes if axis in stored])
        return np.asfortranarray(ordered.reshape(shape, order="F"), dtype=self.dtype)

    def chunk_at(self, place: Sequence[int]) -> memoryview | None:
        """Give the bytes of the chunk with these numbers; None where all of it is 0, or outside of the array."""
        start = [number * edge for number, edge in zip(place, self.chunk, strict=True)]
        if any(at >= end for at, end in zip(start, self.shape, strict=True)):
            return None
        data = self.read(start, self.chunk)
        return raw_bytes(data) if data.any() else None

    def zarr_metadata(self) -> dict[str, Any]:
        """Give it as ``.zarray`` has it. The shape is rounded up, so that no voxel of the border is lost."""
        return {
            "zarr_format": 2,
            "shape": list(self.shape),
            "chunks": list(self.chunk),
            "dtype": self.dtype.str,
            "order": "F",
            "compressor": None,
            "filters": None,
            "fill_value": 0,
            "dimension_separator": ".",
        }

    def slabs(self, corner: Vec3Int, size: Vec3Int) -> Iterator[tuple[list[int], list[int]]]:
        """Yield boxes that make up one along x, y, z, each contiguous in it; at the first place of any further axis."""
        first = [bounds[0] for bounds in self.further.values()]
        row = self.shape[0] * size.x * self.dtype.itemsize
        planes, rows = SLAB // (row * size.y), SLAB // row
        for z in _steps(corner.z, size.z, min(CHUNK, max(1, planes))):
            whole = range(corner.y, corner.y + size.y)
            for y in [whole] if planes else _steps(corner.y, size.y, max(1, rows)):
                yield (
                    [0, *first, corner.x, y.start, z.start],
                    [self.shape[0], *(1 for _ in first), size.x, len(y), len(z)],
                )


def _steps(start: int, length: int, step: int) -> Iterator[range]:
    """Cut a range at multiples of a step, so that chunks are read once."""
    at = start
    while at < start + length:
        end = min(start + length, (at // step + 1) * step)
        yield range(at, end)
        at = end


def raw_bytes(data: np.ndarray[Any, Any]) -> memoryview:
    """Give the bytes of an array in Fortran order, without a copy."""
    return data.T.reshape(-1).view(np.uint8).data
