"""The stage that writes images into layers, a band of slices at a time."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from swath.engine.job import Chunk, RunSoFar
from swath.volume.filling.cuts import cut_axis
from swath.volume.filling.stages import FillStage, Piece, Span, Target
from swath.volume.images.image_file import Plane
from swath.volume.images.stack import Stack, check_plane
from swath.volume.stores import ArrayInfo

_WORK_BYTES = 1 << 26
_SMALL_WORK_BYTES = 1 << 24


@dataclass(frozen=True)
class Orientation:
    """How an image lies in the volume: axes of the image exchanged, and axes of the volume reversed."""

    swap_xy: bool = False
    flip_x: bool = False
    flip_y: bool = False
    flip_z: bool = False

    def turned(self, plane: Plane) -> Plane:
        """Lay a plane (y, x, c) of an image out as (y, x, c) of the volume."""
        if self.swap_xy:
            plane = plane.transpose(1, 0, 2)
        if self.flip_x:
            plane = plane[:, ::-1]
        return plane[::-1] if self.flip_y else plane


@dataclass(frozen=True)
class ImageStage(FillStage):
    """Writes a stack into one layer, or its channels into several: ``channels`` are first and last of each target.

    ``places`` are those along further axes that are written. A chunk of work is ``band`` slices of ``strip`` rows.
    """

    name: str
    stack: Stack
    targets: tuple[Target, ...]
    channels: tuple[tuple[int, int], ...]
    orientation: Orientation
    dtype: np.dtype[Any]
    places: tuple[tuple[int, ...], ...]
    band: int
    strip: int

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:  # noqa: ARG002
        """Yield one chunk a band of slices, strip of rows, and place along further axes."""
        target = self.targets[0]
        bands = cut_axis(target.low.z, target.high.z, self.band, 0)
        strips = cut_axis(target.low.y, target.high.y, self.strip, 0)
        index = self._indices()
        work = product(range(len(self.places)), bands, strips)
        for number, (place, (low, high), (top, bottom)) in enumerate(work):
            size = (high - low) * self._slice_bytes() * (bottom - top) // (target.high.y - target.low.y)
            where = {"place": list(self.places[place]), "index": index[place]}
            yield Chunk(f"{number:09d}", size, {**where, "low": low, "high": high, "top": top, "bottom": bottom})

    def _indices(self) -> list[list[int]]:
        """Give the place along the array's further axes of each place of the stack."""
        written = any(axis not in "cxyz" for axis in self.targets[0].store.axes)
        return [list(place) if written else [] for place in self.places]

    def span(self, work: Mapping[str, Any], target: int) -> Span:
        """A band of slices, a strip of their rows."""
        low, high = self.targets[target].low, self.targets[target].high
        return low.with_z(work["low"]).with_y(work["top"]), high.with_z(work["high"]).with_y(work["bottom"])

    def pieces(self, work: Mapping[str, Any]) -> Iterator[Piece]:
        """Read a band, and give each layer its channels."""
        low, high = self.span(work, 0)
        corner = self.targets[0].low
        slices = [z - corner.z for z in range(low.z, high.z)]
        rows = slice(low.y - corner.y, high.y - corner.y)
        if self.orientation.flip_z:
            slices = [self.stack.depth - 1 - z for z in slices]
        size = high - low
        bands = [np.zeros((size.z, size.y, size.x, b - a), self.dtype) for a, b in self.channels]
        for z, plane in enumerate(self.stack.planes(slices, work["place"])):
            check_plane(self.stack, plane)
            strip = self.orientation.turned(self._padded(plane))[rows]
            for band, (a, b) in zip(bands, self.channels, strict=True):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", RuntimeWarning)  # a cast that wraps is what was asked for
                    band[z] = strip[..., a:b].astype(self.dtype, copy=False)
        for number, band in enumerate(bands):
            yield Piece(number, low, band.transpose(3, 2, 1, 0))

    def _padded(self, plane: Plane) -> Plane:
        """Enlarge a plane that is smaller than the stack by zeros."""
        height, width = self.stack.height - plane.shape[0], self.stack.width - plane.shape[1]
        return np.pad(plane, ((0, height), (0, width), (0, 0))) if height or width else plane

    def _slice_bytes(self) -> int:
        channels = sum(b - a for a, b in self.channels)
        return self.stack.width * self.stack.height * channels * self.dtype.itemsize

    def total_size(self) -> int:
        """Bytes of all slices."""
        return self._slice_bytes() * self.stack.depth * len(self.places)

    def chunk_memory(self) -> int:
        """The slices of a chunk of work, their blocks, and some planes as they are decoded."""
        band = min(self.band, self.stack.depth)
        rows = self.targets[0].high.y - self.targets[0].low.y
        work = self._slice_bytes() * band * min(self.strip, rows) // rows
        return int(2.2 * work) + 4 * self._slice_bytes() + (16 << 20)


def choose_work(stack: Stack, slice_bytes: int, info: ArrayInfo, target: Target) -> tuple[int, int]:
    """Choose how many slices and rows a chunk of work has: those of shards, where that is little and rows are mapped.

    Else it is all rows of some slices, whole chunks of them, more where slices are small.
    """
    depth, rows = target.high.z - target.low.z, target.high.y - target.low.y
    shard, chunk = info.shard_shape, info.chunk_shape
    work = slice_bytes * min(shard.z, depth) * min(shard.y, rows) // rows
    if stack.is_mapped and work <= _WORK_BYTES:
        return shard.z, max(shard.y, chunk.y)
    band = chunk.z
    while band < min(shard.z, depth) and band * slice_bytes < _SMALL_WORK_BYTES:
        band *= 2
    return band, max(rows + target.low.y, 1)
