"""What stands for a cluster of polygons: its median, its last, its union or its intersection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.panoptes.reduce.model import ReduceError
from swath.panoptes.reduce.polygon_shapes import Floats, geometry, largest


@dataclass(frozen=True)
class Cluster:
    """The polygons of a cluster, their distances of shape (n, n), and when each was drawn."""

    polygons: npt.NDArray[np.object_]
    distances: Floats
    created_at: Sequence[Any]


def median(cluster: Cluster) -> Any:
    """Give the polygon with the least sum of distances to the others, the first of equals."""
    return cluster.polygons[int(np.minimum(cluster.distances, 1).sum(axis=1).argmin())]


def last(cluster: Cluster) -> Any:
    """Give the polygon drawn last, the first of equals; raises ReduceError for what is no time."""
    times = [moment(value) for value in cluster.created_at]
    return cluster.polygons[times.index(max(times))]


def moment(value: Any) -> datetime:
    """Read a time: a datetime, or text as in exports (``2025-01-21 10:46:20 UTC``) or ISO 8601; UTC unless it says.

    Raises ReduceError for anything else.
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.removesuffix(" UTC"))
        except ValueError as error:
            raise ReduceError(f"created_at is no time: {value!r}") from error
    if not isinstance(value, datetime):
        raise ReduceError(f"created_at is no time: {value!r}", "average_type last needs the time of each extract")
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def union(cluster: Cluster) -> Any:
    """Give the largest part of what any polygon covers, its holes filled."""
    return united(cluster.polygons)


def united(polygons: Sequence[Any] | npt.NDArray[np.object_]) -> Any:
    """Give the largest part of the union of polygons, its holes filled."""
    shapely = geometry()
    whole = largest(shapely.union_all(polygons))
    for hole in whole.interiors:
        whole = shapely.union(whole, shapely.Polygon(hole))
    return whole


def intersection(cluster: Cluster) -> Any:
    """Give the largest part of what every polygon covers."""
    shapely = geometry()
    shared = cluster.polygons[0]
    for polygon in cluster.polygons[1:]:
        shared = shapely.intersection(shared, polygon)
    return largest(shared)


AVERAGES: dict[str, Callable[[Cluster], Any]] = {
    "median": median,
    "intersection": intersection,
    "union": union,
    "last": last,
}
