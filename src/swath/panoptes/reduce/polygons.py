"""The reducer of polygons: clusters of those that overlap, and for each cluster one polygon that stands for it."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from swath.panoptes.keywords import Keyword, one_of, positive, truth
from swath.panoptes.reduce.model import Group, ReduceError, Reducer, Reduction
from swath.panoptes.reduce.polygon_averages import AVERAGES, Cluster
from swath.panoptes.reduce.polygon_shapes import Drawn, Floats, cluster, consensus, distances, drawn, exterior

TOOL = re.compile(r"(?P<task>.+)_tool(?:Index)?(?P<tool>\d+)")
MIN_SAMPLES = Keyword("min_samples", 2, "polygons that make a cluster, at least 1", int)
EPS = Keyword("eps", 0.5, "greatest distance of neighbours: 1 less the shared over the united area", positive)


def reduce_polygons(
    group: Group,
    *,
    min_samples: int,
    eps: float,
    average_type: str,
    collab: bool,
    step_key: str,
    task_index: int,
    tool_type: str,
    min_threshold: float,
    compat: bool = False,
) -> Reduction:
    """Cluster the polygons of every frame and tool, and average each cluster.

    Raises ReduceError for an ``average_type`` that is not known, and for times that cannot be read.
    A path that bounds no polygon is left out. With ``compat`` it raises ReduceError, and a cluster of just
    ``min_threshold`` is left out, as with the peer.
    """
    if average_type not in AVERAGES:
        raise ReduceError(f"average_type cannot be {average_type!r}", "one of " + ", ".join(AVERAGES))
    frames: dict[str, dict[str, Any]] = {}
    thresholds: list[float] = []
    annotations: list[dict[str, Any]] = []
    over = math.nextafter(min_threshold, math.inf) if compat else min_threshold
    for tool in drawn(group.extracts, compat=compat):
        matrix = distances(tool.polygons, tool.extracts)
        labels = cluster(tool, matrix, eps, min_samples)
        reduced, kept = _average(group, tool, matrix, labels.tolist(), average_type, over)
        frames.setdefault(tool.frame, {}).update(reduced)
        thresholds += kept
        if collab and kept:
            place = {"stepKey": step_key, "taskIndex": task_index, **_place(tool)}
            for x, y in zip(reduced[f"{tool.tool}_clusters_x"], reduced[f"{tool.tool}_clusters_y"], strict=True):
                named = {"markID": f"consensus_{len(annotations)}", "toolType": tool_type}
                annotations.append({**place, **named, "pathX": x, "pathY": y})
    top: dict[str, Any] = {"data": annotations} if annotations else {}
    return {**top, **frames, **({"threshold": thresholds} if thresholds else {})}


def _average(
    group: Group, tool: Drawn, matrix: Floats, labels: list[int], average_type: str, min_threshold: float
) -> tuple[Reduction, list[float]]:
    """Give the keys of one tool, and the share of extracts of each cluster that is kept."""
    reduced: Reduction = {f"{tool.tool}_cluster_labels": labels}
    columns: dict[str, list[Any]] = {"clusters_count": [], "clusters_x": [], "clusters_y": [], "consensus": []}
    thresholds = []
    for label in range(max(labels, default=-1) + 1):
        members = np.flatnonzero(np.array(labels) == label)
        threshold = len(members) / len(group.extracts)
        if threshold >= min_threshold:
            found = Cluster(
                tool.polygons[members],
                matrix[np.ix_(members, members)],
                [group.created_at[extract] for extract in tool.extracts[members]] if group.created_at else [],
            )
            values = (len(members), *exterior(AVERAGES[average_type](found)), consensus(found.distances))
            for column, value in zip(columns.values(), values, strict=True):
                column.append(value)
            thresholds.append(threshold)
    if thresholds:
        reduced.update({f"{tool.tool}_{name}": column for name, column in columns.items()})
    return reduced, thresholds


def _place(tool: Drawn) -> dict[str, Any]:
    """Say where a front end draws a consensus; raises ReduceError for a tool without a number."""
    named = TOOL.fullmatch(tool.tool)
    if not named:
        raise ReduceError(f"{tool.frame}.{tool.tool} has no task and number", "collab needs names like T0_toolIndex1")
    return {
        "taskKey": named["task"],
        "taskType": "drawing",
        "toolIndex": int(named["tool"]),
        "frame": int(tool.frame.removeprefix("frame")),
    }


REDUCERS: tuple[Reducer, ...] = (
    Reducer(
        "polygon_reducer",
        "Clusters polygons by overlap, and averages each cluster",
        reduce_polygons,
        (
            MIN_SAMPLES,
            EPS,
            Keyword("average_type", "median", "what stands for a cluster: " + ", ".join(AVERAGES), one_of(*AVERAGES)),
            Keyword("collab", False, "whether the averages are given as annotations of the front end too", truth),
            Keyword("step_key", "S0", "stepKey of those annotations", str),
            Keyword("task_index", 0, "taskIndex of those annotations", int),
            Keyword("tool_type", "freehandLine", "toolType of those annotations", str),
            Keyword("min_threshold", 0, "share of extracts below which a cluster is left out", float),
        ),
        echoes=True,
    ),
)
