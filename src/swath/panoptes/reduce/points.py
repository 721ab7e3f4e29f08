"""The reducers of points: clusters by frame and tool, with their centres and how far they spread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.panoptes.reduce.clusters import (
    DBSCAN_KEYWORDS,
    HDBSCAN_KEYWORDS,
    METRIC,
    Clustering,
    Points,
    dbscan_by,
    hdbscan,
)
from swath.panoptes.reduce.details import add_details
from swath.panoptes.reduce.gather import PLAIN_FRAME, Marks, frames_of, marks_by_tool
from swath.panoptes.reduce.model import Group, Reducer, Reduction

Cluster = Callable[[Points], Clustering]
Covariance = npt.NDArray[np.float64]


def reduce_flat_points(group: Group, **keywords: Any) -> Reduction:
    """Cluster the points of each tool by DBSCAN, all frames together."""
    reduction: Reduction = {}
    for tool, marks in marks_by_tool(group.extracts, PLAIN_FRAME, ("x", "y")).items():
        if marks.values:
            clustering = dbscan_by(marks.points, **keywords)
            reduction |= dict(columns_of(tool, marks, clustering, ("x", "y")))
    return reduction


def reduce_points_dbscan(
    group: Group, *, details: Mapping[str, Any], compat: bool = False, **keywords: Any
) -> Reduction:
    """Cluster the points of each frame and tool by DBSCAN."""
    return reduce_marks(group, ("x", "y"), lambda points: dbscan_by(points, **keywords), details, compat=compat)


def reduce_points_hdbscan(
    group: Group, *, metric: str, details: Mapping[str, Any], compat: bool = False, **keywords: Any
) -> Reduction:
    """Cluster the points of each frame and tool by HDBSCAN; variances are weighted by the marks' probabilities."""
    return reduce_marks(group, ("x", "y"), lambda points: hdbscan(points, metric, **keywords), details, compat=compat)


def reduce_marks(
    group: Group, parameters: Sequence[str], cluster: Cluster, details: Mapping[str, Any], *, compat: bool
) -> Reduction:
    """Cluster the marks of each frame and tool, whose first parameters are x and y."""
    reduction: Reduction = {}
    found: dict[str, dict[str, tuple[Marks, Clustering]]] = {}
    for frame in frames_of(group.extracts):
        found[frame] = {}
        level = reduction.setdefault(frame, {})
        for tool, marks in marks_by_tool(group.extracts, frame, parameters).items():
            if marks.values:
                found[frame][tool] = marks, cluster(marks.points)
                level |= dict(columns_of(tool, *found[frame][tool], parameters))
    return add_details(reduction, group, found, details, compat=compat)


def columns_of(
    tool: str, marks: Marks, clustering: Clustering, parameters: Sequence[str]
) -> Iterator[tuple[str, list[Any]]]:
    """The lists of one tool: its points, their labels, and of each cluster size, centre, variances."""
    for number, name in enumerate(parameters):
        yield f"{tool}_points_{name}", marks.column(number)
    yield f"{tool}_cluster_labels", clustering.labels.tolist()
    if clustering.probabilities is not None:
        yield f"{tool}_cluster_probabilities", list(clustering.probabilities)
    members = clustering.members()
    if not members:
        return
    points = marks.points
    yield f"{tool}_clusters_count", [int(of.size) for of in members]
    for number, name in enumerate(parameters):
        yield f"{tool}_clusters_{name}", [float(points[of].mean(axis=0)[number]) for of in members]
    spreads = [_covariance(points[of], clustering, of) for of in members]
    for name, one, other in (("x", 0, 0), ("y", 1, 1), ("x_y", 0, 1)):
        yield f"{tool}_clusters_var_{name}", [None if s is None else float(s[one, other]) for s in spreads]


def _covariance(points: Points, clustering: Clustering, members: npt.NDArray[np.int64]) -> Covariance | None:
    """The covariance of x and y in a cluster: of the sample, or weighted by probabilities; None for one mark."""
    if clustering.probabilities is None:
        return np.cov(points[:, :2], rowvar=False, ddof=1) if len(points) > 1 else None
    return weighted_covariance(points[:, :2], np.array(clustering.probabilities)[members])


def weighted_covariance(points: Points, weights: npt.NDArray[np.float64]) -> Covariance:
    """The covariance of points with weights of reliability: Σ w (x - m)(y - m) / (Σw - Σw²/Σw), m = Σ w x / Σw."""
    total = weights.sum()
    centred = points - (weights[:, None] * points).sum(axis=0) / total
    spread: Covariance = (weights[:, None] * centred).T @ centred / (total - (weights**2).sum() / total)
    return spread


REDUCERS = (
    Reducer(
        "point_reducer",
        "Clusters points by DBSCAN, all frames together",
        reduce_flat_points,
        (*DBSCAN_KEYWORDS, METRIC),
    ),
    Reducer(
        "point_reducer_dbscan",
        "Clusters points by DBSCAN",
        reduce_points_dbscan,
        (*DBSCAN_KEYWORDS, METRIC),
        details=True,
    ),
    Reducer(
        "point_reducer_hdbscan",
        "Clusters points by HDBSCAN",
        reduce_points_hdbscan,
        (*HDBSCAN_KEYWORDS, METRIC),
        details=True,
    ),
)
