"""Which reducers reduce all groups of a bucket at once."""

from __future__ import annotations

from functools import partial

import numpy as np
import pyarrow as pa

from swath.panoptes.extract.distinct import UNREADABLE
from swath.panoptes.reduce.angles import SYMMETRIES
from swath.panoptes.reduce.clusters import is_plain
from swath.panoptes.reduce.details import second_spelling
from swath.panoptes.reduce.fast_answers import answer_columns, is_second
from swath.panoptes.reduce.fast_counting import count_consensus, count_votes
from swath.panoptes.reduce.fast_details import Details, Found, details_columns, no_details
from swath.panoptes.reduce.fast_marks import CLASSIFIER_VERSION, Cluster, Floats, Rows
from swath.panoptes.reduce.fast_points import reduce_points, reduce_shapes
from swath.panoptes.reduce.groups import Groups
from swath.panoptes.reduce.plain import Reductions
from swath.panoptes.reduce.wrapper import PreparedReducer
from swath.panoptes.shapes import SHAPES

AT_ONCE = frozenset(
    {
        "question_reducer", "shortcut_reducer", "question_consensus_reducer", "survey_reducer", "dropdown_reducer",
        "slider_reducer", "point_reducer_dbscan", "point_reducer_hdbscan", "shape_reducer_dbscan",
        "shape_reducer_hdbscan",
    }
)  # fmt: skip
"""Reducers that reduce most groups at once, or each by itself in hardly any time."""


_SUBTASKS = frozenset({"question_reducer", "shortcut_reducer", "dropdown_reducer", "slider_reducer"})
"""Reducers of sub-tasks that need the answers alone."""


def reduce_fast(reducer: PreparedReducer, groups: Groups) -> Reductions | None:
    """Reduce all groups at once; None where the reducer, its keywords or the extracts need each group by itself."""
    plain_votes = not reducer.keywords.get("pairs") and not reducer.keywords.get("track_user_ids")
    if reducer.name in ("question_reducer", "shortcut_reducer") and plain_votes:
        return count_votes(groups)
    if reducer.name == "question_consensus_reducer" and plain_votes:
        return count_consensus(groups)
    cluster = _cluster_of(reducer)
    if cluster is None:
        return None
    return (_points if reducer.name.startswith("point") else _shapes)(reducer, groups, cluster)


def _cluster_of(reducer: PreparedReducer) -> Cluster | None:
    """How a reducer clusters the marks of all groups at once; None where it cannot."""
    if reducer.name in ("point_reducer_dbscan", "shape_reducer_dbscan"):
        return _dbscan(reducer)
    by_hierarchy = reducer.name in ("point_reducer_hdbscan", "shape_reducer_hdbscan")
    return _hdbscan(reducer) if by_hierarchy and _is_plain_hdbscan(reducer) else None


def _points(reducer: PreparedReducer, groups: Groups, cluster: Cluster) -> Reductions | None:
    details = _details(reducer, groups)
    return None if details is None else reduce_points(groups, cluster, details)


def _shapes(reducer: PreparedReducer, groups: Groups, cluster: Cluster) -> Reductions | None:
    """Shapes whose distance and average are the plain ones; the others are compared one by one."""
    keywords, details = reducer.keywords, _details(reducer, groups)
    shape = keywords["shape"]
    if details is None or keywords["symmetric"] or keywords["metric_type"] != "euclidean" or shape in SYMMETRIES:
        return None
    return reduce_shapes(groups, shape, SHAPES[shape], cluster, details)


def _details(reducer: PreparedReducer, groups: Groups) -> Details | None:
    """How the sub-tasks are reduced; None where each group has to be reduced by itself.

    So it is where groups of both classifiers have to be told apart, and for reducers that ask whose the answers are.
    """
    if not reducer.details:
        return no_details
    spelled = second_spelling(reducer.details)
    if not all(each is None or each.name in _SUBTASKS for each in spelled.values()):
        return None
    if CLASSIFIER_VERSION in groups.rows.column_names:
        return _unless_one_fails(partial(answer_columns, subtasks=spelled)) if is_second(groups) else None
    lists = {tool: listed for tool, listed in reducer.details.items() if isinstance(listed, list)}
    whole = len(lists) == len(reducer.details)
    return _unless_one_fails(partial(details_columns, subtasks=lists)) if whole else None


def _unless_one_fails(details: Details) -> Details:
    """The same; None where the sub-tasks of some group cannot be reduced, so that the group can be told."""

    def columns(groups: Groups, found: Found) -> dict[str, pa.Array] | None:
        try:
            return details(groups, found)
        except UNREADABLE:
            return None

    return columns


def _dbscan(reducer: PreparedReducer) -> Cluster | None:
    if not is_plain(reducer.keywords.get("metric", "euclidean"), reducer.keywords["p"]):
        return None
    eps, min_samples = reducer.keywords["eps"], reducer.keywords["min_samples"]

    def cluster(points: Floats, offsets: Rows) -> tuple[Rows, None]:
        from swath.kernels.cluster import dbscan_groups  # noqa: PLC0415  (start-up counts)

        return dbscan_groups(points, np.asarray(offsets, np.int64), eps, min_samples), None

    return cluster


def _is_plain_hdbscan(reducer: PreparedReducer) -> bool:
    """Whether the keywords are such that the kernel does as scikit-learn, and no group is too small for it."""
    keywords = reducer.keywords
    return (
        keywords.get("metric", "euclidean") == "euclidean"
        and keywords["cluster_selection_method"] == "eom"
        and keywords["algorithm"] in ("auto", "kd_tree")
        and keywords["leaf_size"] >= 1
        and 1 <= keywords["min_samples"] <= keywords["min_cluster_size"] >= 2
    )


def _hdbscan(reducer: PreparedReducer) -> Cluster:
    names = ("min_cluster_size", "min_samples", "allow_single_cluster")
    keywords = {name: reducer.keywords[name] for name in names}

    def cluster(points: Floats, offsets: Rows) -> tuple[Rows, Floats]:
        from swath.kernels.hdbscan import hdbscan_groups  # noqa: PLC0415  (start-up counts)

        return hdbscan_groups(points, np.asarray(offsets, np.int64), **keywords)

    return cluster
