"""Statistics of a volume: of every chunk its values, of every slice its sums, of every segment its voxels and box.

Volumes are (z, y, x) in C order. Chunks are those of the format's grid, of which a volume may begin in the middle:
``first`` is how far, (z, y, x). NaN is left out of all figures.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled

Volume = npt.NDArray[Any]
Box = tuple[int, int, int]
Counts = npt.NDArray[np.int64]
Figures = npt.NDArray[np.float64]

BINS = 64
VALUES, NONZERO = range(2)
"""Columns of counts: voxels that are numbers, and of them those that are not 0."""
LEAST, MOST, MEAN, VARIANCE, LOW, WIDTH = range(6)
"""Columns of figures: extremes, mean, variance of the population, and the histogram's lower edge and bin width."""
TOTAL, SLICE_LEAST, SLICE_MOST = range(3)
"""Columns of a slice's figures."""


def is_zero(data: Volume) -> bool:
    """Say whether all bits of an array are 0; looks no further than some voxels past the first that is not."""
    flat = data.ravel(order="K")
    return bool(_is_zero(flat.view(np.uint64 if flat.nbytes % 8 == 0 else np.uint8)))


@compiled
def _is_zero(flat: npt.NDArray[Any]) -> bool:
    step = 4096
    for start in range(0, flat.size, step):
        found = False
        for i in range(start, min(start + step, flat.size)):
            found |= flat[i] != 0
        if found:
            return False
    return True


@compiled
def grid_of(shape: Box, first: Box, chunk: Box) -> Box:
    """Give the number of chunks along each axis that a volume touches."""
    return (
        (first[0] + shape[0] + chunk[0] - 1) // chunk[0],
        (first[1] + shape[1] + chunk[1] - 1) // chunk[1],
        (first[2] + shape[2] + chunk[2] - 1) // chunk[2],
    )


@compiled
def span(number: int, first: int, chunk: int, size: int) -> tuple[int, int]:
    """Give where along an axis the chunk of a number begins and ends inside the volume."""
    return max(number * chunk - first, 0), min((number + 1) * chunk - first, size)


@compiled
def nothing_measured(grid: Box, depth: int) -> tuple[Counts, Figures, Counts, Counts, Figures]:
    """Make what ``measure_chunks`` gives, for a grid of chunks and so many slices, before a voxel is looked at."""
    number = grid[0] * grid[1] * grid[2]
    slice_figures = np.zeros((depth, 3))
    slice_figures[:, SLICE_LEAST], slice_figures[:, SLICE_MOST] = np.inf, -np.inf
    counts, histograms = np.zeros((number, 2), np.int64), np.zeros((number, BINS), np.int64)
    return counts, np.zeros((number, 6)), histograms, np.zeros((depth, 2), np.int64), slice_figures


@compiled
def measure_chunks(
    volume: Volume, first: Box, chunk: Box, bin_width: float, bin_low: float, zero: Any
) -> tuple[Counts, Figures, Counts, Counts, Figures]:
    """Measure the chunks and the slices of a volume.

    ``bin_width`` and ``bin_low`` fix the histogram's bins; with a width of 0 a chunk's go from its least to its most.
    ``zero`` is of the type that a row is added up in: an integer, or a double where a row's sum could overflow.
    Returns for the chunks, in C order of their grid, counts int64 (n, 2), figures float64 (n, 6) and histograms int64
    (n, 64); for the slices counts int64 (depth, 2) and figures float64 (depth, 3).
    """
    shape = (volume.shape[0], volume.shape[1], volume.shape[2])
    grid = grid_of(shape, first, chunk)
    counts, figures, histograms, slice_counts, slice_figures = nothing_measured(grid, shape[0])
    whole = volume.dtype.type(0.5) == 0 and volume.itemsize < 8
    at = 0
    for k in range(grid[0]):
        z0, z1 = span(k, first[0], chunk[0], shape[0])
        for j in range(grid[1]):
            y0, y1 = span(j, first[1], chunk[1], shape[1])
            for i in range(grid[2]):
                x0, x1 = span(i, first[2], chunk[2], shape[2])
                part = volume[z0:z1, y0:y1, x0:x1]
                if whole:
                    _measure_integers(part, counts[at], figures[at], slice_counts[z0:z1], slice_figures[z0:z1])
                else:
                    _measure(part, zero, counts[at], figures[at], slice_counts[z0:z1], slice_figures[z0:z1])
                if bin_width > 0:
                    figures[at, LOW], figures[at, WIDTH] = bin_low, bin_width
                else:
                    width = (figures[at, MOST] - figures[at, LEAST]) / BINS
                    figures[at, LOW], figures[at, WIDTH] = figures[at, LEAST], width if width > 0 else 1.0
                if counts[at, NONZERO]:
                    _spread(part, figures[at], histograms[at])
                at += 1
    return counts, figures, histograms, slice_counts, slice_figures


