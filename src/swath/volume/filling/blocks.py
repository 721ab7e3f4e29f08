"""Blocks as they are stored: cut from a piece of an array, kept in a frame, put together to a shard's file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.engine.files import replaced
from swath.volume.filling.forms import Form
from swath.volume.geometry import Vec3Int
from swath.volume.stores.array_store import Voxels
from swath.volume.stores.block_cutter import BlockCutter

Places = npt.NDArray[np.int64]
Shard = tuple[int, int, int]

_BATCH_BYTES = 1 << 22
BLOCKS = pa.schema([("number", pa.int64()), ("size", pa.int64()), ("content", pa.large_binary())])
"""A frame of stored blocks: number in the shard, bytes, and the bytes."""


@dataclass(frozen=True)
class Blocks:
    """Stored blocks of one shard: their numbers in it, ascending, and their bytes."""

    numbers: Places
    contents: list[bytes]

    @property
    def sizes(self) -> Places:
        """The bytes of each."""
        return np.array([len(content) for content in self.contents], np.int64)

    def frame(self) -> pa.Table:
        """The blocks as a frame, to wait on disk."""
        arrays = [pa.array(self.numbers), pa.array(self.sizes), pa.array(self.contents, pa.large_binary())]
        return pa.table(arrays, schema=BLOCKS)


@dataclass
class Packing:
    """Blocks of one array as they come, by shard."""

    form: Form
    found: dict[Shard, dict[int, bytes]]

    @classmethod
    def of(cls, form: Form) -> Packing:
        """Begin with none."""
        return cls(form, {})

    def add(self, start: Vec3Int, data: Voxels) -> None:
        """Take up a piece (c, x, y, z) whose first voxel is ``start`` in the array: its blocks that are not all zero.

        A piece holds all that is not zero of each block that it touches.
        """
        grid = np.array(self.form.shard // self.form.chunk)
        for places, blocks in _cut(self.form.chunk, start, data):
            numbers = self.form.numbers(places % grid)
            for place, number, block in zip((places // grid).tolist(), numbers.tolist(), blocks, strict=True):
                self.found.setdefault(tuple(place), {})[number] = self.form.packed(block)

    def shards(self) -> Iterator[tuple[Shard, Blocks]]:
        """Yield each shard and its blocks."""
        for shard, found in sorted(self.found.items()):
            numbers = sorted(found)
            yield shard, Blocks(np.array(numbers, np.int64), [found[number] for number in numbers])


def _cut(chunk: Vec3Int, start: Vec3Int, data: Voxels) -> Iterator[tuple[Places, Voxels]]:
    """Yield places x, y, z and voxels of the blocks that are not all zero, some at a time."""
    corner = start // chunk
    counts = -(-(start + Vec3Int(data.shape[1:])) // chunk) - corner
    every = np.stack(np.meshgrid(*[np.arange(n) for n in reversed(counts)], indexing="ij"), -1).reshape(-1, 3)[:, ::-1]
    cutter = BlockCutter.of(data, start - corner * chunk, chunk)
    many = max(1, _BATCH_BYTES // (chunk.prod() * data.shape[0] * data.dtype.itemsize))
    for at in range(0, len(every), many):
        places = every[at : at + many]
        blocks = cutter.empty(len(places))
        filled = cutter.cut(places, blocks)
        if filled.all():
            yield places + np.array(corner), blocks
        elif filled.any():
            yield places[filled] + np.array(corner), blocks[filled]


def write_shard(file: Path, form: Form, waiting: Sequence[Blocks | Path]) -> int:
    """Put a shard's file together, and give its bytes; readers see all of it or nothing.

    Its blocks are at hand, or ``waiting`` in files of frames, of which one is in memory at a time.
    """
    listed = [_listing(each) for each in waiting]
    numbers, sizes = (np.concatenate([each[column] for each in listed]) for column in (0, 1))
    order = np.argsort(numbers)
    layout = form.layout(numbers[order], sizes[order])
    offsets = np.empty_like(numbers)
    offsets[order] = layout.offsets
    with replaced(file) as out:
        out.truncate(layout.size)
        for offset, content in layout.frames:
            out.seek(offset)
            out.write(content)
        _write_blocks(out, offsets, waiting)
    return layout.size


def _write_blocks(out: BinaryIO, offsets: Places, waiting: Sequence[Blocks | Path]) -> None:
    at, end = 0, -1
    for each in waiting:
        contents = each.contents if isinstance(each, Blocks) else _contents(each)
        for offset, content in zip(offsets[at : at + len(contents)].tolist(), contents, strict=True):
            if offset != end:
                out.seek(offset)
            end = offset + out.write(content)
        at += len(contents)


def _listing(blocks: Blocks | Path) -> tuple[Places, Places]:
    """Give the numbers and sizes of blocks; of those in a file the blocks are not read."""
    if isinstance(blocks, Blocks):
        return blocks.numbers, blocks.sizes
    table = _read(blocks, [0, 1])
    return table["number"].to_numpy(), table["size"].to_numpy()


def _contents(path: Path) -> list[pa.Buffer]:
    return [block.as_buffer() for chunk in _read(path, [2])["content"].chunks for block in chunk]


def _read(path: Path, columns: list[int]) -> pa.Table:
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=columns)).read_all()
