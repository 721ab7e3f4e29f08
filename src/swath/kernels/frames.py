"""Statistics of the Bayer planes of a sensor frame: one pass fills a histogram, and all else is exact from it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

VALUES = 1 << 16


@njit(nogil=True, cache=True)
def plane_histogram(
    frame: npt.NDArray[np.uint16], first: tuple[int, int], box: tuple[int, int, int, int], out: npt.NDArray[np.int64]
) -> int:
    """Count the values of a box of one plane into ``out``, int64 (65536,), which is cleared as far as is needed.

    ``frame`` is the whole sensor, uint16 (rows, columns); ``first`` the row and column of the plane's first pixel, its
    others standing two apart; ``box`` is x1, x2, y1, y2 in pixels of the plane, half open, inside it. Returns a bound,
    a power of two: all values are below it, and ``out`` is valid up to it.
    """
    row0, column0 = first
    x1, x2, y1, y2 = box
    seen = np.uint16(0)
    for y in range(y1, y2):
        row = frame[row0 + 2 * y]
        for x in range(x1, x2):
            seen |= row[column0 + 2 * x]
    bound = 1
    while bound <= seen:
        bound *= 2
    other = np.zeros(bound, np.int64)
    out[:bound] = 0
    for y in range(y1, y2):
        row = frame[row0 + 2 * y]
        # neighbours are often equal: counted into two histograms, one addition need not wait for the other
        for x in range(x1, x2 - 1, 2):
            out[row[column0 + 2 * x]] += 1
            other[row[column0 + 2 * x + 2]] += 1
        if (x2 - x1) % 2:
            out[row[column0 + 2 * (x2 - 1)]] += 1
    out[:bound] += other
    return bound


@njit(nogil=True, cache=True)
def histogram_sums(histogram: npt.NDArray[np.int64]) -> tuple[np.int64, np.int64, np.int64, int, int]:
    """Give number, sum, sum of squares, smallest and largest of the values that a histogram, int64 (n,), counts.

    10^9 values of 65535 do not overflow; of no values the smallest and the largest are -1.
    """
    number, total, squares = np.int64(0), np.int64(0), np.int64(0)
    smallest, largest = -1, -1
    for value in range(histogram.size):
        count = histogram[value]
        if count:
            number += count
            total += count * value
            squares += count * value * value
            largest = value
            if smallest < 0:
                smallest = value
    return number, total, squares, smallest, largest


@njit(nogil=True, cache=True)
def values_at_ranks(histogram: npt.NDArray[np.int64], ranks: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Give the values at ranks, int64, ascending, the smallest value's is 0, of the sorted values of a histogram.

    ``histogram`` is int64 (n,); a rank past the last gives -1.
    """
    out = np.full(ranks.size, -1, np.int64)
    seen = np.int64(0)
    next_rank = 0
    for value in range(histogram.size):
        seen += histogram[value]
        while next_rank < ranks.size and seen > ranks[next_rank]:
            out[next_rank] = value
            next_rank += 1
        if next_rank == ranks.size:
            break
    return out
