"""Writing a WKW file whole: blocks gathered in Morton order, compressed, and renamed into place.

A file's full cube is never in memory: blocks without data are one compressed block of zeros, and blocks of an older
file that do not change are copied as they are.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import lz4.block
import numpy as np
import numpy.typing as npt

from swath.kernels.morton import gather_blocks, morton_numbers
from swath.volume.errors import ArrayError
from swath.volume.stores.array_store import Voxels
from swath.volume.stores.codec_threads import in_order
from swath.volume.stores.wkw_header import HEADER_SIZE, LZ4HC, WkwHeader, read_block_ends

_BATCH_BYTES = 1 << 21
_HC_LEVEL = 9
Numbers = npt.NDArray[np.int64]
Payloads = list[bytes | None]


@dataclass(frozen=True)
class Patch:
    """Voxels (c, x, y, z) for a file, the first at ``start`` (x, y, z) of its cube."""

    start: Numbers
    data: Voxels

    def touched(self, header: WkwHeader) -> Numbers:
        """The numbers of the blocks that it reaches into, ascending."""
        edge = header.block_len
        return morton_numbers(self.start // edge, -(-(self.start + self.data.shape[1:]) // edge))

    def covers(self, header: WkwHeader) -> bool:
        """Whether it fills all blocks that it reaches into, so that nothing of an older file is needed for them."""
        end = self.start + self.data.shape[1:]
        return not (np.any(self.start % header.block_len) or np.any(end % header.block_len))


def write_shard(file: Path, header: WkwHeader, patch: Patch) -> None:
    """Write a patch into a file, which then holds what it held before elsewhere; readers see the old file or the new.

    Raises ArrayError where the file that stands is damaged.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        old = OldShard(file, header, read_block_ends(file, header)) if file.exists() else None
        with temporary.open("wb") as out:
            _write_blocks(out, header, patch, old)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@dataclass(frozen=True)
class OldShard:
    """A file that stands, with where its blocks end."""

    file: Path
    header: WkwHeader
    ends: Numbers

    def stored(self, first: int, last: int) -> bytes:
        """The bytes of the blocks from one number to before another, as they are stored."""
        start = self.ends[first - 1] if first else self.header.data_offset
        with self.file.open("rb") as content:
            content.seek(int(start))
            return content.read(int(self.ends[last - 1] - start))

    def voxels(self, number: int) -> Voxels:
        """The voxels of a block in one row, the channel fastest, then x."""
        stored = self.stored(number, number + 1)
        return np.frombuffer(unpacked(stored, self.header, self.file), self.header.dtype)


def unpacked(stored: bytes, header: WkwHeader, file: Path) -> bytes:
    """Give the bytes of a block; raises ArrayError where they are not what was compressed."""
    if not header.compressed:
        return stored
    try:
        content = lz4.block.decompress(stored, uncompressed_size=header.block_bytes)
    except lz4.block.LZ4BlockError as error:
        raise ArrayError(f"{file} has a block that is no LZ4: {error}") from error
    if len(content) != header.block_bytes:
        raise ArrayError(f"{file} has a block of {len(content)} bytes, {header.block_bytes} are due")
    return bytes(content)


def packed(block: Voxels, header: WkwHeader) -> bytes:
    """Give the bytes that a block is stored as."""
    if not header.compressed:
        return block.tobytes()
    if header.block_type == LZ4HC:
        return bytes(lz4.block.compress(block.data, mode="high_compression", compression=_HC_LEVEL, store_size=False))
    return bytes(lz4.block.compress(block.data, store_size=False))


def _write_blocks(out: BinaryIO, header: WkwHeader, patch: Patch, old: OldShard | None) -> None:
    touched = patch.touched(header)
    if header.compressed:
        _write_compressed(out, header, touched, _payloads(header, patch, old, touched), old)
        return
    out.write(header.pack(header.data_offset))
    for number, payload in zip(touched, _payloads(header, patch, old, touched), strict=True):
        if payload is not None:
            out.seek(header.data_offset + int(number) * header.block_bytes)
            out.write(payload)
    if old is not None:
        for first, last in _gaps(touched, header.blocks):
            for number in range(first, last):
                stored = old.stored(number, number + 1)
                if stored.count(0) < len(stored):
                    out.seek(header.data_offset + number * header.block_bytes)
                    out.write(stored)
    out.truncate(header.data_offset + header.blocks * header.block_bytes)


def _write_compressed(
    out: BinaryIO, header: WkwHeader, touched: Numbers, payloads: Iterator[bytes | None], old: OldShard | None
) -> None:
    """Write blocks one behind the other, and the table of their ends when these are known."""
    empty = packed(np.zeros(header.block_bytes, np.uint8), header)
    sizes = np.full(header.blocks, len(empty), np.int64)
    if old is not None:
        sizes = np.diff(old.ends, prepend=header.data_offset)
    out.write(header.pack(header.data_offset))
    out.seek(header.data_offset)
    behind = 0
    for number in [*touched.tolist(), header.blocks]:
        if number > behind:
            _copy_unchanged(out, behind, number, empty, old)
        if number < header.blocks:
            payload = next(payloads) or empty
            sizes[number] = len(payload)
            out.write(payload)
        behind = number + 1
    out.seek(HEADER_SIZE)
    out.write((header.data_offset + np.cumsum(sizes)).astype("<u8").tobytes())


def _copy_unchanged(out: BinaryIO, first: int, last: int, empty: bytes, old: OldShard | None) -> None:
    """Write the blocks from one number to before another, which no patch reaches, a bounded number at a time."""
    step = max(1, _BATCH_BYTES // len(empty)) if old is None else 256
    for start in range(first, last, step):
        stop = min(start + step, last)
        out.write(empty * (stop - start) if old is None else old.stored(start, stop))


def _gaps(touched: Numbers, blocks: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of numbers between those that are touched."""
    behind = 0
    for number in [*touched.tolist(), blocks]:
        if number > behind:
            yield behind, number
        behind = number + 1


def _payloads(header: WkwHeader, patch: Patch, old: OldShard | None, touched: Numbers) -> Iterator[bytes | None]:
    """Yield the stored bytes of the touched blocks in order, None for one that is all zero."""
    batch = max(1, _BATCH_BYTES // header.block_bytes)
    batches = [touched[start : start + batch] for start in range(0, touched.size, batch)]
    base = None if patch.covers(header) else old
    for payloads in in_order(lambda numbers: _pack_batch(header, patch, base, numbers), batches):
        yield from payloads


def _pack_batch(header: WkwHeader, patch: Patch, base: OldShard | None, numbers: Numbers) -> Payloads:
    bits = np.dtype(f"u{header.dtype.itemsize}")  # as bits, so that -0.0 is not taken for nothing
    blocks = np.zeros((numbers.size, header.block_len**3 * header.num_channels), bits)
    if base is not None:
        for row, number in enumerate(numbers.tolist()):
            blocks[row] = base.voxels(number).view(bits)
    filled = gather_blocks(patch.data.view(bits), patch.start, numbers, header.block_len, blocks)
    return [packed(block, header) if full else None for block, full in zip(blocks, filled, strict=True)]
