"""The stage that writes images into layers, box by box."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.engine.job import Chunk, RunSoFar
from swath.volume.filling.cuts import Box, cut_box
from swath.volume.filling.stages import FillStage, Piece, Span, Target
from swath.volume.geometry import Vec3Int
from swath.volume.images.stack import Stack
from swath.volume.images.stored_array import LARGEST_BAND, Plane
from swath.volume.stores import ArrayInfo

_WORK_BYTES = 1 << 26
_SMALL_WORK_BYTES = 1 << 24
_PIECE_BYTES = 1 << 23


@dataclass(frozen=True)
class Orientation:
    """How an image lies in the volume: axes of the image exchanged, and axes of the volume reversed."""

    swap_xy: bool = False
    flip_x: bool = False
    flip_y: bool = False
    flip_z: bool = False

    def taken(self, rows: slice, columns: slice, height: int, width: int) -> tuple[slice, slice]:
        """Give the rows and columns of an image, of so many, that rows and columns of the volume are taken from."""
        if self.swap_xy:
            height, width = width, height
        if self.flip_y:
            rows = slice(height - rows.stop, height - rows.start)
        if self.flip_x:
            columns = slice(width - columns.stop, width - columns.start)
        return (columns, rows) if self.swap_xy else (rows, columns)

    def turned(self, plane: Plane) -> Plane:
        """Lay a plane (y, x, c) of an image, or a part of it, out as (y, x, c) of the volume."""
        if self.swap_xy:
            plane = plane.transpose(1, 0, 2)
        if self.flip_x:
            plane = plane[:, ::-1]
        return plane[::-1] if self.flip_y else plane


@dataclass(frozen=True)
class ImageStage(FillStage):
    """Writes a stack into one layer, or its channels into several: ``channels`` are first and last of each target.

    ``places`` are those along further axes that are written. ``work`` and ``piece`` are in voxels: the edges of a
    chunk of work, and of what is read at a time.
    """

    name: str
    stack: Stack
    targets: tuple[Target, ...]
    channels: tuple[tuple[int, int], ...]
    orientation: Orientation
    dtype: np.dtype[Any]
    places: tuple[tuple[int, ...], ...]
    work: Vec3Int
    piece: Vec3Int

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:  # noqa: ARG002
        """Yield one chunk a box and place along further axes."""
        index, boxes = self._indices(), list(_cut(self.targets[0].low, self.targets[0].high, self.work))
        for number, (place, (low, high)) in enumerate(product(range(len(self.places)), boxes)):
            where = {"place": list(self.places[place]), "index": index[place], "low": list(low), "high": list(high)}
            yield Chunk(f"{number:09d}", self._bytes(high - low), where)

    def _indices(self) -> list[list[int]]:
        """Give the place along the array's further axes of each place of the stack."""
        written = any(axis not in "cxyz" for axis in self.targets[0].store.axes)
        return [list(place) if written else [] for place in self.places]

    def span(self, work: Mapping[str, Any], target: int) -> Span:  # noqa: ARG002
        """Give the box of a chunk of work, which is the same in all layers."""
        return Vec3Int(work["low"]), Vec3Int(work["high"])

    def pieces(self, work: Mapping[str, Any]) -> Iterator[Piece]:
        """Read a box piece by piece, and give each layer its channels."""
        for low, high in _cut(*self.span(work, 0), self.piece):
            for number, part in enumerate(self._read(work["place"], low, high)):
                yield Piece(number, low, part.transpose(3, 2, 1, 0))

    def _read(self, place: Sequence[int], low: Vec3Int, high: Vec3Int) -> list[npt.NDArray[Any]]:
        """Read a box as (z, y, x, c), for each layer the channels that it gets."""
        corner, size = self.targets[0].low, high - low
        rows, columns = (slice(a - c, b - c) for a, b, c in zip(low[1::-1], high[1::-1], corner[1::-1], strict=True))
        slices = [z - corner.z for z in range(low.z, high.z)]
        if self.orientation.flip_z:
            slices = [self.stack.depth - 1 - z for z in slices]
        parts = [np.empty((size.z, size.y, size.x, b - a), self.dtype) for a, b in self.channels]
        rows, columns = self.orientation.taken(rows, columns, self.stack.height, self.stack.width)
        shape = rows.stop - rows.start, columns.stop - columns.start
        with np.errstate(invalid="ignore"):  # a cast that wraps is what was asked for
            for z, box in enumerate(self.stack.boxes(slices, place, rows, columns)):
                inside = self.orientation.turned(_padded(box, shape))
                for part, (a, b) in zip(parts, self.channels, strict=True):
                    np.copyto(part[z], inside[..., a:b], casting="unsafe")
        return parts

    def _bytes(self, size: Vec3Int) -> int:
        return size.prod() * sum(b - a for a, b in self.channels) * self.dtype.itemsize

    def total_size(self) -> int:
        """Bytes of all slices."""
        return self._bytes(self.targets[0].high - self.targets[0].low) * len(self.places)

    def chunk_memory(self) -> int:
        """A piece with its blocks, all blocks of a chunk of work, and a band of rows, or some planes if decoded."""
        size = self.targets[0].high - self.targets[0].low
        by_rows = self.stack.is_plain and not self.stack.uneven
        planes = LARGEST_BAND if by_rows else 4 * self._bytes(size.with_z(1))
        work, piece = (self._bytes(edges.pairmin(size)) for edges in (self.work, self.piece))
        return int(1.1 * work + 1.1 * piece) + planes + (16 << 20)


def _padded(box: Plane, shape: tuple[int, int]) -> Plane:
    """Enlarge a box of a plane that is smaller than its stack by zeros."""
    height, width = shape[0] - box.shape[0], shape[1] - box.shape[1]
    return np.pad(box, ((0, height), (0, width), (0, 0))) if height or width else box


def _cut(low: Vec3Int, high: Vec3Int, edges: Vec3Int) -> Iterator[Box]:
    return cut_box(low, high, edges, Vec3Int(0, 0, 0))


def choose_work(stack: Stack, voxel_bytes: int, info: ArrayInfo, target: Target) -> tuple[Vec3Int, Vec3Int]:
    """Choose the edges of a chunk of work and of a piece of it, for voxels of so many bytes.

    Where planes are not compressed, a chunk of work is one shard or several, or a part of a shard that is large. Else
    it is all rows of some slices, whole chunks of them, and read at once: to decode a plane twice would take longer.
    """
    size = target.high - target.low

    def grown(unit: Vec3Int, limit: Vec3Int, goal: int, axes: Sequence[int] = (0, 1, 2)) -> Vec3Int:
        for axis in axes:
            while unit[axis] < limit[axis] and unit.pairmin(size).prod() * voxel_bytes < goal:
                unit = Vec3Int(*(length * 2 if a == axis else length for a, length in enumerate(unit)))
        return unit

    shard, chunk = info.shard_shape, info.chunk_shape
    if stack.is_plain and not stack.uneven:
        small = shard.pairmin(size).prod() * voxel_bytes <= _WORK_BYTES
        work = grown(shard if small else chunk, size, _SMALL_WORK_BYTES)
        return work, grown(chunk, work, _PIECE_BYTES)
    band = grown(target.high.with_z(chunk.z), shard.pairmin(size), _SMALL_WORK_BYTES, (2,))
    return band, band
