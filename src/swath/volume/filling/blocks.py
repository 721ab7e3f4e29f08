"""Blocks as they are stored: cut from a piece of an array, kept in a frame, put together to a shard's file."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.kernels.blocks import cut_blocks
from swath.volume.filling.forms import Form
from swath.volume.geometry import Vec3Int
from swath.volume.stores.array_store import Voxels

Places = npt.NDArray[np.int64]
Shard = tuple[int, int, int]

_BATCH_BYTES = 1 << 22
BLOCKS = pa.schema([("number", pa.int64()), ("size", pa.int64()), ("content", pa.large_binary())])
"""A frame of stored blocks: number in the shard, bytes, and the bytes."""


@dataclass
class Packing:
    """Blocks of one array as they come, by shard."""

    form: Form
    numbers: dict[Shard, list[Places]]
    contents: dict[Shard, list[bytes]]

    @classmethod
    def of(cls, form: Form) -> Packing:
        """Begin with none."""
        return cls(form, {}, {})

    def add(self, start: Vec3Int, data: Voxels) -> None:
        """Take up a piece (c, x, y, z) whose first voxel is ``start`` in the array: its blocks that are not all zero.

        A piece holds all that is not zero of each block that it touches.
        """
        for places, blocks in _cut(self.form.chunk, start, data):
            grid = np.array(self.form.shard // self.form.chunk)
            numbers = self.form.numbers(places % grid)
            for place, number, block in zip((places // grid).tolist(), numbers.tolist(), blocks, strict=True):
                shard = tuple(place)
                self.numbers.setdefault(shard, []).append(number)
                self.contents.setdefault(shard, []).append(self.form.packed(block))

    def frames(self) -> Iterator[tuple[Shard, pa.Table]]:
        """Yield for each shard its frame of blocks, by ascending numbers."""
        for shard in sorted(self.numbers):
            numbers = np.array(self.numbers[shard], np.int64)
            order = np.argsort(numbers)
            contents = [self.contents[shard][at] for at in order.tolist()]
            sizes = np.array([len(content) for content in contents], np.int64)
            arrays = [pa.array(numbers[order]), pa.array(sizes), pa.array(contents, pa.large_binary())]
            yield shard, pa.table(arrays, schema=BLOCKS)


def _cut(chunk: Vec3Int, start: Vec3Int, data: Voxels) -> Iterator[tuple[Places, Voxels]]:
    """Yield places x, y, z and voxels of the blocks that are not all zero, some at a time."""
    corner = start // chunk
    last = -(-(start + Vec3Int(data.shape[1:])) // chunk)
    counts = last - corner
    every = np.stack(np.meshgrid(*[np.arange(n) for n in reversed(counts)], indexing="ij"), -1).reshape(-1, 3)
    volume = np.ascontiguousarray(data.transpose(3, 2, 1, 0)).view(f"u{data.dtype.itemsize}")  # as bits: -0.0 is no 0
    edges, first = tuple(reversed(chunk)), tuple(reversed(start - corner * chunk))
    voxels = chunk.x * chunk.y * chunk.z * data.shape[0]
    many = max(1, _BATCH_BYTES // (voxels * data.dtype.itemsize))
    for at in range(0, len(every), many):
        places = np.ascontiguousarray(every[at : at + many])
        blocks = np.zeros((len(places), voxels), volume.dtype)
        filled = cut_blocks(volume, first, edges, places, blocks)
        if filled.any():
            yield places[filled][:, ::-1] + np.array(corner), blocks[filled] if not filled.all() else blocks


def write_shard(file: Path, form: Form, frames: Sequence[pa.Table | Path]) -> int:
    """Put a shard's file together, and give its bytes; readers see all of it or nothing.

    ``frames`` hold its blocks, here or in an Arrow file each, of which one is in memory at a time.
    """
    listed = [_listing(frame) for frame in frames]
    numbers, sizes = (np.concatenate([each[column] for each in listed]) for column in (0, 1))
    order = np.argsort(numbers)
    layout = form.layout(numbers[order], sizes[order])
    offsets = np.empty_like(numbers)
    offsets[order] = layout.offsets
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        with temporary.open("wb") as out:
            out.truncate(layout.size)
            for offset, content in layout.frames:
                out.seek(offset)
                out.write(content)
            at = 0
            for frame in frames:
                contents = _contents(frame)
                for offset, block in zip(offsets[at : at + len(contents)].tolist(), contents, strict=True):
                    out.seek(offset)
                    out.write(block.as_buffer())
                at += len(contents)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return layout.size


def _listing(frame: pa.Table | Path) -> tuple[Places, Places]:
    """Read the numbers and sizes of a frame's blocks, not the blocks."""
    table = frame if isinstance(frame, pa.Table) else _read(frame, [0, 1])
    return table["number"].to_numpy(), table["size"].to_numpy()


def _contents(frame: pa.Table | Path) -> Any:
    table = frame if isinstance(frame, pa.Table) else _read(frame, [2])
    return table["content"].combine_chunks() if table.num_rows else []


def _read(path: Path, columns: list[int]) -> pa.Table:
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=columns)).read_all()
