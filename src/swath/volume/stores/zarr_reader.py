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
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zstandard

from swath.kernels.blocks import clear_blocks, paste_blocks
from swath.volume.errors import ArrayError
from swath.volume.geometry import Vec3Int
from swath.volume.stores.array_store import Voxels
from swath.volume.stores.zarr_layout import MISSING, Index, ZarrLayout

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
State = tuple[int, int, int]

_SETTLED = 2_000_000_000
"""Nanoseconds after which the time of a file tells it from a later one."""
_TOGETHER = 1 << 20
"""Bytes of blocks that are decompressed before they are laid into a box: they stay near in memory."""
_LEAST_PACKED = 4096
"""Bytes that a compressed block may have and still more than twice those of its voxels."""
_FURTHEST = (1 << 63) - 1
"""The last place that can be sought in a file."""
_LOCAL = threading.local()


@dataclass(frozen=True)
class _Box:
    """A box that blocks are laid into: its bytes (z, y, x), and how they lie to the grid of blocks.

    ``corner`` is the place of its first block, x, y, z in blocks; ``first`` and ``block`` are lengths z, y, x in bytes
    of ``content``: how far into that block the box begins, and the block's edges.
    """

    content: Bytes
    corner: Vec3Int
    first: tuple[int, int, int]
    block: tuple[int, int, int]

    @classmethod
    def of(cls, out: Voxels, low: Vec3Int, chunk: Vec3Int, voxel: int) -> _Box:
        """Describe a box (z, y, x, c) that begins at ``low``, of voxels of so many bytes."""
        depth, height, width, channels = out.shape
        content = out.reshape(depth, height, width * channels).view(np.uint8)
        begin = low % chunk
        return cls(content, low // chunk, (begin.z, begin.y, begin.x * voxel), (chunk.z, chunk.y, chunk.x * voxel))

    def paste(self, places: Places, blocks: Bytes) -> None:
        """Lay blocks (n, bytes) into the box, whose places (n, 3) are x, y, z in blocks of the array."""
        paste_blocks(self.content, self.first, self.block, self._inside(places), blocks)

    def clear(self, places: Places) -> None:
        """Set blocks to 0."""
        clear_blocks(self.content, self.first, self.block, self._inside(places))

    def _inside(self, places: Places) -> Places:
        return np.ascontiguousarray((places - np.array(self.corner))[:, ::-1])


@dataclass(frozen=True)
class ZarrReader:
    """Reads boxes (c, x, y, z) of an array; ``dtype`` is that of a channel as it is stored, little endian."""

    array: Path
    layout: ZarrLayout
    dtype: np.dtype[Any]
    channels: int

    def read(self, start: Sequence[int], shape: Sequence[int]) -> Voxels:
        """Read a box (c, x, y, z) of all channels, in Fortran order; raises ArrayError for a damaged file."""
        low = Vec3Int(start[1:])
        out = np.empty((*reversed(shape[1:]), self.channels), self.dtype)
        box = _Box.of(out, low, self.layout.chunk, self.channels * self.dtype.itemsize)
        for shard, places in self._shards(low, low + Vec3Int(shape[1:])):
            self._fill(box, shard, places)
        return out.transpose()

    def _shards(self, low: Vec3Int, high: Vec3Int) -> Iterator[tuple[tuple[int, ...], Places]]:
        """Yield the shards that a box touches, and the places (n, 3), x, y, z, of the blocks of each."""
        grid = self.layout.grid
        first, last = low // self.layout.chunk, -(-high // self.layout.chunk)
        for shard in product(*(range(a // n, -(-b // n)) for a, b, n in zip(first, last, grid, strict=True))):
            axes = (
                np.arange(max(first[a], shard[a] * grid[a]), min(last[a], (shard[a] + 1) * grid[a])) for a in range(3)
            )
            yield shard, np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)

    def _fill(self, box: _Box, shard: tuple[int, ...], places: Places) -> None:
        """Read blocks of one shard into their places in a box; those that it has not are 0."""
        file = str(self.layout.file(self.array, (), shard))
        try:
            content = open(file, "rb", buffering=0)  # noqa: PTH123, SIM115  (a Path takes longer to make)
        except FileNotFoundError:
            box.clear(places)
            return
        with content:
            stands = _index(file, content, self.layout)[self.layout.numbers(places)]
            there = stands[:, 0] != MISSING
            if not there.all():
                box.clear(places[~there])
            order = np.flatnonzero(there)
            order = order[np.argsort(stands[order, 0], kind="stable")]
            many = max(1, _TOGETHER // self._block_bytes)
            for some in (order[at : at + many] for at in range(0, order.size, many)):
                box.paste(places[some], self._blocks(content, stands[some], file))

    @property
    def _block_bytes(self) -> int:
        return self.layout.chunk.prod() * self.channels * self.dtype.itemsize

    def _blocks(self, content: FileIO, stands: Index, file: str) -> Bytes:
        """Read the blocks that stand in a file at offsets, ascending, and have sizes (n, 2): a row of bytes each."""
        due, packed, sizes = self._block_bytes, self.layout.level is not None, stands[:, 1]
        wrong = sizes > 2 * due + _LEAST_PACKED if packed else sizes != due
        if wrong.any():
            raise ArrayError(f"{file} cannot be read: a block has {sizes[wrong][0]} bytes, {due} are due")
        stored = _read_spans(content, stands, file)
        return np.frombuffer(_unpacked(stored, sizes, due, file) if packed else stored, np.uint8).reshape(-1, due)


def _read_spans(content: FileIO, stands: Index, file: str) -> bytearray:
    """Read spans of a file one behind the other, those at once that follow each other in it."""
    starts, ends = stands[:, 0], stands[:, 0] + stands[:, 1]
    breaks = np.flatnonzero(starts[1:] != ends[:-1])
    firsts, lasts = starts[[0, *(breaks + 1)]].tolist(), ends[[*breaks, -1]].tolist()
    out = bytearray(int(stands[:, 1].sum()))
    view, at = memoryview(out), 0
    try:
        for first, last in zip(firsts, lasts, strict=True):
            content.seek(min(first, _FURTHEST))
            at += content.readinto(view[at : at + last - first]) or 0
    except OSError as error:
        raise ArrayError(f"{file} cannot be read: {error}") from error
    if at < len(out):
        raise ArrayError(f"{file} cannot be read: of its blocks {at} bytes are there, {len(out)} are due")
    return out


def _unpacked(stored: bytearray, sizes: npt.NDArray[np.uint64], due: int, file: str) -> bytes:
    """Decompress blocks that stand one behind the other, all in one call, which other threads need not wait for."""
    spans = np.stack([np.cumsum(sizes) - sizes, sizes], axis=1)
    wanted = np.full(sizes.size, due, np.uint64)
    try:
        frames = zstandard.BufferWithSegments(stored, spans.tobytes())
        blocks = _decompressor().multi_decompress_to_buffer(frames, decompressed_sizes=wanted.tobytes())
    except (zstandard.ZstdError, ValueError) as error:
        raise ArrayError(f"{file} cannot be read: {error}") from error
    parts: list[Any] = [blocks[number] for number in range(len(blocks))]
    return b"".join(parts)


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
