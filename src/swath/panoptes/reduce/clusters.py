"""Clustering the marks of one group: by density, by the hierarchy of densities, or by their order of reachability."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.errors import MissingExtraError
from swath.panoptes.keywords import Keyword, at_least, one_of, positive, share, truth
from swath.panoptes.reduce.model import ReduceError

Points = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
Distance = Callable[[Points, Points], float]


@dataclass(frozen=True)
class Clustering:
    """The labels of marks, -1 for noise, and for some methods the probability of each."""

    labels: Labels
    probabilities: Sequence[float] | None = None

    def members(self) -> list[npt.NDArray[np.int64]]:
        """The positions of each cluster's marks, in order of label."""
        return [np.flatnonzero(self.labels == label) for label in range(int(self.labels.max(initial=-1)) + 1)]


def dbscan(points: Points, *, eps: float, min_samples: int) -> Clustering:
    """Cluster by DBSCAN with the plain distance."""
    from swath.kernels.cluster import dbscan_groups  # noqa: PLC0415  (start-up counts)

    return Clustering(dbscan_groups(points, _whole(points), eps, min_samples))


def dbscan_by(points: Points, *, metric: str, p: float | None, eps: float, min_samples: int, **more: Any) -> Clustering:
    """Cluster by DBSCAN with one of scikit-learn's distances, found by the library unless it is the plain one.

    Raises ReduceError for keywords that do not go together.
    """
    if is_plain(metric, p):
        return dbscan(points, eps=eps, min_samples=min_samples)
    if len(points) < min_samples:
        return Clustering(np.full(len(points), -1))
    found = _fitted(_library().DBSCAN(eps=eps, min_samples=min_samples, metric=metric, p=p, **more), points)
    return Clustering(found.labels_.astype(np.int64))


def is_plain(metric: str, p: float | None) -> bool:
    """Whether a metric is the plain distance."""
    return metric in ("euclidean", "l2") or (metric == "minkowski" and p in (None, 2))


def dbscan_with(points: Points, distance: Distance, *, eps: float, min_samples: int) -> Clustering:
    """Cluster by DBSCAN with a distance of its own."""
    from swath.kernels.cluster import dbscan_matrix  # noqa: PLC0415  (start-up counts)

    if len(points) < min_samples:
        return Clustering(np.full(len(points), -1))
    return Clustering(dbscan_matrix(distance_matrix(points, distance), float(eps), int(min_samples)))


def _whole(points: Points) -> Labels:
    return np.array([0, len(points)])


def distance_matrix(points: Points, distance: Distance) -> Points:
    """The distances of all pairs, shape (points, points); a mark may be far from itself, such as one without area."""
    count = len(points)
    distances = np.zeros((count, count))
    for i in range(count):
        for j in range(i, count):
            distances[i, j] = distances[j, i] = distance(points[i], points[j])
    return distances


def hdbscan(points: Points, metric: str | Distance, **keywords: Any) -> Clustering:
    """Cluster by scikit-learn's HDBSCAN; fewer marks than ``min_cluster_size`` are all noise.

    Raises ReduceError for fewer marks than ``min_samples``.
    """
    if len(points) < keywords["min_cluster_size"]:
        return Clustering(np.full(len(points), -1), [0] * len(points))
    cluster = _library()
    found = _fitted(cluster.HDBSCAN(metric=metric, copy=True, **keywords), points)
    return Clustering(found.labels_.astype(np.int64), found.probabilities_.tolist())


def optics(points: Points, metric: str | Distance, **keywords: Any) -> Clustering:
    """Cluster by scikit-learn's OPTICS; fewer marks than ``min_samples`` are all noise.

    Raises ReduceError for fewer marks than ``min_cluster_size``.
    """
    if len(points) < keywords["min_samples"]:
        return Clustering(np.full(len(points), -1))
    found = _fitted(_library().OPTICS(metric=metric, **keywords), points)
    return Clustering(found.labels_.astype(np.int64))


def _fitted(method: Any, points: Points) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            return method.fit(points)
    except ValueError as error:
        raise ReduceError(
            f"{type(method).__name__} refuses {len(points)} marks: {str(error).splitlines()[0]}"
        ) from error


def _library() -> Any:
    try:
        from sklearn import cluster  # noqa: PLC0415  (optional extra)
    except ImportError as error:
        raise MissingExtraError("this reducer needs scikit-learn", "pip install 'swath[panoptes]'") from error
    return cluster


_ALGORITHM = one_of("auto", "ball_tree", "kd_tree", "brute")
_ACCEPTED = "accepted; the labels do not depend on it"
_DENSE = "marks that make a neighbourhood dense, the mark itself among them"

DBSCAN_KEYWORDS = (
    Keyword("eps", 5.0, "greatest distance of neighbours, in the units of the marks", positive),
    Keyword("min_samples", 3, _DENSE, at_least(1)),
    Keyword("algorithm", "auto", _ACCEPTED, _ALGORITHM),
    Keyword("leaf_size", 30, _ACCEPTED, at_least(1)),
    Keyword("p", None, "power of the distance, where a metric is minkowski", float),
)
HDBSCAN_KEYWORDS = (
    Keyword("min_cluster_size", 5, "marks that make a cluster, at least 2", at_least(2)),
    Keyword("min_samples", 3, _DENSE, at_least(1)),
    Keyword("algorithm", "auto", "how neighbours are found: auto, ball_tree, kd_tree or brute", _ALGORITHM),
    Keyword("leaf_size", 40, "leaf size of the search tree", at_least(1)),
    Keyword("cluster_selection_method", "eom", "eom or leaf: which clusters of the tree count", one_of("eom", "leaf")),
    Keyword("allow_single_cluster", False, "whether all marks may be one cluster", truth),
)
OPTICS_KEYWORDS = (
    Keyword("min_samples", 3, _DENSE + ", at least 2", at_least(2)),
    Keyword("min_cluster_size", 2, "marks that make a cluster, at least 2", at_least(2)),
    Keyword("xi", 0.15, "least steepness of reachability, 0 to 1, that bounds a cluster", share),
    Keyword("algorithm", "auto", "how neighbours are found: auto, ball_tree, kd_tree or brute", _ALGORITHM),
    Keyword("leaf_size", 30, "leaf size of the search tree", at_least(1)),
    Keyword("p", 2, "accepted", float),
)
_METRICS = (
    "euclidean", "l2", "manhattan", "cityblock", "l1", "chebyshev", "minkowski", "sqeuclidean", "cosine", "correlation",
    "braycurtis", "canberra",
)  # fmt: skip
METRIC = Keyword("metric", "euclidean", "distance of marks: " + ", ".join(_METRICS), one_of(*_METRICS))
