"""The stages that make mags: block by block, several mags from one reading, or tile by tile, corner on corner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from swath.kernels.voxels import is_zero
from swath.volume.downsample.modes import InterpolationModes
from swath.volume.downsample.steps import mirrored, reduce_blocks, zoomed
from swath.volume.filling.cuts import Box, cut_axis, cut_box
from swath.volume.filling.reading import ReadingStage
from swath.volume.filling.source import Source
from swath.volume.filling.stages import Index, Piece, Span, Target
from swath.volume.geometry import Vec3Int
from swath.volume.stores.array_store import Voxels


@dataclass(frozen=True)
class BlockStage(ReadingStage):
    """Makes one mag after the other of a box, all of them from one reading.

    ``factors`` are those of each target to the one before it; ``unit`` and ``slab`` are in voxels of the source: the
    box of a chunk of work, and how thick a slab of it is read at a time, along an ``axis``, x, y or z.
    """

    name: str
    source: Source
    targets: tuple[Target, ...]
    factors: tuple[Vec3Int, ...]
    mode: InterpolationModes
    unit: Vec3Int
    axis: str
    slab: int

    @property
    def total_factor(self) -> Vec3Int:
        """Voxels of the source to one of the last target."""
        total = Vec3Int(1, 1, 1)
        for factor in self.factors:
            total = total * factor
        return total

    def boxes(self) -> Iterator[Box]:
        """Cut the box of the source into units."""
        yield from cut_box(self.source.low, self.source.high, self.unit, self.total_factor * 2)

    def span(self, work: Mapping[str, Any], target: int) -> Span:
        """Give what a unit is of a target."""
        low, high = Vec3Int(work["low"]), Vec3Int(work["high"])
        for factor in self.factors[: target + 1]:
            low, high = low // factor, -(-high // factor)
        return low, high

    def pieces(self, work: Mapping[str, Any]) -> Iterator[Piece]:
        """Read a unit slab by slab, and make a piece of each target."""
        low, high = Vec3Int(work["low"]), Vec3Int(work["high"])
        along = "xyz".index(self.axis)
        spans = [self.span(work, number) for number in range(len(self.targets))]
        made: list[Voxels | None] = [None] * len(self.targets)
        for first, last in cut_axis(low[along], high[along], self.slab, self.total_factor[along] * 2):
            start = low.with_replaced(self.axis, first)
            data = self.source.read(tuple(work["index"]), start, high.with_replaced(self.axis, last))
            if is_zero(data):
                continue
            for number, factor in enumerate(self.factors):
                end = start + Vec3Int(data.shape[1:])
                data = reduce_blocks(mirrored(data, start % factor, -end % factor), factor, self.mode)
                start = start // factor
                corner, beyond = spans[number]
                whole = made[number]
                if whole is None:
                    whole = made[number] = np.zeros((data.shape[0], *(beyond - corner)), data.dtype, order="F")
                at = start[along] - corner[along]
                np.moveaxis(whole, along + 1, 0)[at : at + data.shape[along + 1]] = np.moveaxis(data, along + 1, 0)
        for number, whole in enumerate(made):
            if whole is not None:
                yield Piece(number, spans[number][0], whole)

    def chunk_memory(self) -> int:
        """A slab and its copy, all targets of a unit, and their blocks."""
        unit = self.unit.pairmin(self.source.high - self.source.low)
        voxel = self.source.voxel_bytes
        thick = min(getattr(unit, self.axis), self.slab)
        slab = unit.with_replaced(self.axis, thick).prod() * voxel
        return int(2.5 * slab + 3 * unit.prod() * voxel / max(2, self.factors[0].prod() - 1)) + (16 << 20)


@dataclass(frozen=True)
class RepeatStage(ReadingStage):
    """Makes finer mags of a coarse one by repeating voxels; ``factors`` are those of each target to the source."""

    name: str
    source: Source
    targets: tuple[Target, ...]
    factors: tuple[Vec3Int, ...]
    unit: Vec3Int

    def boxes(self) -> Iterator[Box]:
        """Cut the box of the source into units."""
        yield from cut_box(self.source.low, self.source.high, self.unit, Vec3Int(0, 0, 0))

    def span(self, work: Mapping[str, Any], target: int) -> Span:
        """Give what a unit is of a target, as far as that goes."""
        factor, to = self.factors[target], self.targets[target]
        return (Vec3Int(work["low"]) * factor).pairmax(to.low), (Vec3Int(work["high"]) * factor).pairmin(to.high)

    def pieces(self, work: Mapping[str, Any]) -> Iterator[Piece]:
        """Read a unit, and repeat it for each target."""
        low = Vec3Int(work["low"])
        data = self.source.read(tuple(work["index"]), low, Vec3Int(work["high"]))
        for number, factor in enumerate(self.factors):
            first, last = self.span(work, number)
            whole = data
            for axis, times in enumerate(factor):
                whole = whole.repeat(times, axis + 1)
            inside = (slice(first[a] - low[a] * factor[a], last[a] - low[a] * factor[a]) for a in range(3))
            yield Piece(number, first, np.asfortranarray(whole[:, *inside]))

    def chunk_memory(self) -> int:
        """A unit as it is in the finest target, three times."""
        voxel = self.source.voxel_bytes
        unit = self.unit.pairmin(self.source.high - self.source.low)
        return 4 * unit.prod() * max(factor.prod() for factor in self.factors) * voxel + (16 << 20)


@dataclass(frozen=True)
class TileStage(ReadingStage):
    """Makes a mag by tiles, each resampled on its own, corner on corner; the result depends on where tiles begin.

    A tile begins where a job of ``webknossos`` does, at multiples of ``job`` voxels of the target or at the layer's
    corner, and from there every ``tile`` voxels. ``lossy`` takes 64-bit values through doubles, as that does.
    """

    name: str
    source: Source
    targets: tuple[Target, ...]
    factors: tuple[Vec3Int, ...]
    mode: InterpolationModes
    job: Vec3Int
    tile: Vec3Int
    lossy: bool = False

    def boxes(self) -> Iterator[Box]:
        """Cut the box of the target where its chunks allow, in voxels of the source."""
        target = self.targets[0]
        edges = self.tile.pairmax(target.store.info.shard_shape if target.form is None else self.tile)
        for low, high in cut_box(target.low, target.high, edges, Vec3Int(0, 0, 0)):
            factor = self.factors[0]
            yield (low * factor).pairmax(self.source.low), (high * factor).pairmin(self.source.high)

    def span(self, work: Mapping[str, Any], target: int) -> Span:
        """Give what a box of the source is of the target."""
        factor = self.factors[target]
        return Vec3Int(work["low"]) // factor, -(-Vec3Int(work["high"]) // factor)

    def pieces(self, work: Mapping[str, Any]) -> Iterator[Piece]:
        """Make the tiles that touch a box, and lay them together."""
        low, high = self.span(work, 0)
        whole: Voxels | None = None
        for first, last in self._tiles(low, high):
            tile = self._tile(tuple(work["index"]), first, last)
            if tile is None:
                continue
            if whole is None:
                whole = np.zeros((tile.shape[0], *(high - low)), tile.dtype, order="F")
            a, b = first.pairmax(low), last.pairmin(high)
            into = (slice(None), *(slice(a[n] - low[n], b[n] - low[n]) for n in range(3)))
            whole[into] = tile[:, *(slice(a[n] - first[n], b[n] - first[n]) for n in range(3))]
        if whole is not None:
            yield Piece(0, low, whole)

    def _tiles(self, low: Vec3Int, high: Vec3Int) -> Iterator[Box]:
        """Yield the tiles that touch a box of the target."""
        target = self.targets[0]
        axes = []
        for a in range(3):
            jobs = cut_axis(target.low[a], target.high[a], self.job[a], 0)
            tiles = [(at, min(at + self.tile[a], end)) for begin, end in jobs for at in range(begin, end, self.tile[a])]
            axes.append([(begin, end) for begin, end in tiles if begin < high[a] and end > low[a]])
        for x, y, z in product(*axes):
            yield Vec3Int(x[0], y[0], z[0]), Vec3Int(x[1], y[1], z[1])

    def _tile(self, index: Index, first: Vec3Int, last: Vec3Int) -> Voxels | None:
        factor = self.factors[0]
        low, high = first * factor, last * factor
        inside = low.pairmax(self.source.low), high.pairmin(self.source.high)
        data = self.source.read(index, *inside)
        if is_zero(data):
            return None
        return zoomed(mirrored(data, inside[0] - low, high - inside[1]), factor, self.mode, lossy=self.lossy)

    def chunk_memory(self) -> int:
        """A tile of the source, in doubles where splines are fitted, and what becomes of it."""
        source = (self.tile * self.factors[0]).pairmin(self.source.high - self.source.low).prod()
        channels = self.source.channels[1] - self.source.channels[0]
        item = self.source.info.dtype.itemsize
        each = 8 + 8 + item if self.mode is InterpolationModes.BICUBIC else 0
        return source * (each + 2 * item * channels) + (16 << 20)
