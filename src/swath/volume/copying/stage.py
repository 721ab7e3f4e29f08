"""The stage that writes the voxels of one array into another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from swath.volume.filling.cuts import Box, cut_axis, cut_box
from swath.volume.filling.reading import ReadingStage
from swath.volume.filling.source import Source
from swath.volume.filling.stages import Piece, Span, Target
from swath.volume.geometry import Vec3Int
from swath.volume.stores import ArrayInfo

_UNIT_BYTES = 1 << 25
_SLAB_BYTES = 1 << 23


@dataclass(frozen=True)
class CopyStage(ReadingStage):
    """Reads an array unit by unit; a unit is a shard of the target where that is small enough, else a part of one."""

    source: Source
    targets: tuple[Target, ...]
    form: ArrayInfo
    unit: Vec3Int
    name: str = "copy"

    def boxes(self) -> Iterator[Box]:
        """Cut the box of the source into units."""
        yield from cut_box(self.source.low, self.source.high, self.unit, Vec3Int(1, 1, 1))

    def span(self, work: Mapping[str, Any], target: int) -> Span:  # noqa: ARG002
        """Give the box of a unit, which is the same in the target."""
        return Vec3Int(work["low"]), Vec3Int(work["high"])

    def pieces(self, work: Mapping[str, Any]) -> Iterator[Piece]:
        """Read a unit slab by slab."""
        low, high = Vec3Int(work["low"]), Vec3Int(work["high"])
        slab = self.form.chunk_shape.z
        while slab < self.unit.z and self._bytes((high - low).with_z(slab * 2)) <= _SLAB_BYTES:
            slab *= 2
        for start, stop in cut_axis(low.z, high.z, slab, 1):
            data = self.source.read(tuple(work["index"]), low.with_z(start), high.with_z(stop))
            yield Piece(0, low.with_z(start), data)

    def chunk_memory(self) -> int:
        """The stored blocks of a unit, at most as large as its voxels, and slabs of them."""
        return 2 * self._bytes(self.unit.pairmin(self.source.high - self.source.low)) + 4 * _SLAB_BYTES

    def _bytes(self, size: Vec3Int) -> int:
        return size.prod() * self.form.num_channels * self.form.dtype.itemsize


def unit_of(source: ArrayInfo, target: ArrayInfo) -> Vec3Int:
    """Choose the edges of a unit of work: whole chunks of both arrays, and a shard of the target if it is small."""
    voxel = target.num_channels * target.dtype.itemsize
    unit = target.chunk_shape.pairmax(source.chunk_shape).pairmin(target.shard_shape)
    while True:
        longer = [axis for axis in range(3) if unit[axis] < target.shard_shape[axis]]
        if not longer or unit.prod() * voxel * 2 > _UNIT_BYTES:
            return unit
        shortest = min(longer, key=lambda axis: unit[axis])
        unit = Vec3Int(*(length * 2 if axis == shortest else length for axis, length in enumerate(unit)))
