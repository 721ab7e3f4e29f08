"""Columns in light curves: clusters of what different users marked, weighted by the users' skill."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.panoptes.keywords import Keyword, one_of
from swath.panoptes.reduce.clusters import DBSCAN_KEYWORDS, Points, dbscan_with, distance_matrix
from swath.panoptes.reduce.gather import frames_of, marks_by_tool
from swath.panoptes.reduce.model import Group, Reducer, Reduction
from swath.panoptes.reduce.skill import relevant


def columns_of(extracts: Sequence[Mapping[str, Any]]) -> Points:
    """The columns of all frames and tools: x, width, number of the extract, shape (columns, 3)."""
    found = [
        (x, width, number)
        for number, extract in enumerate(extracts)
        for frame in frames_of([extract])
        for marks in marks_by_tool([extract], frame, ("x", "width")).values()
        for x, width in marks.values
    ]
    return np.array(found, np.float64).reshape(len(found), 3)


def centred(columns: Points, x: str) -> Points:
    """The columns by their centres; ``x`` says whether they are given by that already or by their left side."""
    if x == "center":
        return columns
    return columns + np.outer(columns[:, 1] / 2, [1, 0, 0])


def column_distance(one: Points, other: Points) -> float:
    """The distance of centre and width, infinite for marks of one extract, which must not cluster."""
    if (one == other).all():
        return 0.0
    return math.inf if one[2] == other[2] else float(np.sqrt(((one[:2] - other[:2]) ** 2).sum()))


def cluster_columns(
    columns: Points, user_ids: Sequence[Any], skills: Sequence[float], eps: float, min_samples: int
) -> Reduction:
    """Cluster columns, shape (columns, 3); of several by one extract in a cluster the one nearest to its core stays."""
    if np.unique(columns[:, 2]).size < min_samples:
        return {"max_weighted_count": None}
    clustering = dbscan_with(columns, column_distance, eps=eps, min_samples=min_samples)
    core = _core(columns, eps, min_samples)
    clusters = [_one_each(columns[of], core[of]) for of in clustering.members()]
    if not clusters:
        return {"max_weighted_count": None}
    owners = [each[:, 2].astype(int).tolist() for each in clusters]
    weighted = [sum(skills[owner] for owner in each) for each in owners]
    return {
        "centers": [float(each.mean(axis=0)[0]) for each in clusters],
        "widths": [float(each.mean(axis=0)[1]) for each in clusters],
        "counts": [len(each) for each in clusters],
        "weighted_counts": weighted,
        "user_ids": [[user_ids[owner] for owner in each] for each in owners],
        "max_weighted_count": max(weighted),
    }


def _core(columns: Points, eps: float, min_samples: int) -> npt.NDArray[np.bool_]:
    """Which columns have ``min_samples`` within ``eps``, themselves among them."""
    near = distance_matrix(columns, column_distance) <= eps
    core: npt.NDArray[np.bool_] = near.sum(axis=1) >= min_samples
    return core


def _one_each(members: Points, core: npt.NDArray[np.bool_]) -> Points:
    """Of each extract the column that is nearest to the mean of the cluster's core, in order of extract."""
    away = ((members[:, :2] - members[core, :2].mean(axis=0)) ** 2).sum(axis=1)
    order = np.lexsort((away, members[:, 2]))
    _, first = np.unique(members[order, 2], return_index=True)
    kept: Points = members[order[first]]
    return kept


def skill_of(reduction: Mapping[str, Any] | None) -> float:
    """The skill of a user, 1 where it is not known."""
    return float(((reduction or {}).get("data") or {}).get("skill", 1.0))


def reduce_columns(group: Group, *, x: str, eps: float, min_samples: int, **_accepted: Any) -> Reduction:
    """Cluster the columns of a group; raises ReduceError without the users' reductions, which no export has."""
    skills = [skill_of(each) for each in relevant(group)]
    return cluster_columns(centred(columns_of(group.extracts), x), group.user_ids, skills, eps, min_samples)


X = Keyword("x", "center", "center or left: what a mark's x is", one_of("center", "left"))

REDUCERS = (
    Reducer(
        "tess_reducer_column",
        "Clusters columns of light curves, weighted by skill; needs relevant reductions",
        reduce_columns,
        (X, *DBSCAN_KEYWORDS),
    ),
)
