"""Bytes taken eight or sixty-four or all in one step, and wide products: what no compiler makes of a plain loop.

Each is told here in plain Python, which is what runs where Numba is switched off; ``instructions`` has the few
instructions that Numba puts in its place.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

LANES = 64
"""Bytes that are looked at together; so many must be there."""

AHEAD = 8
"""How many texts ahead of the one at hand memory is fetched, where texts lie far apart as the fields of records do."""


def equal_bits(data: Bytes, i: int, byte: int) -> np.uint64:
    """Tell which of the bytes data[i:i + 64] are ``byte``: bit k is set for data[i + k]."""
    return np.uint64(sum(1 << k for k in range(LANES) if data[i + k] == byte))


def less_bits(data: Bytes, i: int, byte: int) -> np.uint64:
    """Tell which of the bytes data[i:i + 64] are less than ``byte``: bit k is set for data[i + k]."""
    return np.uint64(sum(1 << k for k in range(LANES) if data[i + k] < byte))


def read_word(data: Bytes, i: int) -> np.uint64:
    """The bytes data[i:i + 8] as one number, the first byte its lowest; all eight must be there."""
    return np.uint64(sum(int(data[i + k]) << 8 * k for k in range(8)))


def copy_bytes(out: Bytes, o: int, data: Bytes, i: int, size: int) -> None:
    """Copy data[i:i + size] to out[o:o + size]; they do not overlap."""
    out[o : o + size] = data[i : i + size]


def fetch(data: Bytes, i: int) -> None:
    """Have the memory around data[i] brought near, where a kernel will look soon; i need not be in the data."""


def wide_product(a: np.uint64, b: np.uint64) -> tuple[np.uint64, np.uint64]:
    """The product of two numbers of 64 bits: its upper and its lower 64 bits."""
    high, low = divmod(int(a) * int(b), 1 << 64)
    return np.uint64(high), np.uint64(low)


def trailing_zeros(bits: np.uint64) -> int:
    """The place of the lowest bit that is set, 64 where none is."""
    return LANES if bits == 0 else (int(bits) & -int(bits)).bit_length() - 1


def leading_zeros(bits: np.uint64) -> int:
    """How many bits above the highest that is set are not."""
    return LANES - int(bits).bit_length()
