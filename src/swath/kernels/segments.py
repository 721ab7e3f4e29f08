"""Segments of a labelled volume: in every chunk each one's voxels and box. The value 0 is no segment.

Volumes are (z, y, x) in C order. Chunks are those of the format's grid, of which a volume may begin in the middle:
``first`` is how far, (z, y, x).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled
from swath.kernels.voxels import grid_of, span

Volume = npt.NDArray[Any]
Box = tuple[int, int, int]
Ids = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]

_MIX = np.uint64(0x9E3779B97F4A7C15)
"""An odd number near 2^64 over the golden ratio, which spreads consecutive ids."""


@compiled
def measure_segments(volume: Volume, first: Box, chunk: Box) -> tuple[Ids, Rows]:
    """Count the voxels of each segment in each chunk, and find their boxes.

    Returns ids uint64 (n,), by chunk and ascending within it, and rows int64 (n, 8): the chunk's number in C order of
    the grid, the number of voxels, z, y, x of the box's first voxel and of the one past its last, in the volume.
    """
    shape = (volume.shape[0], volume.shape[1], volume.shape[2])
    grid = grid_of(shape, first, chunk)
    most = min(chunk[0], shape[0]) * min(chunk[1], shape[1]) * min(chunk[2], shape[2])
    slots = 2
    while slots < 2 * most:
        slots *= 2
    table, places = np.full(slots, -1, np.int64), np.empty(most, np.int64)
    ids, rows = np.empty(most, np.uint64), np.empty((most, 8), np.int64)
    all_ids, all_rows, used = np.empty(1024, np.uint64), np.empty((1024, 8), np.int64), 0
    at = 0
    for k in range(grid[0]):
        z0, z1 = span(k, first[0], chunk[0], shape[0])
        for j in range(grid[1]):
            y0, y1 = span(j, first[1], chunk[1], shape[1])
            for i in range(grid[2]):
                x0, x1 = span(i, first[2], chunk[2], shape[2])
                found = _segments(volume, (z0, z1), (y0, y1), (x0, x1), table, places, ids, rows)
                if used + found > all_ids.size:
                    all_ids, all_rows = _grown(all_ids, all_rows, 2 * (used + found))
                order = np.argsort(ids[:found])
                for one in order:
                    all_ids[used], all_rows[used] = ids[one], rows[one]
                    all_rows[used, 0] = at
                    used += 1
                at += 1
    return all_ids[:used].copy(), all_rows[:used].copy()


@compiled
def _grown(ids: Ids, rows: Rows, capacity: int) -> tuple[Ids, Rows]:
    larger_ids, larger_rows = np.empty(capacity, np.uint64), np.empty((capacity, 8), np.int64)
    larger_ids[: ids.size], larger_rows[: ids.size] = ids, rows
    return larger_ids, larger_rows


@compiled
def _segments(
    volume: Volume,
    zs: tuple[int, int],
    ys: tuple[int, int],
    xs: tuple[int, int],
    table: Rows,
    places: Rows,
    ids: Ids,
    rows: Rows,
) -> int:
    """Fill ``ids`` and ``rows`` from one chunk, a run of equal voxels at a time, and give their number.

    ``table`` is a hash table of -1, and left so; ``places`` is room for the places that are taken in it.
    """
    found = 0
    last_id, last = np.uint64(0), 0
    for z in range(zs[0], zs[1]):
        for y in range(ys[0], ys[1]):
            row = volume[z, y]
            x = xs[0]
            while x < xs[1]:
                value, end = row[x], x + 1
                while end < xs[1] and row[end] == value:
                    end += 1
                if value != 0:
                    segment = np.uint64(value)
                    if segment != last_id:
                        last_id = segment
                        place = np.int64((segment * _MIX) & np.uint64(table.size - 1))
                        while table[place] >= 0 and ids[table[place]] != segment:
                            place = (place + 1) & (table.size - 1)
                        if table[place] < 0:
                            table[place] = found
                            places[found], ids[found] = place, segment
                            _begin(rows[found], z, y, x)
                            found += 1
                        last = table[place]
                    _extend(rows[last], z, y, x, end)
                x = end
    for one in range(found):
        table[places[one]] = -1
    return found


@compiled
def _begin(row: Rows, z: int, y: int, x: int) -> None:
    row[1] = 0
    row[2], row[3], row[4] = z, y, x
    row[5], row[6], row[7] = z, y, x


@compiled
def _extend(row: Rows, z: int, y: int, x: int, end: int) -> None:
    row[1] += end - x
    row[3], row[4] = min(row[3], y), min(row[4], x)
    row[5], row[6], row[7] = z + 1, max(row[6], y + 1), max(row[7], end)
