"""The reducers of shapes: clusters in the space of their parameters, or by how much they overlap."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from swath.panoptes.keywords import Keyword, one_of, positive, truth
from swath.panoptes.reduce import clusters
from swath.panoptes.reduce.angles import angle_distance, average_angle, period_of
from swath.panoptes.reduce.clusters import Clustering, Points
from swath.panoptes.reduce.details import add_details
from swath.panoptes.reduce.gather import Marks, all_marks_by_tool, frames_of, marks_by_tool
from swath.panoptes.reduce.iou import best_shape, medoid, shape_distance
from swath.panoptes.reduce.model import Group, Reducer, Reduction
from swath.panoptes.reduce.normalise import NORMALISERS
from swath.panoptes.shapes import SHAPES

Cluster = Callable[[Points], Clustering]


@dataclass(frozen=True)
class Shape:
    """A shape, and how marks of it are compared and averaged; ``eps_t`` is in seconds."""

    name: str
    symmetric: bool
    metric_type: str
    eps_t: float
    estimate_average: bool

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters."""
        return SHAPES[self.name]

    @property
    def period(self) -> float | None:
        """The period of the last parameter, None where it is no angle."""
        return period_of(self.name, symmetric=self.symmetric)

    @property
    def by_area(self) -> bool:
        """Whether marks are compared by their areas."""
        return self.metric_type == "iou"

    def distance(self, one: Points, other: Points) -> float:
        """The distance of two marks."""
        if self.by_area:
            return shape_distance(one, other, self.name, self.eps_t)
        if self.period is None:
            return float(np.sqrt(((one - other) ** 2).sum()))
        angle = angle_distance(one[-1], other[-1], self.period)
        return float(np.sqrt(((one[:-1] - other[:-1]) ** 2).sum() + angle**2))

    @property
    def metric(self) -> str | Callable[[Points, Points], float]:
        """The distance as scikit-learn wants it; by its name it is not always told with the same last digit."""
        return "euclidean" if not self.by_area and self.period is None else self.distance

    def normalised(self, marks: Marks) -> Marks:
        """The marks in one form, if shapes that look alike count as the same."""
        if not self.symmetric or self.name not in NORMALISERS:
            return marks
        normalise = NORMALISERS[self.name]
        return Marks([row if None in row else normalise(row) for row in marks.values], marks.there)

    def average(self, points: Points) -> tuple[list[float], float | None]:
        """The average of a cluster's marks, and their standard distance if they are compared by areas."""
        if self.by_area:
            find = medoid if self.estimate_average else best_shape
            return find(points, self.name, self.eps_t)
        centre = points.mean(axis=0).tolist()
        if self.period is not None:
            centre[-1] = average_angle(points[:, -1], self.period)
        return centre, None


def reduce_by_dbscan(group: Group, *, compat: bool = False, **keywords: Any) -> Reduction:
    """Cluster the shapes of each frame and tool by DBSCAN."""
    shape, details, rest = _shape_of(keywords)

    def cluster(points: Points) -> Clustering:
        given = {"eps": rest["eps"], "min_samples": rest["min_samples"]}
        if shape.by_area or shape.period is not None:
            return clusters.dbscan_with(points, shape.distance, **given)
        return clusters.dbscan(points, **given)

    return _reduce(group, shape, cluster, details, compat=compat)


def reduce_by_hdbscan(group: Group, *, compat: bool = False, **keywords: Any) -> Reduction:
    """Cluster the shapes of each frame and tool by HDBSCAN."""
    shape, details, rest = _shape_of(keywords)
    return _reduce(group, shape, lambda points: clusters.hdbscan(points, shape.metric, **rest), details, compat=compat)


def reduce_by_optics(group: Group, *, compat: bool = False, **keywords: Any) -> Reduction:
    """Cluster the shapes of each frame and tool by OPTICS."""
    shape, details, rest = _shape_of(keywords)
    rest = {name: value for name, value in rest.items() if name != "p"}
    return _reduce(group, shape, lambda points: clusters.optics(points, shape.metric, **rest), details, compat=compat)


def _shape_of(keywords: Mapping[str, Any]) -> tuple[Shape, Mapping[str, Any], dict[str, Any]]:
    """The shape, the reducers of sub-tasks, and the keywords of the clustering."""
    own = ("shape", "symmetric", "metric_type", "eps_t", "estimate_average")
    shape = Shape(*(keywords[name] for name in own))
    rest = {name: value for name, value in keywords.items() if name not in (*own, "details")}
    return shape, keywords["details"], rest


def _reduce(group: Group, shape: Shape, cluster: Cluster, details: Mapping[str, Any], *, compat: bool) -> Reduction:
    gather = all_marks_by_tool if compat else marks_by_tool
    reduction: Reduction = {}
    found: dict[str, dict[str, tuple[Marks, Clustering]]] = {}
    for frame in frames_of(group.extracts):
        found[frame] = {}
        level = reduction.setdefault(frame, {})
        for tool, given in gather(group.extracts, frame, shape.parameters).items():
            if given.values:
                marks = shape.normalised(given)
                found[frame][tool] = marks, cluster(marks.points)
                level |= dict(_columns(tool, shape, *found[frame][tool]))
    return add_details(reduction, group, found, details, compat=compat)


def _columns(tool: str, shape: Shape, marks: Marks, clustering: Clustering) -> Iterator[tuple[str, list[Any]]]:
    """The lists of one tool: its marks, their labels, and of each cluster size and average."""
    for number, name in enumerate(shape.parameters):
        yield f"{tool}_{shape.name}_{name}", marks.column(number)
    yield f"{tool}_cluster_labels", clustering.labels.tolist()
    if clustering.probabilities is not None:
        yield f"{tool}_cluster_probabilities", list(clustering.probabilities)
    members = clustering.members()
    if not members:
        return
    points = marks.points
    averages = [shape.average(points[of]) for of in members]
    yield f"{tool}_clusters_count", [int(of.size) for of in members]
    if shape.by_area:
        yield f"{tool}_clusters_sigma", [sigma for _, sigma in averages]
    for number, name in enumerate(shape.parameters):
        yield f"{tool}_clusters_{name}", [average[number] for average, _ in averages]


def _metric_type(value: Any) -> str:
    return one_of("euclidean", "iou")(str(value).lower())


_SHAPE = (
    Keyword("shape", None, "one of " + ", ".join(SHAPES), one_of(*SHAPES), required=True),
    Keyword("symmetric", False, "whether shapes that look alike count as the same", truth),
    Keyword("metric_type", "euclidean", "euclidean, or IoU: by areas", _metric_type),
    Keyword("eps_t", 0.5, "how long a mark in a film lasts, seconds", positive),
    Keyword("estimate_average", False, "whether the average by areas is one of the marks", truth),
)

REDUCERS = (
    Reducer(
        "shape_reducer_dbscan",
        "Clusters shapes by DBSCAN",
        reduce_by_dbscan,
        (*_SHAPE, *clusters.DBSCAN_KEYWORDS),
        details=True,
    ),
    Reducer(
        "shape_reducer_hdbscan",
        "Clusters shapes by HDBSCAN",
        reduce_by_hdbscan,
        (*_SHAPE, *clusters.HDBSCAN_KEYWORDS),
        details=True,
    ),
    Reducer(
        "shape_reducer_optics",
        "Clusters shapes by OPTICS",
        reduce_by_optics,
        (*_SHAPE, *clusters.OPTICS_KEYWORDS),
        details=True,
    ),
)
