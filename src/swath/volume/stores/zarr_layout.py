"""The layout that WEBKNOSSOS gives Zarr arrays: blocks in Fortran order, plain or by zstd, in shards or a file each."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.kernels.checksums import crc32c
from swath.volume.errors import ArrayError
from swath.volume.geometry import Vec3Int
from swath.volume.stores.zarr_metadata import chunk_codecs

Index = npt.NDArray[np.uint64]

MISSING = (1 << 64) - 1
"""Offset and size of a block that a shard does not have."""


@dataclass(frozen=True)
class ZarrLayout:
    """How an array's blocks are stored. Shapes are x, y, z in voxels.

    ``level`` is that of zstd, None without compression; ``key`` begins a file's name, ``separator`` parts its numbers.
    """

    chunk: Vec3Int
    shard: Vec3Int
    level: int | None
    checksum: bool
    key: tuple[str, ...]
    separator: str

    @property
    def sharded(self) -> bool:
        """Whether a file has several blocks."""
        return self.chunk != self.shard

    @property
    def grid(self) -> Vec3Int:
        """Blocks of a shard."""
        return self.shard // self.chunk

    def numbers(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Number blocks in their shards, z fastest, by their places (n, 3), x, y, z in blocks."""
        grid = self.grid
        return ((places[:, 0] % grid.x) * grid.y + places[:, 1] % grid.y) * grid.z + places[:, 2] % grid.z

    def file(self, array: Path, index: Sequence[int], shard: Sequence[int]) -> Path:
        """Name a file by its place along all axes."""
        numbers = self.separator.join(str(at) for at in (*index, 0, *shard))
        return array.joinpath(*self.key, numbers) if self.separator == "/" else array / "".join([*self.key, numbers])

    @property
    def index_size(self) -> int:
        """Bytes of the table behind the blocks of a shard: offset and size of each, z fastest, and a checksum."""
        return 16 * self.grid.prod() + 4

    def pack_index(self, index: Index) -> bytes:
        """Give the bytes of the table, of offsets and sizes (n, 2)."""
        content = index.astype("<u8").tobytes()
        return content + struct.pack("<I", crc32c(np.frombuffer(content, np.uint8)))

    def read_index(self, content: bytes, source: object) -> Index:
        """Read the table; raises ArrayError, which names the ``source``, where it is damaged."""
        table = np.frombuffer(content, np.uint8)[:-4]
        if len(content) != self.index_size or struct.pack("<I", crc32c(table)) != content[-4:]:
            raise ArrayError(f"{source} cannot be read: it is cut off, or its table of blocks is damaged")
        return table.view("<u8").reshape(-1, 2).astype(np.uint64)


def layout_of(metadata: dict[str, Any], chunk: Vec3Int, shard: Vec3Int) -> ZarrLayout | None:
    """Give the layout of an array by its metadata; None where it is another one."""
    if metadata.get("fill_value") not in (0, None):
        return None
    found = _zarr2(metadata) if metadata["zarr_format"] == 2 else _zarr3(metadata)
    return None if found is None else ZarrLayout(chunk, shard, *found)


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
