"""The plane that most points are near, among many that go through three of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled

Floats = npt.NDArray[np.float64]


@compiled
def best_plane(points: Floats, planes: Floats, tolerance: float, least: float) -> int:
    """Give the number of the best of the planes, float64 (rounds, 4), for points, float64 (3, n); -1 if none fits.

    A plane is a, b, c, d of ax + by + cz + d = 0, its normal of length 1, or NaN where there is none. One after
    another, a plane is better than the best so far if more points are nearer to it than the tolerance, more than
    ``least`` of all, and their mean distance from it is smaller.
    """
    count = points.shape[1]
    best, best_near, best_mean = -1, 0, np.inf
    for k in range(len(planes)):
        a, b, c, d = planes[k]
        near = 0
        for i in range(count):
            near += abs(a * points[0, i] + b * points[1, i] + c * points[2, i] + d) < tolerance
        if near <= best_near or near / count <= least:
            continue
        total = 0.0
        for i in range(count):
            total += abs(a * points[0, i] + b * points[1, i] + c * points[2, i] + d)
        if total / count < best_mean:
            best, best_near, best_mean = k, near, total / count
    return best
