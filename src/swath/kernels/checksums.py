"""The checksum that Zarr 3 puts behind the table of a shard."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled


def _make_table() -> npt.NDArray[np.uint32]:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(0x82F63B78), table >> 1)
    return table


_TABLE = _make_table()


@compiled
def _crc32c(content: npt.NDArray[np.uint8], table: npt.NDArray[np.uint32]) -> np.uint32:
    crc = np.uint32(0xFFFFFFFF)
    for byte in content:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> np.uint32(8))
    return crc ^ np.uint32(0xFFFFFFFF)


def crc32c(content: npt.NDArray[np.uint8]) -> int:
    """Give the CRC-32C (Castagnoli) of bytes."""
    return int(_crc32c(content, _TABLE))
