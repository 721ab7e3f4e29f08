"""Statistics of a volume of bytes: all that is told of a chunk follows from how often each value occurs in it.

A volume is read once and in the order in which it lies, along rows that cross many chunks. Chunk by chunk would touch
rows far apart, which takes twice as long.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.bits import read_word
from swath.kernels.compiled import compiled, compiled_borrowing
from swath.kernels.voxels import (
    BINS,
    LEAST,
    LOW,
    MEAN,
    MOST,
    NONZERO,
    SLICE_LEAST,
    SLICE_MOST,
    TOTAL,
    VALUES,
    VARIANCE,
    WIDTH,
    Box,
    Counts,
    Figures,
    grid_of,
    nothing_measured,
    span,
)

Bytes = npt.NDArray[np.uint8]
Tables = npt.NDArray[np.uint32]


@compiled
def measure_chunks_of_bytes(volume: Bytes, first: Box, chunk: Box) -> tuple[Counts, Figures, Counts, Counts, Figures]:
    """Do as ``voxels.measure_chunks`` for uint8 in C order, and equal to it."""
    shape = (volume.shape[0], volume.shape[1], volume.shape[2])
    grid = grid_of(shape, first, chunk)
    counts, figures, histograms, slice_counts, slices = nothing_measured(grid, shape[0])
    at = 0
    for k in range(grid[0]):
        z0, z1 = span(k, first[0], chunk[0], shape[0])
        for j in range(grid[1]):
            y0, y1 = span(j, first[1], chunk[1], shape[1])
            tables = np.zeros((grid[2], 4, 256), np.uint32)
            for z in range(z0, z1):
                _measure_rows(volume[z], y0, y1, first[2], chunk[2], tables, slice_counts[z], slices[z])
            for i in range(grid[2]):
                values = tables[i, 0] + tables[i, 1] + tables[i, 2] + tables[i, 3]
                _sum_up(values, counts[at], figures[at], histograms[at])
                at += 1
    return counts, figures, histograms, slice_counts, slices


@compiled_borrowing
def _measure_rows(
    plane: Bytes, y0: int, y1: int, first: int, chunk: int, tables: Tables, counts: Counts, figures: Figures
) -> None:
    """Count the values of rows in the tables of the chunks along them, and add the rows to their slice."""
    zeros, total = _zeros(tables), 0
    least, most = np.uint8(255), np.uint8(0)
    for y in range(y0, y1):
        row = plane[y]
        x0, x1 = 0, min(chunk - first, row.size)
        for i in range(tables.shape[0]):
            _count_values(row, x0, x1, tables[i])
            x0, x1 = x1, min(x1 + chunk, row.size)
        low, high = _extremes(row)
        least, most = min(least, low), max(most, high)
        total += _sum(row)
    voxels = (y1 - y0) * plane.shape[1]
    counts[VALUES] += voxels
    counts[NONZERO] += voxels - (_zeros(tables) - zeros)
    figures[TOTAL] += total
    figures[SLICE_LEAST] = min(figures[SLICE_LEAST], float(least))
    figures[SLICE_MOST] = max(figures[SLICE_MOST], float(most))


@compiled_borrowing
def _count_values(row: Bytes, start: int, end: int, table: Tables) -> None:
    """Count how often each value occurs in row[start:end]; a table is the sum of its four rows.

    Neighbours are often equal: with four, one addition need not wait for another.
    """
    one, byte = np.uint32(1), np.uint64(255)
    at = start
    while at + 8 <= end:
        word = read_word(row, at)
        table[0, word & byte] += one
        table[1, word >> np.uint64(8) & byte] += one
        table[2, word >> np.uint64(16) & byte] += one
        table[3, word >> np.uint64(24) & byte] += one
        table[0, word >> np.uint64(32) & byte] += one
        table[1, word >> np.uint64(40) & byte] += one
        table[2, word >> np.uint64(48) & byte] += one
        table[3, word >> np.uint64(56)] += one
        at += 8
    while at < end:
        table[0, row[at]] += one
        at += 1


@compiled_borrowing
def _zeros(tables: Tables) -> int:
    """Give how many voxels of value 0 are counted in tables."""
    zeros = 0
    for i in range(tables.shape[0]):
        zeros += np.int64(tables[i, 0, 0]) + tables[i, 1, 0] + tables[i, 2, 0] + tables[i, 3, 0]
    return zeros


@compiled_borrowing
def _extremes(row: Bytes) -> tuple[np.uint8, np.uint8]:
    least, most = np.uint8(255), np.uint8(0)
    for x in range(row.size):
        least, most = min(least, row[x]), max(most, row[x])
    return least, most


@compiled_borrowing
def _sum(row: Bytes) -> np.uint32:
    total = np.uint32(0)
    for x in range(row.size):
        total += np.uint32(row[x])
    return total


@compiled_borrowing
def _sum_up(values: Tables, counts: Counts, figures: Figures, histogram: Counts) -> None:
    """Take a chunk's figures from the number of voxels of each value."""
    number, total = 0, 0
    least, most = np.inf, -np.inf
    for value in range(256):
        count = np.int64(values[value])
        histogram[value // (256 // BINS)] += count
        if count:
            number += count
            total += count * value
            least = min(least, float(value))
            most = max(most, float(value))
    counts[VALUES], counts[NONZERO] = number, number - np.int64(values[0])
    mean = total / number
    squares = 0.0
    for value in range(256):
        squares += values[value] * (value - mean) * (value - mean)
    figures[LEAST], figures[MOST], figures[MEAN], figures[VARIANCE] = least, most, mean, squares / number
    figures[LOW], figures[WIDTH] = 0.0, 256.0 / BINS
    if not counts[NONZERO]:
        histogram[:] = 0
        figures[VARIANCE] = 0.0
