"""Distances of points from a plane, for a fit by random samples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]


@njit(nogil=True, cache=True)
def near_plane(points: Floats, plane: Floats, tolerance: float) -> tuple[int, float]:
    """Count the points, float64 (3, n), nearer to a plane than the tolerance, and give the mean distance of all.

    ``plane`` is a, b, c, d of ax + by + cz + d = 0, its normal of length 1.
    """
    a, b, c, d = plane
    near, total = 0, 0.0
    for i in range(points.shape[1]):
        distance = abs(a * points[0, i] + b * points[1, i] + c * points[2, i] + d)
        near += distance < tolerance
        total += distance
    return near, total / points.shape[1]
