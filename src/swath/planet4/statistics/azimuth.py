"""The directions of fans on the ground, counted by segment."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.errors import UsageError
from swath.planet4.projection import ground_azimuth

Floats = npt.NDArray[np.float64]

SEGMENT = 3.6
"""Degrees of a segment."""


def direction_histogram(fans: pa.Table, segment: float = SEGMENT) -> tuple[Floats, Floats]:
    """The edges of the segments in degrees, shape (segments + 1,), and the density of fans in each, per degree.

    ``fans`` have the columns angle and north_azimuth, in degrees; those without one are left out. Raises UsageError for
    a segment that is no part of a circle.
    """
    if not 0 < segment <= 360:
        raise UsageError(f"a segment of {segment} degrees is out of range", "give such as 3.6")
    angles, norths = (fans[name].cast(pa.float64()).to_numpy() for name in ("angle", "north_azimuth"))
    directions = ground_azimuth(angles, norths)
    edges = np.arange(0, 360 + segment, segment)
    counts, _ = np.histogram(directions[~np.isnan(directions)], edges)
    total = max(1, counts.sum())
    return edges, counts / total / segment
