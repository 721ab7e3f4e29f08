"""Histograms of the blocks of Bayer planes, which are summed where a region is made of blocks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Integers = npt.NDArray[np.int64]
Small = npt.NDArray[np.uint16]


@njit(nogil=True, cache=True)
def block_histograms(
    frame: Small, offsets: Integers, rows: Integers, columns: Integers
) -> tuple[Integers, Integers, Small, Small]:
    """Count the values of each block, by plane, then from the top, then from the left.

    ``frame`` is the whole sensor, uint16, ``offsets`` the row and column of the first pixel of each plane, (planes, 2);
    ``rows`` and ``columns`` are the edges of the blocks in pixels of a plane. Gives for each block its sum, sum of
    squares, smallest and largest value, int64 (blocks, 4), and its histogram: where it begins, int64 (blocks + 1,), how
    far each value is from the one before, the first from 0, and how often it occurs.
    """
    blocks = offsets.shape[0] * (rows.size - 1) * (columns.size - 1)
    numbers, begins = np.empty((blocks, 4), np.int64), np.zeros(blocks + 1, np.int64)
    most = offsets.shape[0] * (rows[-1] - rows[0]) * (columns[-1] - columns[0])
    steps, counts = np.empty(most, np.uint16), np.empty(most, np.uint16)
    table = np.zeros(1 << 16, np.uint16)
    place, high, wide = 0, rows.size - 1, columns.size - 1
    for plane, down, across in np.ndindex((offsets.shape[0], high, wide)):
        block = (plane * high + down) * wide + across
        smallest, largest = np.uint16(65535), np.uint16(0)
        for y in range(rows[down], rows[down + 1]):
            row = frame[offsets[plane, 0] + 2 * y]
            for x in range(columns[across], columns[across + 1]):
                value = row[offsets[plane, 1] + 2 * x]
                table[value] += np.uint16(1)
                smallest, largest = min(smallest, value), max(largest, value)
        total, squares, before = 0, 0, 0
        for value in range(int(smallest), int(largest) + 1):
            count = int(table[value])
            if count:
                steps[place], counts[place] = value - before, count
                total += count * value
                squares += count * value * value
                table[value] = 0
                before, place = value, place + 1
        numbers[block, 0], numbers[block, 1] = total, squares
        numbers[block, 2], numbers[block, 3] = smallest, largest
        begins[block + 1] = place
    return numbers, begins, steps[:place].copy(), counts[:place].copy()


@njit(nogil=True, cache=True)
def summed_histograms(planes: Integers, begins: Integers, steps: Small, counts: Small) -> npt.NDArray[np.uint32]:
    """Sum the histograms of blocks by their planes, 0 to 3: uint32 (4, 65536)."""
    out = np.zeros((4, 1 << 16), np.uint32)
    for block in range(planes.size):
        value = 0
        for place in range(begins[block], begins[block + 1]):
            value += int(steps[place])
            out[planes[block], value] += np.uint32(counts[place])
    return out