@compiled
def _measure(
    part: Volume, zero: Any, counts: Counts, figures: Figures, slice_counts: Counts, slice_figures: Figures
) -> None:
    """Take counts, extremes and sums, slice by slice."""
    total, least, most = 0.0, np.inf, -np.inf
    for z in range(part.shape[0]):
        values, nonzero, added = 0, 0, 0.0
        low, high = np.inf, -np.inf
        for y in range(part.shape[1]):
            row = part[z, y]
            row_low, row_high = row[0], row[0]
            row_added = zero
            row_values, row_nonzero = 0, 0
            for x in range(row.size):
                value = row[x]
                if value == value:  # noqa: PLR0124
                    row_values += 1
                    row_nonzero += value != 0
                    row_added += value
                    row_low = min(row_low, value) if row_low == row_low else value  # noqa: PLR0124
                    row_high = max(row_high, value) if row_high == row_high else value  # noqa: PLR0124
            if row_values:
                values += row_values
                nonzero += row_nonzero
                added += row_added
                low, high = min(low, float(row_low)), max(high, float(row_high))
        slice_counts[z, VALUES] += values
        slice_counts[z, NONZERO] += nonzero
        slice_figures[z, TOTAL] += added
        slice_figures[z, SLICE_LEAST] = min(slice_figures[z, SLICE_LEAST], low)
        slice_figures[z, SLICE_MOST] = max(slice_figures[z, SLICE_MOST], high)
        counts[VALUES] += values
        counts[NONZERO] += nonzero
        total += added
        least, most = min(least, low), max(most, high)
    figures[LEAST], figures[MOST] = least, most
    figures[MEAN] = total / counts[VALUES] if counts[VALUES] else 0.0


@compiled
def _measure_integers(
    part: Volume, counts: Counts, figures: Figures, slice_counts: Counts, slice_figures: Figures
) -> None:
    """Do as ``_measure`` for integers whose sums are exact: none is NaN, so that rows are compiled to vectors."""
    total, least, most = 0.0, np.inf, -np.inf
    for z in range(part.shape[0]):
        nonzero, added = 0, np.int64(0)
        low, high = part[z, 0, 0], part[z, 0, 0]
        for y in range(part.shape[1]):
            row = part[z, y]
            row_nonzero, row_added = np.uint32(0), np.int64(0)
            for x in range(row.size):
                value = row[x]
                row_nonzero += np.uint32(value != 0)
                row_added += np.int64(value)
                low, high = min(low, value), max(high, value)
            nonzero += row_nonzero
            added += row_added
        slice_counts[z, VALUES] += part.shape[1] * part.shape[2]
        slice_counts[z, NONZERO] += nonzero
        slice_figures[z, TOTAL] += added
        slice_figures[z, SLICE_LEAST] = min(slice_figures[z, SLICE_LEAST], float(low))
        slice_figures[z, SLICE_MOST] = max(slice_figures[z, SLICE_MOST], float(high))
        counts[NONZERO] += nonzero
        total += added
        least, most = min(least, float(low)), max(most, float(high))
    counts[VALUES] += part.size
    figures[LEAST], figures[MOST], figures[MEAN] = least, most, total / part.size


@compiled
def _spread(part: Volume, figures: Figures, histogram: Counts) -> None:
    """Take the histogram and the variance."""
    squares, mean = 0.0, figures[MEAN]
    low, scale = figures[LOW], 1.0 / figures[WIDTH]
    values = 0
    for z in range(part.shape[0]):
        for y in range(part.shape[1]):
            row = part[z, y]
            for x in range(row.size):
                value = float(row[x])
                if value == value:  # noqa: PLR0124
                    values += 1
                    squares += (value - mean) * (value - mean)
                    histogram[max(0, min(BINS - 1, int((value - low) * scale)))] += 1
    figures[VARIANCE] = squares / values if values else 0.0
