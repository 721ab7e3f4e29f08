"""How an array's blocks are stored: their order in a shard, their bytes, and the file that they make."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zstandard

from swath.kernels.morton import morton_numbers
from swath.volume.geometry import Vec3Int
from swath.volume.stores import ArrayStore
from swath.volume.stores.wkw_header import HEADER_SIZE, WkwHeader, read_header
from swath.volume.stores.wkw_shard import packed
from swath.volume.stores.zarr_layout import MISSING, ZarrLayout, layout_of
from swath.volume.stores.zarr_metadata import read_metadata

Places = npt.NDArray[np.int64]
Sizes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Layout:
    """Where the blocks of a shard's file stand: the file's bytes in all, and what frames them, by position.

    ``offsets`` are those of the blocks that were given, in their order.
    """

    offsets: Sizes
    size: int
    frames: tuple[tuple[int, bytes], ...]


class Form(ABC):
    """The stored form of one array. Shapes are x, y, z in voxels."""

    chunk: Vec3Int
    shard: Vec3Int

    @abstractmethod
    def numbers(self, places: Places) -> Places:
        """Give the numbers in their shard of the blocks at ``places`` (n, 3), x, y, z in blocks of that shard."""

    @abstractmethod
    def packed(self, block: npt.NDArray[Any]) -> bytes:
        """Give the bytes that a block is stored as."""

    @abstractmethod
    def layout(self, numbers: Places, sizes: Sizes) -> Layout:
        """Lay the blocks out whose numbers, ascending, and bytes are given."""

    @abstractmethod
    def file(self, array: Path, index: Sequence[int], shard: Sequence[int]) -> Path:
        """Name a shard's file; ``index`` is its place along further axes, ``shard`` x, y, z in shards."""


class WkwForm(Form):
    """Blocks in Morton order, one behind the other, and before them a table of their ends."""

    def __init__(self, header: WkwHeader) -> None:
        self.header = header
        self.chunk = Vec3Int(*[header.block_len] * 3)
        self.shard = Vec3Int(*[header.shard_len] * 3)

    def numbers(self, places: Places) -> Places:
        """Give Morton numbers."""
        return morton_numbers(places)

    def packed(self, block: npt.NDArray[Any]) -> bytes:
        """Compress a block with LZ4 or LZ4HC."""
        return packed(block, self.header)

    def layout(self, numbers: Places, sizes: Sizes) -> Layout:
        """Put a block of zeros where none is given."""
        header, start = self.header, self.header.data_offset
        head = header.pack(start)
        if not header.compressed:
            return Layout(
                start + numbers * header.block_bytes, start + header.blocks * header.block_bytes, ((0, head),)
            )
        empty = self.packed(np.zeros(header.block_bytes, np.uint8))
        all_sizes = np.full(header.blocks, len(empty), np.int64)
        all_sizes[numbers] = sizes
        ends = start + np.cumsum(all_sizes)
        frames = [(0, head), (HEADER_SIZE, ends.astype("<u8").tobytes())]
        bounds = np.concatenate([[-1], numbers, [header.blocks]])
        for before in np.flatnonzero(np.diff(bounds) > 1):
            gap = int(bounds[before]) + 1
            many = int(bounds[before + 1]) - gap
            frames.append((int(ends[gap] - len(empty)), empty * many))
        return Layout((ends - all_sizes)[numbers], int(ends[-1]), tuple(frames))

    def file(self, array: Path, index: Sequence[int], shard: Sequence[int]) -> Path:  # noqa: ARG002
        """Name a file as z, y, x; WKW has no further axes."""
        x, y, z = shard
        return array / f"z{z}" / f"y{y}" / f"x{x}.wkw"


class ZarrForm(Form):
    """Blocks one behind the other, and behind them a table of their places; without shards a block is a file."""

    def __init__(self, layout: ZarrLayout) -> None:
        self._layout = layout
        self.chunk, self.shard = layout.chunk, layout.shard

    def numbers(self, places: Places) -> Places:
        """Number the blocks with z fastest."""
        return self._layout.numbers(places)

    def packed(self, block: npt.NDArray[Any]) -> bytes:
        """Compress a block with zstd."""
        if self._layout.level is None:
            return block.tobytes()
        return bytes(_compressor(self._layout.level, self._layout.checksum).compress(block.data))

    def layout(self, numbers: Places, sizes: Sizes) -> Layout:
        """Say in the table behind the blocks which are missing."""
        ends = np.cumsum(sizes)
        if not self._layout.sharded:
            return Layout(np.zeros(1, np.int64), int(ends[-1]), ())
        table = np.full((self._layout.grid.prod(), 2), MISSING, np.uint64)
        table[numbers, 0], table[numbers, 1] = ends - sizes, sizes
        frame = self._layout.pack_index(table)
        return Layout(ends - sizes, int(ends[-1]) + len(frame), ((int(ends[-1]), frame),))

    def file(self, array: Path, index: Sequence[int], shard: Sequence[int]) -> Path:
        """Name a file by its place along all axes."""
        return self._layout.file(array, index, shard)


_LOCAL = threading.local()


def _compressor(level: int, checksum: bool) -> zstandard.ZstdCompressor:
    """One compressor a thread and setting: they are costly to make, and not to be shared."""
    known: dict[tuple[int, bool], zstandard.ZstdCompressor] = _LOCAL.__dict__.setdefault("compressors", {})
    if (level, checksum) not in known:
        known[level, checksum] = zstandard.ZstdCompressor(level, write_checksum=checksum, write_content_size=True)
    return known[level, checksum]


def form_of(store: ArrayStore) -> Form | None:
    """Give the stored form of an array; None for one that only its library writes."""
    info = store.info
    if info.data_format == "wkw":
        return WkwForm(read_header(store.path))
    if store.axes[-4:] != ("c", "x", "y", "z"):
        return None
    metadata = read_metadata(store.path, info.data_format)
    layout = layout_of(metadata, info.chunk_shape, info.shard_shape)
    return None if layout is None else ZarrForm(layout)
