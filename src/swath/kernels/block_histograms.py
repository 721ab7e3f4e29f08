"""Histograms of the blocks of Bayer planes, which are summed where a region is made of blocks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled

Integers = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_LONG = 255
_MOST_BYTES = 6


@compiled
def _written(out: Bytes, place: int, number: int) -> int:
    """Write a number as a byte, from 255 on as that and two bytes; gives the place behind it."""
    if number < _LONG:
        out[place] = number
        return place + 1
    out[place], out[place + 1], out[place + 2] = _LONG, number & 255, number >> 8
    return place + 3


@compiled
def _read(data: Bytes, place: int) -> tuple[int, int]:
    """Read a number, and give it and the place behind it."""
    if data[place] < _LONG:
        return int(data[place]), place + 1
    return int(data[place + 1]) + 256 * int(data[place + 2]), place + 3


@compiled
def block_histograms(
    frame: npt.NDArray[np.uint16], offsets: Integers, rows: Integers, columns: Integers
) -> tuple[Integers, Integers, Bytes]:
    """Count the values of each block, by plane, then from the top, then from the left.

    ``frame`` is the whole sensor, ``offsets`` the row and column of the first pixel of each plane, (planes, 2);
    ``rows`` and ``columns`` are the edges of the blocks in pixels of a plane. Gives for each block its sum, sum of
    squares, smallest and largest value, int64 (blocks, 4), where its histogram begins, int64 (blocks + 1,), and the
    histograms: for each value that occurs how far it is above the one before, and how often it occurs.
    """
    blocks = offsets.shape[0] * (rows.size - 1) * (columns.size - 1)
    numbers, begins = np.empty((blocks, 4), np.int64), np.zeros(blocks + 1, np.int64)
    out = np.empty(_MOST_BYTES * offsets.shape[0] * (rows[-1] - rows[0]) * (columns[-1] - columns[0]), np.uint8)
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
                place = _written(out, _written(out, place, value - before), count)
                total += count * value
                squares += count * value * value
                table[value], before = 0, value
        numbers[block, 0], numbers[block, 1] = total, squares
        numbers[block, 2], numbers[block, 3] = smallest, largest
        begins[block + 1] = place
    return numbers, begins, out[:place].copy()


@compiled
def summed_histograms(
    chosen: Integers, planes: Integers, begins: Integers, data: Bytes, values: int
) -> npt.NDArray[np.uint32]:
    """Sum the histograms of the chosen blocks, of values below a bound, by their planes, 0 to 3: uint32 (4, values)."""
    out = np.zeros((4, values), np.uint32)
    for block in chosen:
        value, place = 0, begins[block]
        while place < begins[block + 1]:
            step, place = _read(data, place)
            count, place = _read(data, place)
            value += step
            out[planes[block], value] += np.uint32(count)
    return out
