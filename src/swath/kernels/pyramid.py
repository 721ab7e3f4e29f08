"""Steps of an image pyramid: every block of a volume becomes one voxel. Any block, any numeric type.

Volumes are (z, y, x) in C order, which is (x, y, z) in the column-major order that the formats store. A block is
visited with y fastest, then x, then z. Of what is common, ``pyramid_pairs`` has faster twins.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import types
from numba.extending import overload

from swath.kernels.compiled import compiled

Volume = npt.NDArray[Any]
Factors = tuple[int, int, int]

_INSERTION = 32
"""Up to so many values, insertion sorts fastest."""


def middle(low: Any, high: Any) -> Any:
    """Give the mean of two values in their type, truncated toward zero; of 64-bit integers that of their doubles."""
    raise NotImplementedError  # Numba compiles what ``_middle`` gives for the type.


@overload(middle, inline="always")
def _middle(low, high):  # type: ignore[no-untyped-def]  # noqa: ARG001  (Numba reads the types)
    if isinstance(low, types.Float):
        return lambda low, high: (low + high) / 2
    if low.bitwidth == 64:
        return _of_large_unsigned if not low.signed else _of_large
    return _of_signed if low.signed else _of_unsigned


def _of_unsigned(low, high):  # type: ignore[no-untyped-def]
    return (low & high) + ((low ^ high) >> 1)


def _of_signed(low, high):  # type: ignore[no-untyped-def]
    total = np.int64(low) + np.int64(high)
    return (total + (total < 0)) >> 1


def _of_large(low, high):  # type: ignore[no-untyped-def]
    mean = (np.float64(low) + np.float64(high)) / 2.0
    return np.int64(mean) if mean < 2.0**63 else np.int64(2**63 - 1)


def _of_large_unsigned(low, high):  # type: ignore[no-untyped-def]
    mean = (np.float64(low) + np.float64(high)) / 2.0
    return np.uint64(mean) if mean < 2.0**64 else np.uint64(2**64 - 1)


@compiled
def take_block(source: Volume, first: Factors, factors: Factors, block: npt.NDArray[Any]) -> bool:
    """Copy a block, whose first voxel is ``first``, into ``block`` in visiting order; say whether all are equal."""
    z0, y0, x0 = first
    fz, fy, fx = factors
    one = source[z0, y0, x0]
    equal = True
    at = 0
    for z in range(z0, z0 + fz):
        for x in range(x0, x0 + fx):
            for y in range(y0, y0 + fy):
                value = source[z, y, x]
                block[at] = value
                equal &= value == one
                at += 1
    return equal


@compiled
def _sort(block: npt.NDArray[Any]) -> None:
    if block.size > _INSERTION:
        block.sort()
        return
    for i in range(1, block.size):
        value = block[i]
        j = i - 1
        while j >= 0 and block[j] > value:
            block[j + 1] = block[j]
            j -= 1
        block[j + 1] = value


@compiled
def _has_nan(block: npt.NDArray[Any]) -> bool:
    for value in block:
        if value != value:  # noqa: PLR0124
            return True
    return False


@compiled
def median(source: Volume, factors: Factors, out: Volume) -> None:
    """Give each block its median; of an even number the mean of the two middle ones, truncated toward zero.

    ``source`` is (z, y, x), a multiple of ``factors``; ``out`` its shape divided by them, of the same type. A block
    with NaN gives NaN. The mean of two 64-bit integers is that of their nearest doubles.
    """
    fz, fy, fx = factors
    block = np.empty(fz * fy * fx, source.dtype)
    half = block.size // 2
    for z in range(out.shape[0]):
        for y in range(out.shape[1]):
            for x in range(out.shape[2]):
                if take_block(source, (z * fz, y * fy, x * fx), factors, block) and block.size % 2:
                    out[z, y, x] = block[0]
                    continue
                if _has_nan(block):
                    out[z, y, x] = block[0] + np.nan
                    continue
                _sort(block)
                out[z, y, x] = block[half] if block.size % 2 else middle(block[half - 1], block[half])


@compiled
def most_frequent(block: npt.NDArray[Any]) -> Any:
    """The most frequent value; of several, the one whose first occurrence comes first."""
    best, most = block[0], 0
    for i in range(block.size):
        if block.size - i <= most:
            break
        count = 1
        for j in range(i + 1, block.size):
            count += block[j] == block[i]
        if count > most:
            best, most = block[i], count
    return best


@compiled
def mode(source: Volume, factors: Factors, out: Volume) -> None:
    """Give each block its most frequent value, of several the one visited first; arguments as of ``median``."""
    fz, fy, fx = factors
    block = np.empty(fz * fy * fx, source.dtype)
    for z in range(out.shape[0]):
        for y in range(out.shape[1]):
            for x in range(out.shape[2]):
                equal = take_block(source, (z * fz, y * fy, x * fx), factors, block)
                out[z, y, x] = block[0] if equal else most_frequent(block)


@compiled
def maximum(source: Volume, factors: Factors, out: Volume) -> None:
    """Give each block its largest value, NaN where it has one; arguments as of ``median``."""
    fz, fy, fx = factors
    for z in range(out.shape[0]):
        for y in range(out.shape[1]):
            for x in range(out.shape[2]):
                best = source[z * fz, y * fy, x * fx]
                for k in range(z * fz, z * fz + fz):
                    for j in range(y * fy, y * fy + fy):
                        for i in range(x * fx, x * fx + fx):
                            value = source[k, j, i]
                            if value > best or value != value:  # noqa: PLR0124
                                best = value
                out[z, y, x] = best


@compiled
def minimum(source: Volume, factors: Factors, out: Volume) -> None:
    """Give each block its smallest value, NaN where it has one; arguments as of ``median``."""
    fz, fy, fx = factors
    for z in range(out.shape[0]):
        for y in range(out.shape[1]):
            for x in range(out.shape[2]):
                best = source[z * fz, y * fy, x * fx]
                for k in range(z * fz, z * fz + fz):
                    for j in range(y * fy, y * fy + fy):
                        for i in range(x * fx, x * fx + fx):
                            value = source[k, j, i]
                            if value < best or value != value:  # noqa: PLR0124
                                best = value
                out[z, y, x] = best


@compiled
def _whole_mean(block: npt.NDArray[Any]) -> Any:
    """The mean of integers, rounded half up; in parts, so that no sum overflows."""
    number = block.dtype.type(block.size)
    quotients, rest = block.dtype.type(0), 0
    for value in block:
        quotients += value // number
        rest += np.int64(value % number)
    return quotients + block.dtype.type((2 * rest + block.size) // (2 * block.size))


@compiled
def mean_of_integers(source: Volume, factors: Factors, out: Volume) -> None:
    """Give each block of integers its mean, rounded half up; arguments as of ``median``."""
    fz, fy, fx = factors
    block = np.empty(fz * fy * fx, source.dtype)
    for z in range(out.shape[0]):
        for y in range(out.shape[1]):
            for x in range(out.shape[2]):
                equal = take_block(source, (z * fz, y * fy, x * fx), factors, block)
                out[z, y, x] = block[0] if equal else _whole_mean(block)


@compiled
def mean_of_floats(source: Volume, factors: Factors, out: Volume) -> None:
    """Give each block of floats its mean, added up in double; arguments as of ``median``."""
    fz, fy, fx = factors
    block = np.empty(fz * fy * fx, source.dtype)
    for z in range(out.shape[0]):
        for y in range(out.shape[1]):
            for x in range(out.shape[2]):
                take_block(source, (z * fz, y * fy, x * fx), factors, block)
                total = 0.0
                for value in block:
                    total += value
                out[z, y, x] = total / block.size
