"""The first 16 bytes of every WKW file, and what a file must hold to be what they say."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.volume.errors import ArrayError

RAW, LZ4, LZ4HC = 1, 2, 3
VOXEL_TYPES = (
    "uint8", "uint16", "uint32", "uint64", "float32", "float64", "int8", "int16", "int32", "int64",
)  # fmt: skip
HEADER_SIZE = 16
_FORM = struct.Struct("<3sBBBBBQ")
_MOST_PACKED = 255
"""LZ4 packs at most so many bytes into one; the library would make room for a block that is said to be larger."""


@dataclass(frozen=True)
class WkwHeader:
    """Voxels of a block and blocks of a file along each axis, how blocks are stored, and what a voxel is."""

    block_len: int
    file_len: int
    block_type: int
    dtype: np.dtype[Any]
    num_channels: int

    @property
    def shard_len(self) -> int:
        """Voxels of a file along each axis."""
        return self.block_len * self.file_len

    @property
    def compressed(self) -> bool:
        """Whether blocks are compressed."""
        return self.block_type != RAW

    @property
    def blocks(self) -> int:
        """Blocks of a file."""
        return self.file_len**3

    @property
    def block_bytes(self) -> int:
        """Bytes of a block before compression."""
        return self.block_len**3 * self.num_channels * self.dtype.itemsize

    @property
    def data_offset(self) -> int:
        """Where the first block of a file begins: behind the header and the table of block ends."""
        return HEADER_SIZE + (8 * self.blocks if self.compressed else 0)

    def pack(self, data_offset: int) -> bytes:
        """Give the 16 bytes; ``data_offset`` is 0 in ``header.wkw``."""
        lengths = (self.file_len.bit_length() - 1) << 4 | (self.block_len.bit_length() - 1)
        voxel = VOXEL_TYPES.index(self.dtype.name) + 1
        size = self.num_channels * self.dtype.itemsize
        return _FORM.pack(b"WKW", 1, lengths, self.block_type, voxel, size, data_offset)

    @classmethod
    def parse(cls, content: bytes, source: object) -> WkwHeader:
        """Read the 16 bytes; raises ArrayError, which names the ``source``, where they are no header."""
        if len(content) < HEADER_SIZE:
            raise ArrayError(f"{source} is cut off: {len(content)} bytes, a WKW header has {HEADER_SIZE}")
        magic, version, lengths, block_type, voxel, size, _ = _FORM.unpack(content[:HEADER_SIZE])
        if magic != b"WKW" or version != 1:
            raise ArrayError(f"{source} is no WKW file of version 1: it begins with {content[:4]!r}")
        if block_type not in (RAW, LZ4, LZ4HC) or not 1 <= voxel <= len(VOXEL_TYPES):
            raise ArrayError(f"{source} has the block type {block_type} and the voxel type {voxel}, which WKW has not")
        dtype = np.dtype(VOXEL_TYPES[voxel - 1])
        if size == 0 or size % dtype.itemsize:
            raise ArrayError(f"{source} has voxels of {size} bytes, which {dtype.name} does not divide")
        return cls(1 << (lengths & 15), 1 << (lengths >> 4), block_type, dtype, size // dtype.itemsize)


def read_header(array: Path) -> WkwHeader:
    """Read the header of an array; raises ArrayError where it is missing or damaged."""
    try:
        content = (array / "header.wkw").read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise ArrayError(f"Could not open WKW array at {array}. `header.wkw` not found.") from None
    return WkwHeader.parse(content, array / "header.wkw")


def read_block_ends(file: Path, header: WkwHeader) -> npt.NDArray[np.int64]:
    """Check a shard's file against its array's header, and give where its blocks end.

    Raises ArrayError where the file is cut off, or is not of the array's form.
    """
    with file.open("rb") as content:
        own = WkwHeader.parse(content.read(HEADER_SIZE), file)
        if (own.block_len, own.file_len, own.compressed, own.dtype, own.num_channels) != (
            header.block_len, header.file_len, header.compressed, header.dtype, header.num_channels,
        ):  # fmt: skip
            raise ArrayError(f"{file} is {own}, but its array {header}")
        size = file.stat().st_size
        due = header.data_offset + (0 if header.compressed else header.blocks * header.block_bytes)
        if size < due:
            raise ArrayError(f"{file} is cut off: {size} bytes, of {due} at least")
        if not header.compressed:
            return header.data_offset + header.block_bytes * np.arange(1, header.blocks + 1, dtype=np.int64)
        ends = np.frombuffer(content.read(8 * header.blocks), "<u8").astype(np.int64)
    sizes = np.diff(ends, prepend=header.data_offset)
    if np.any(sizes < 0):
        raise ArrayError(f"{file} has a table of blocks that does not ascend")
    if size < ends[-1]:
        raise ArrayError(f"{file} is cut off: {size} bytes, its blocks end at {ends[-1]}")
    if sizes.min() * _MOST_PACKED < header.block_bytes:
        raise ArrayError(f"{file} has a block of {sizes.min()} bytes, which cannot be {header.block_bytes} packed")
    return ends
