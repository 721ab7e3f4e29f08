"""Statistics of the four Bayer planes of a sensor frame: one pass, 64-bit integers, a histogram of all values."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

VALUES = 1 << 16


@njit(nogil=True, cache=True)
def plane_sums(
    frame: npt.NDArray[np.uint16],
    offsets: npt.NDArray[np.int64],
    box: npt.NDArray[np.int64],
    histogram: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Sum a box of every plane, and fill its histogram.

    ``frame`` is the whole sensor, uint16 (rows, columns); ``offsets`` int64 (planes, 2) the row and column of each
    plane's first pixel, its others standing two apart; ``box`` int64 (4,) is x1, x2, y1, y2 in pixels of a plane, half
    open, inside every plane. ``histogram`` int64 (planes, 65536) is added to.
    Returns int64 (planes, 3): pixels, sum of values, sum of squares; 10^9 pixels of 65535 do not overflow.
    """
    out = np.zeros((offsets.shape[0], 3), np.int64)
    x1, x2, y1, y2 = box
    for plane in range(offsets.shape[0]):
        counts = histogram[plane]
        total = np.int64(0)
        squares = np.int64(0)
        for y in range(y1, y2):
            row = frame[offsets[plane, 0] + 2 * y]
            column = offsets[plane, 1] + 2 * x1
            for _ in range(x2 - x1):
                value = np.int64(row[column])
                counts[value] += 1
                total += value
                squares += value * value
                column += 2
        out[plane, 0] = (x2 - x1) * (y2 - y1)
        out[plane, 1] = total
        out[plane, 2] = squares
    return out


@njit(nogil=True, cache=True)
def value_at_rank(histogram: npt.NDArray[np.int64], rank: int) -> int:
    """Give the value that stands at a rank (the smallest is 0) in a sorted list of all values of a histogram.

    ``histogram`` is int64 (65536,); a rank past the last gives -1.
    """
    seen = 0
    for value in range(histogram.size):
        seen += histogram[value]
        if seen > rank:
            return value
    return -1
