"""The reducer of rectangles: clusters by place and size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from swath.panoptes.reduce.clusters import DBSCAN_KEYWORDS, METRIC, Clustering, dbscan_by
from swath.panoptes.reduce.details import add_details
from swath.panoptes.reduce.gather import Marks, frames_of, marks_by_tool
from swath.panoptes.reduce.model import Group, Reducer, Reduction
from swath.panoptes.shapes import SHAPES

_SIDES = SHAPES["rectangle"]


def reduce_rectangles(group: Group, *, details: Mapping[str, Any], compat: bool = False, **keywords: Any) -> Reduction:
    """Cluster the rectangles of each frame and tool by DBSCAN; the tags of graphics are listed by frame."""
    reduction: Reduction = {}
    found: dict[str, dict[str, tuple[Marks, Clustering]]] = {}
    for frame in frames_of(group.extracts):
        found[frame] = {}
        level = reduction.setdefault(frame, {})
        for tool, marks in marks_by_tool(group.extracts, frame, _SIDES).items():
            if marks.values:
                found[frame][tool] = marks, dbscan_by(marks.points, **keywords)
                level |= dict(_columns(tool, *found[frame][tool]))
        tags = [tag for extract in group.extracts for tag in _tags(extract.get(frame, {}))]
        if tags:
            level["rec_tags"] = tags
    return add_details(reduction, group, found, details, compat=compat)


def _tags(frame: Mapping[str, Any]) -> Iterator[Any]:
    for name, listed in frame.items():
        if name.endswith("_tag"):
            yield from listed


def _columns(tool: str, marks: Marks, clustering: Clustering) -> Iterator[tuple[str, list[Any]]]:
    for number, name in enumerate(_SIDES):
        yield f"{tool}_rec_{name}", marks.column(number)
    yield f"{tool}_cluster_labels", clustering.labels.tolist()
    members = clustering.members()
    if members:
        points = marks.points
        yield f"{tool}_clusters_count", [int(of.size) for of in members]
        for number, name in enumerate(_SIDES):
            yield f"{tool}_clusters_{name}", [float(points[of].mean(axis=0)[number]) for of in members]


REDUCERS = (
    Reducer(
        "rectangle_reducer",
        "Clusters rectangles by DBSCAN",
        reduce_rectangles,
        (*DBSCAN_KEYWORDS, METRIC),
        details=True,
    ),
)
