"""Writing a WKW file whole: blocks gathered in Morton order, compressed, and renamed into place.

A file's full cube is never in memory. Blocks are taken in groups that are cubes themselves; blocks without data are one
compressed block of zeros, and blocks of an older file that do not change are copied as they are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import lz4.block
import numpy as np
import numpy.typing as npt

from swath.engine.files import replaced
from swath.kernels.morton import morton_numbers, morton_places
from swath.volume.errors import ArrayError
from swath.volume.geometry import Vec3Int
from swath.volume.stores.array_store import Voxels
from swath.volume.stores.block_cutter import BlockCutter
from swath.volume.stores.codec_threads import in_order
from swath.volume.stores.wkw_header import HEADER_SIZE, LZ4HC, WkwHeader, read_block_ends

GROUP_BYTES = 1 << 23
_HC_LEVEL = 9
Numbers = npt.NDArray[np.int64]
Payloads = list[bytes | None]


@dataclass(frozen=True)
class Patch:
    """Voxels for the box from ``low`` to before ``high`` (x, y, z) of a file's cube.

    ``read(low, high)`` gives those of any box within it, as (c, x, y, z).
    """

    low: Numbers
    high: Numbers
    read: Callable[[Numbers, Numbers], Voxels]


@dataclass(frozen=True)
class OldShard:
    """A file that stands, with where its blocks end."""

    file: Path
    header: WkwHeader
    ends: Numbers

    @classmethod
    def of(cls, file: Path, header: WkwHeader) -> OldShard | None:
        """Look at a file; None where there is none. Raises ArrayError where it is damaged."""
        return cls(file, header, read_block_ends(file, header)) if file.exists() else None

    def stored(self, first: int, last: int) -> bytes:
        """The bytes of the blocks from one number to before another, as they are stored."""
        start = self.ends[first - 1] if first else self.header.data_offset
        with self.file.open("rb") as content:
            content.seek(int(start))
            return content.read(int(self.ends[last - 1] - start))

    def blocks(self, first: int, last: int) -> Voxels:
        """The voxels of blocks, a row for each, the channel fastest, then x."""
        stored = self.stored(first, last)
        if self.header.compressed:
            start = self.ends[first - 1] if first else self.header.data_offset
            cuts = [0, *(self.ends[first:last] - start).tolist()]
            pieces = [stored[a:b] for a, b in pairwise(cuts)]
            stored = b"".join(self._unpacked(piece) for piece in pieces)
        return np.frombuffer(stored, self.header.dtype).reshape(last - first, -1)

    def _unpacked(self, stored: bytes) -> bytes:
        try:
            content = bytes(lz4.block.decompress(stored, uncompressed_size=self.header.block_bytes))
        except lz4.block.LZ4BlockError as error:
            raise ArrayError(f"{self.file} has a block that is no LZ4: {error}") from error
        if len(content) != self.header.block_bytes:
            raise ArrayError(f"{self.file} has a block of {len(content)} bytes, {self.header.block_bytes} are due")
        return content


def write_shard(file: Path, header: WkwHeader, patch: Patch) -> None:
    """Write a patch into a file, which then holds what it held before elsewhere; readers see the old file or the new.

    Raises ArrayError where the file that stands is damaged.
    """
    old = OldShard.of(file, header)
    size = _group_size(header)
    edge = round(size ** (1 / 3)) * header.block_len
    groups = _groups(patch.low // edge, -(-patch.high // edge))
    payloads = in_order(lambda group: _pack_group(header, patch, old, np.arange(group, group + size)), groups * size)
    with replaced(file) as out:
        _write_file(out, header, groups * size, payloads, old)


def _group_size(header: WkwHeader) -> int:
    """Give the number of blocks of a group: a cube of blocks, of a bounded number of bytes."""
    size = 1
    while size * 8 <= header.blocks and size * 8 * header.block_bytes <= GROUP_BYTES:
        size *= 8
    return size


def _groups(first: Numbers, last: Numbers) -> Numbers:
    """Give the numbers of the groups from ``first`` to before ``last`` (x, y, z), ascending."""
    return np.sort(morton_numbers(np.ascontiguousarray(np.indices((last - first).tolist()).reshape(3, -1).T + first)))


def packed(block: Voxels, header: WkwHeader) -> bytes:
    """Give the bytes that a block is stored as."""
    if not header.compressed:
        return block.tobytes()
    if header.block_type == LZ4HC:
        return bytes(lz4.block.compress(block.data, mode="high_compression", compression=_HC_LEVEL, store_size=False))
    return bytes(lz4.block.compress(block.data, store_size=False))


def _pack_group(header: WkwHeader, patch: Patch, old: OldShard | None, numbers: Numbers) -> Payloads:
    """Give what the blocks of a group are stored as, None for one that is all zero."""
    edge, places = header.block_len, morton_places(numbers)
    corners = places * edge
    reached = np.all((corners < patch.high) & (corners + edge > patch.low), axis=1)
    within = np.all((corners >= patch.low) & (corners + edge <= patch.high), axis=1)
    blocks = np.zeros((numbers.size, edge**3 * header.num_channels), header.dtype)
    if old is not None:
        for row in np.flatnonzero(~within):
            blocks[row] = old.blocks(int(numbers[row]), int(numbers[row]) + 1)[0]
    low = np.maximum(corners.min(axis=0), patch.low)
    high = np.minimum(corners.max(axis=0) + edge, patch.high)
    filled = BlockCutter.of(patch.read(low, high), Vec3Int(low), Vec3Int.full(edge)).cut(places, blocks)
    if old is None:
        filled &= reached
    return [packed(block, header) if full else None for block, full in zip(blocks, filled, strict=True)]


def _write_file(
    out: BinaryIO, header: WkwHeader, groups: Numbers, payloads: Iterator[Payloads], old: OldShard | None
) -> None:
    """Write the groups of blocks that begin at some numbers, and what an older file has between them."""
    out.write(header.pack(header.data_offset))
    if header.compressed:
        _write_compressed(out, header, groups, payloads, old)
    else:
        _write_raw(out, header, groups, payloads, old)


def _write_raw(
    out: BinaryIO, header: WkwHeader, groups: Numbers, payloads: Iterator[Payloads], old: OldShard | None
) -> None:
    """Write blocks each to its place; what is all zero stays a hole of the file."""
    behind = 0
    for first, group in zip(groups.tolist(), payloads, strict=True):
        _copy_raw(out, header, old, behind, first)
        for number, payload in enumerate(group, first):
            if payload is not None:
                out.seek(header.data_offset + number * header.block_bytes)
                out.write(payload)
        behind = first + len(group)
    _copy_raw(out, header, old, behind, header.blocks)
    out.truncate(header.data_offset + header.blocks * header.block_bytes)


def _copy_raw(out: BinaryIO, header: WkwHeader, old: OldShard | None, first: int, last: int) -> None:
    for number in range(first, last) if old is not None else ():
        stored = old.stored(number, number + 1)  # type: ignore[union-attr]
        if stored.count(0) < len(stored):
            out.seek(header.data_offset + number * header.block_bytes)
            out.write(stored)


def _write_compressed(
    out: BinaryIO, header: WkwHeader, groups: Numbers, payloads: Iterator[Payloads], old: OldShard | None
) -> None:
    """Write blocks one behind the other, and the table of their ends when these are known."""
    empty = packed(np.zeros(header.block_bytes, np.uint8), header)
    sizes = np.full(header.blocks, len(empty)) if old is None else np.diff(old.ends, prepend=header.data_offset)
    out.seek(header.data_offset)
    behind = 0
    for first, group in zip(groups.tolist(), payloads, strict=True):
        _copy_compressed(out, behind, first, empty, old)
        stored = [empty if payload is None else payload for payload in group]
        sizes[first : first + len(stored)] = [len(payload) for payload in stored]
        out.write(b"".join(stored))
        behind = first + len(stored)
    _copy_compressed(out, behind, header.blocks, empty, old)
    out.seek(HEADER_SIZE)
    out.write((header.data_offset + np.cumsum(sizes)).astype("<u8").tobytes())


def _copy_compressed(out: BinaryIO, first: int, last: int, empty: bytes, old: OldShard | None) -> None:
    """Write the blocks from one number to before another, which no group holds, a bounded number at a time."""
    for start in range(first, last, 1024):
        stop = min(start + 1024, last)
        out.write(empty * (stop - start) if old is None else old.stored(start, stop))
