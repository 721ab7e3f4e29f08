"""Clusters of points and of shapes, of all groups of a bucket at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from swath.panoptes.reduce.fast_details import Details
from swath.panoptes.reduce.fast_marks import Cluster, Clusters, Marks, listed, marks_of
from swath.panoptes.reduce.groups import Groups
from swath.panoptes.reduce.plain import Reductions

Columns = Iterator[tuple[str, pa.Array]]


def reduce_points(groups: Groups, cluster: Cluster, details: Details) -> Reductions | None:
    """Cluster the points of each group, frame and tool; None where some group has to be reduced by itself."""
    found = _clustered(groups, ("x", "y"), cluster)
    if found is None:
        return None
    columns = {name: column for each in found for name, column in _point_columns(*each, groups.count)}
    more = details(groups, found)
    return None if more is None else Reductions(np.arange(groups.count), columns | more)


def reduce_shapes(
    groups: Groups, shape: str, parameters: Sequence[str], cluster: Cluster, details: Details
) -> Reductions | None:
    """Cluster shapes whose averages are the means of their parameters, as ``reduce_points`` does points."""
    found = _clustered(groups, parameters, cluster)
    if found is None or not all(marks.there.all() for marks, _ in found):
        return None
    columns = {n: c for each in found for n, c in _shape_columns(*each, shape, parameters, groups.count)}
    more = details(groups, found)
    return None if more is None else Reductions(np.arange(groups.count), columns | more)


def _clustered(groups: Groups, parameters: Sequence[str], cluster: Cluster) -> list[tuple[Marks, Clusters]] | None:
    marks = marks_of(groups, parameters)
    return None if marks is None else [(each, Clusters.of(each, cluster)) for each in marks]


def _point_columns(marks: Marks, clusters: Clusters, groups: int) -> Columns:
    prefix = f"{marks.frame}.{marks.tool}_"
    for number, name in enumerate(("x", "y")):
        yield f"{prefix}points_{name}", listed(_raw(marks, number), marks.owners, groups)
    yield from _cluster_columns(marks, clusters, ("x", "y"), groups)
    for name, one, other in (("var_x", 0, 0), ("var_y", 1, 1), ("var_x_y", 0, 1)):
        yield f"{prefix}clusters_{name}", listed(clusters.covariance(marks, one, other), clusters.groups, groups)


def _shape_columns(marks: Marks, clusters: Clusters, shape: str, parameters: Sequence[str], groups: int) -> Columns:
    prefix = f"{marks.frame}.{marks.tool}_"
    for number, name in enumerate(parameters):
        yield f"{prefix}{shape}_{name}", listed(_raw(marks, number), marks.owners, groups)
    yield from _cluster_columns(marks, clusters, parameters, groups)


def _cluster_columns(marks: Marks, clusters: Clusters, parameters: Sequence[str], groups: int) -> Columns:
    prefix = f"{marks.frame}.{marks.tool}_"
    yield f"{prefix}cluster_labels", listed(pa.array(clusters.labels), marks.owners, groups)
    if clusters.probabilities is not None:
        yield f"{prefix}cluster_probabilities", listed(pa.array(clusters.probabilities), marks.owners, groups)
    yield f"{prefix}clusters_count", listed(pa.array(clusters.counts), clusters.groups, groups)
    for number, name in enumerate(parameters):
        yield f"{prefix}clusters_{name}", listed(pa.array(clusters.means[:, number]), clusters.groups, groups)


def _raw(marks: Marks, number: int) -> pa.Array:
    values = marks.values[:, number]
    return pa.array(values.astype(np.int64) if marks.whole else values)
