"""Slopes of lines, in degrees on a circle: which lie together, and their average."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.errors import MissingExtraError

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

CIRCLE = 360.0


def apart(slopes: Floats) -> Floats:
    """Give the angles between slopes, of shape (n, n), from 0 to 180 degrees."""
    difference = np.abs(slopes[:, None] - slopes[None, :]) % CIRCLE
    return np.minimum(difference, CIRCLE - difference)


def cluster_slopes(slopes: Floats, eps: float, min_samples: int) -> Labels:
    """Give each slope its cluster's number by DBSCAN on the circle, -1 for those in none."""
    from swath.kernels.cluster import dbscan_matrix  # noqa: PLC0415

    labels: Labels = dbscan_matrix(apart(slopes), eps, min_samples)
    return labels


def mean_slope(slopes: Floats) -> float:
    """Give the mean of slopes between -180 and 180 degrees; where they reach around the back, it may exceed 180."""
    if slopes.max() - slopes.min() > CIRCLE / 2:
        slopes = np.where(slopes < 0, slopes + CIRCLE, slopes)
    return float(slopes.mean())


def least_squares_slope(slopes: Floats) -> float:
    """Give the angle with the least sum of squared angles to the slopes, between -180 and 180 degrees.

    Found by Brent's bounded minimiser over one turn (Brent 1973), to 3 decimals: a local minimum where there are two,
    or 0 where it walks to an end of the turn.
    """
    try:
        from scipy.optimize import minimize_scalar  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("averaging slopes needs scipy", "pip install 'swath[text]'") from error

    turned = slopes % CIRCLE

    def squares(angle: float) -> float:
        difference = np.abs(turned - angle % CIRCLE)
        return float((np.minimum(difference, CIRCLE - difference) ** 2).sum())

    found = minimize_scalar(squares, bounds=(0, CIRCLE), method="bounded").x
    angle = float(np.round(found, 3) % CIRCLE)
    return angle - CIRCLE if angle > CIRCLE / 2 else angle
