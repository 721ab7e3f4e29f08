"""Angles: their distance around the circle, and their average."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

SYMMETRIES: Mapping[str, int] = {"ellipse": 2, "rotateRectangle": 2, "triangle": 3, "fan": 1}
"""Into how many equal parts a turn divides for each shape whose last parameter is an angle."""

_TURN = 360.0


def period_of(shape: str, *, symmetric: bool) -> float | None:
    """The period of a shape's angle in degrees, None where its last parameter is none."""
    if shape not in SYMMETRIES:
        return None
    return _TURN / (SYMMETRIES[shape] if symmetric else 1)


def angle_distance(one: float, other: float, period: float) -> float:
    """The shorter way between two angles, in degrees."""
    difference = abs(one % period - other % period)
    return min(period - difference, difference)


def average_angle(angles: Sequence[float] | npt.NDArray[np.float64], period: float) -> float:
    """The angle with the least sum of squared distances to all, to three decimals, in degrees.

    A bounded search by Brent's method, which finds one of the minima where there are several.
    """
    from scipy.optimize import minimize_scalar  # noqa: PLC0415  (start-up counts)

    given = np.asarray(angles, np.float64) % period

    def cost(angle: float) -> float:
        difference = np.abs(angle % period - given)
        return float((np.minimum(period - difference, difference) ** 2).sum())

    found = minimize_scalar(cost, bounds=(0, period), method="bounded")
    return float(np.round(found.x, 3) % period)
