"""The checksum that Zarr 3 puts behind the table of a shard."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint32]

_POLYNOMIAL = np.uint32(0x82F63B78)


def crc32c(content: npt.NDArray[np.uint8]) -> int:
    """Give the CRC-32C (Castagnoli) of at least 4 bytes.

    What a sum becomes when more bytes follow is linear in its bits: the sums of single bytes are joined in pairs, then
    these in pairs, and so on. So that no Numba need be loaded to read an array.
    """
    padded = np.zeros(1 << (content.size - 1).bit_length(), np.uint8)
    padded[-content.size :] = content
    padded[-content.size :][:4] ^= 0xFF  # the sum begins with ones; zeros before it change nothing
    sums, level = _table()[padded], 0
    while sums.size > 1:
        sums, level = _followed(sums[0::2], level) ^ sums[1::2], level + 1
    return int(sums[0]) ^ 0xFFFFFFFF


def _followed(sums: Words, level: int) -> Words:
    """Give what sums become when 2^level zero bytes follow."""
    tables = _tables(level)
    halves = [tables[byte][(sums >> np.uint32(8 * byte)) & np.uint32(255)] for byte in range(4)]
    return halves[0] ^ halves[1] ^ halves[2] ^ halves[3]


@cache
def _table() -> Words:
    """The sum of each single byte."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ _POLYNOMIAL, table >> 1)
    return table


@cache
def _tables(level: int) -> Words:
    """What the four bytes of a sum become, (4, 256), when 2^level zero bytes follow."""
    if level:
        return _followed(_tables(level - 1), level - 1)
    single = np.arange(256, dtype=np.uint32) << (8 * np.arange(4, dtype=np.uint32)[:, None])
    return _table()[single & np.uint32(255)] ^ (single >> np.uint32(8))
