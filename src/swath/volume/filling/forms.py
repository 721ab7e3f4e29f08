"""How an array's blocks are stored: their order in a shard, their bytes, and the file that they make."""

from __future__ import annotations

import struct
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zstandard

from swath.kernels.checksums import crc32c
from swath.kernels.morton import morton_numbers
from swath.volume.geometry import Vec3Int
from swath.volume.stores import ArrayStore
from swath.volume.stores.wkw_header import HEADER_SIZE, WkwHeader, read_header
from swath.volume.stores.wkw_shard import packed
from swath.volume.stores.zarr_metadata import chunk_codecs, read_metadata

Places = npt.NDArray[np.int64]
Sizes = npt.NDArray[np.int64]

_MISSING = (1 << 64) - 1


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


@dataclass(frozen=True)
class ZarrForm(Form):
    """Blocks one behind the other, and behind them a table of their places; without shards a block is a file.

    ``level`` is that of zstd, None without compression; ``key`` begins a file's name, ``separator`` parts its numbers.
    """

    chunk: Vec3Int
    shard: Vec3Int
    level: int | None
    checksum: bool
    key: tuple[str, ...]
    separator: str

    def numbers(self, places: Places) -> Places:
        """Number the blocks with z fastest."""
        grid = self.shard // self.chunk
        return (places[:, 0] * grid.y + places[:, 1]) * grid.z + places[:, 2]

    def packed(self, block: npt.NDArray[Any]) -> bytes:
        """Compress a block with zstd."""
        if self.level is None:
            return block.tobytes()
        return bytes(_compressor(self.level, self.checksum).compress(block.data))

    def layout(self, numbers: Places, sizes: Sizes) -> Layout:
        """Say in the table behind the blocks which are missing."""
        ends = np.cumsum(sizes)
        if self.chunk == self.shard:
            return Layout(np.zeros(1, np.int64), int(ends[-1]), ())
        grid = self.shard // self.chunk
        table = np.full((grid.x * grid.y * grid.z, 2), _MISSING, "<u8")
        table[numbers, 0], table[numbers, 1] = ends - sizes, sizes
        content = table.tobytes()
        frame = content + struct.pack("<I", crc32c(np.frombuffer(content, np.uint8)))
        return Layout(ends - sizes, int(ends[-1]) + len(frame), ((int(ends[-1]), frame),))

    def file(self, array: Path, index: Sequence[int], shard: Sequence[int]) -> Path:
        """Name a file by its place along all axes."""
        numbers = self.separator.join(str(at) for at in (*index, 0, *shard))
        return array.joinpath(*self.key, numbers) if self.separator == "/" else array / "".join([*self.key, numbers])


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
    found = _zarr2(metadata) if info.data_format == "zarr" else _zarr3(metadata)
    return None if found is None else ZarrForm(info.chunk_shape, info.shard_shape, *found)


Found = tuple[int | None, bool, tuple[str, ...], str]


def _zarr2(metadata: dict[str, Any]) -> Found | None:
    compressor = metadata.get("compressor") or {"id": "none"}
    plain = metadata["order"] == "F" and not metadata.get("filters") and metadata["dtype"][0] in "<|"
    if not plain or compressor["id"] not in ("zstd", "none"):
        return None
    return compressor.get("level"), False, (), metadata.get("dimension_separator", ".")


def _zarr3(metadata: dict[str, Any]) -> Found | None:
    axes = len(metadata["shape"])
    codecs = {codec["name"]: codec.get("configuration", {}) for codec in chunk_codecs(metadata)}
    sharding = [c["configuration"] for c in metadata["codecs"] if c["name"] == "sharding_indexed"]
    plain = (
        list(codecs)[:2] == ["transpose", "bytes"]
        and list(codecs)[2:] in ([], ["zstd"])
        and list(codecs["transpose"]["order"]) == list(reversed(range(axes)))
        and codecs["bytes"].get("endian", "little") == "little"
        and all(len(metadata["codecs"]) == 1 and each.get("index_location", "end") == "end" for each in sharding)
        and all([c["name"] for c in each["index_codecs"]] == ["bytes", "crc32c"] for each in sharding)
        and metadata["chunk_key_encoding"]["name"] == "default"
    )
    if not plain:
        return None
    zstd = codecs.get("zstd", {})
    separator = metadata["chunk_key_encoding"].get("configuration", {}).get("separator", "/")
    return zstd.get("level"), bool(zstd.get("checksum")), ("c",) if separator == "/" else ("c", "."), separator
