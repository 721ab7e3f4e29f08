"""Pairs of points that are near each other, group by group."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled

Points = npt.NDArray[np.float64]
Offsets = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int64]


@compiled
def _walk(
    first: Points, first_offsets: Offsets, second: Points, second_offsets: Offsets, distance: float, found: Indices
) -> int:
    """Write the near pairs down, shape (pairs, 2), as long as there is room; gives their number."""
    count = 0
    for g in range(first_offsets.size - 1):
        for i in range(first_offsets[g], first_offsets[g + 1]):
            for j in range(second_offsets[g], second_offsets[g + 1]):
                x, y = first[i, 0] - second[j, 0], first[i, 1] - second[j, 1]
                if np.sqrt(x * x + y * y) < distance:
                    if count < found.shape[0]:
                        found[count, 0], found[count, 1] = i, j
                    count += 1
    return count


def near_pairs(
    first: Points, first_offsets: Offsets, second: Points, second_offsets: Offsets, distance: float
) -> tuple[Indices, Indices]:
    """Find the pairs of a point of ``first`` and one of ``second``, shapes (points, 2), of one group, nearer than that.

    Groups are bounded by offsets. Gives the positions of both, in order of the first and then the second.
    """
    found = np.empty((4 * (first.shape[0] + second.shape[0]), 2), np.int64)
    count = _walk(first, first_offsets, second, second_offsets, distance, found)
    if count > found.shape[0]:
        found = np.empty((count, 2), np.int64)
        _walk(first, first_offsets, second, second_offsets, distance, found)
    return found[:count, 0], found[:count, 1]
