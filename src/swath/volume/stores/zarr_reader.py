"""Reading Zarr arrays of the usual layout block by block, in one thread: for jobs, which read several boxes at a time.

Tensorstore takes twice the processor time. It is sooner done with a single box, which it reads with all threads.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import FileIO
from itertools import groupby, product
from pathlib import Path
from typing import Any

import numpy as np
import zstandard

from swath.volume.errors import ArrayError
from swath.volume.stores.array_store import Voxels
from swath.volume.stores.zarr_layout import MISSING, Index, ZarrLayout

State = tuple[int, int, int]

_SETTLED = 2_000_000_000
"""Nanoseconds after which the time of a file tells it from a later one."""
_LOCAL = threading.local()


@dataclass(frozen=True)
class _Block:
    """A block to read: x, y, z of its shard, its number there, and where its voxels go, as slices z, y, x."""

    shard: tuple[int, ...]
    number: int
    inside: tuple[slice, ...]
    out: tuple[slice, ...]


@dataclass(frozen=True)
class ZarrReader:
    """Reads boxes (c, x, y, z) of an array; ``dtype`` is that of a channel as it is stored, little endian."""

    array: Path
    layout: ZarrLayout
    dtype: np.dtype[Any]
    channels: int

    def read(self, start: Sequence[int], shape: Sequence[int]) -> Voxels:
        """Read a box (c, x, y, z) of all channels, in Fortran order; raises ArrayError for a damaged file."""
        out = np.zeros((*reversed(shape[1:]), self.channels), self.dtype)
        blocks = sorted(self._blocks(start[1:], shape[1:]), key=lambda block: (block.shard, block.number))
        for _, own in groupby(blocks, lambda block: block.shard):
            self._fill(out, list(own))
        return out.transpose()

    def _blocks(self, start: Sequence[int], shape: Sequence[int]) -> Iterator[_Block]:
        grid = self.layout.grid
        axes = [_cut(a, n, edge) for a, n, edge in zip(start, shape, self.layout.chunk, strict=True)]
        for (x, in_x, to_x), (y, in_y, to_y), (z, in_z, to_z) in product(*axes):
            number = (x % grid.x * grid.y + y % grid.y) * grid.z + z % grid.z
            yield _Block((x // grid.x, y // grid.y, z // grid.z), number, (in_z, in_y, in_x), (to_z, to_y, to_x))

    def _fill(self, out: Voxels, blocks: Sequence[_Block]) -> None:
        """Read blocks of one shard into their places."""
        file = str(self.layout.file(self.array, (), blocks[0].shard))
        edges = (*reversed(self.layout.chunk), self.channels)
        try:
            content = open(file, "rb", buffering=0)  # noqa: PTH123, SIM115  (a Path takes longer to make)
        except FileNotFoundError:
            return
        with content:
            index = _index(file, content, self.layout)
            for block in blocks:
                offset, size = index[block.number].tolist()
                if offset != MISSING:
                    content.seek(offset)
                    stored = self._unpacked(content.read(size), size, file)
                    out[block.out] = np.frombuffer(stored, self.dtype).reshape(edges)[block.inside]

    def _unpacked(self, stored: bytes, size: int, file: str) -> bytes:
        """Give the voxels of a block that has ``size`` bytes in a file."""
        due = self._block_bytes
        if len(stored) == size and self.layout.level is not None:
            try:
                stored = _decompressor().decompress(stored, max_output_size=due)
            except zstandard.ZstdError as error:
                raise ArrayError(f"{file} cannot be read: {error}") from error
        if len(stored) != due:
            raise ArrayError(f"{file} cannot be read: a block has {len(stored)} bytes, {due} are due")
        return stored

    @property
    def _block_bytes(self) -> int:
        return self.layout.chunk.prod() * self.channels * self.dtype.itemsize


def _cut(start: int, length: int, edge: int) -> list[tuple[int, slice, slice]]:
    """Cut an axis at the borders of blocks: the block's number, what of it is read, and where that goes."""
    cuts = []
    for number in range(start // edge, -(-(start + length) // edge)):
        low, high = max(start, number * edge), min(start + length, (number + 1) * edge)
        cuts.append((number, slice(low - number * edge, high - number * edge), slice(low - start, high - start)))
    return cuts


def _index(file: str, content: FileIO, layout: ZarrLayout) -> Index:
    """Give where the blocks of an open file stand."""
    stat = os.fstat(content.fileno())
    if not layout.sharded:
        return np.array([[0, stat.st_size]], np.uint64)
    state = (stat.st_size, stat.st_mtime_ns, stat.st_ino)
    settled = time.time_ns() - stat.st_mtime_ns > _SETTLED  # else two files one after the other may look the same
    return _kept_index(file, state, layout) if settled else _read_index(file, state, layout)


def _read_index(file: str, state: State, layout: ZarrLayout) -> Index:
    """Read the table of a shard."""
    with open(file, "rb") as content:  # noqa: PTH123  (a Path takes longer to make)
        content.seek(max(0, state[0] - layout.index_size))
        return layout.read_index(content.read(), file)


_kept_index = lru_cache(maxsize=16)(_read_index)


def _decompressor() -> zstandard.ZstdDecompressor:
    """One decompressor a thread: they are not to be shared."""
    if not hasattr(_LOCAL, "decompressor"):
        _LOCAL.decompressor = zstandard.ZstdDecompressor()
    found: zstandard.ZstdDecompressor = _LOCAL.decompressor
    return found
