"""The reducers of points in films, which have a time besides their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from swath.panoptes.keywords import Keyword
from swath.panoptes.reduce.clusters import (
    DBSCAN_KEYWORDS,
    HDBSCAN_KEYWORDS,
    Clustering,
    Points,
    hdbscan,
)
from swath.panoptes.reduce.model import Group, Reducer, Reduction
from swath.panoptes.reduce.points import reduce_marks

PARAMETERS = ("x", "y", "displayTime")
_METRIC = Keyword("metric", "auto", "accepted; the distance is that of films", str)


def temporal_distance(one: Points, other: Points) -> float:
    """(x1 (t1 + 1) - x2 (t2 + 1))² + (y1 (t1 + 1) - y2 (t2 + 1))², the square of pixels."""
    x = one[0] * (one[2] + 1) - other[0] * (other[2] + 1)
    y = one[1] * (one[2] + 1) - other[1] * (other[2] + 1)
    return float(x * x + y * y)


def reduce_temporal_dbscan(
    group: Group, *, eps: float, min_samples: int, details: Mapping[str, Any], compat: bool = False, **_accepted: Any
) -> Reduction:
    """Cluster points of films by DBSCAN; ``eps`` is in square pixels."""
    from swath.kernels.cluster import dbscan_temporal_groups  # noqa: PLC0415  (start-up counts)

    def cluster(points: Points) -> Clustering:
        return Clustering(dbscan_temporal_groups(points, np.array([0, len(points)]), eps, min_samples))

    return reduce_marks(group, PARAMETERS, cluster, details, compat=compat)


def reduce_temporal_hdbscan(
    group: Group, *, details: Mapping[str, Any], compat: bool = False, **keywords: Any
) -> Reduction:
    """Cluster points of films by HDBSCAN; a ``metric`` is accepted, the distance is that of films."""
    keywords.pop("metric")
    return reduce_marks(
        group, PARAMETERS, lambda points: hdbscan(points, temporal_distance, **keywords), details, compat=compat
    )


REDUCERS = (
    Reducer(
        "temporal_point_reducer_dbscan",
        "Clusters points of films by DBSCAN",
        reduce_temporal_dbscan,
        (*DBSCAN_KEYWORDS, _METRIC),
        details=True,
    ),
    Reducer(
        "temporal_point_reducer_hdbscan",
        "Clusters points of films by HDBSCAN",
        reduce_temporal_hdbscan,
        (*HDBSCAN_KEYWORDS, _METRIC),
        details=True,
    ),
)
