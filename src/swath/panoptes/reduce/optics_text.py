"""The reducer of transcribed lines by OPTICS: lines alike in place and text, with what volunteers agree they say."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from swath.panoptes.keywords import Keyword, positive, share
from swath.panoptes.reduce.line_annotations import LineAnnotation, lines_by_frame
from swath.panoptes.reduce.model import Group, Reducer, Reduction
from swath.panoptes.reduce.optics_clusters import cluster_lines, enough_samples
from swath.panoptes.reduce.optics_order import reading_order

NAME = "optics_line_text_reducer"
AUTO = "auto"
Line = dict[str, Any]


def reduce_optics_text(
    group: Group,
    *,
    min_samples: int | str,
    max_eps: float | None,
    xi: float,
    angle_eps: float,
    gutter_eps: float,
    low_consensus_threshold: float,
    minimum_views: int,  # noqa: ARG001  (only echoed: a front end reads it)
    min_line_length: float,
    compat: bool = False,
) -> Reduction:
    """Cluster the lines of every frame, and give them in reading order with what volunteers agree each says.

    A line that clusters with no other stands for itself. With ``compat`` ``max_eps`` is not heard, and the counts
    leave out lines that stand for themselves but add 1 for a frame of too few volunteers, and ``extract_index`` does
    not count lines that are too short, as with the peer.
    """
    radius = math.inf if compat or max_eps is None else max_eps
    frames: dict[str, list[Line]] = {}
    low = total = 0
    for name, drawn in lines_by_frame(group).items():
        lines = [line for line in drawn if line.length > min_line_length]
        found = _clusters(list(_renumbered(lines)) if compat else lines, min_samples, xi, radius)
        shared = [_shared_line(group, cluster, low_consensus_threshold) for cluster in found.clusters]
        alone = [_single_line(group, line) for line in found.alone]
        frames[name] = reading_order([*shared, *alone], angle_eps, gutter_eps)
        counted = shared if compat else frames[name]
        low += sum(line["low_consensus"] for line in counted) + (compat and found.too_few)
        total += len(counted) + (compat and found.too_few)
    counts: Reduction = {"low_consensus_lines": low, "transcribed_lines": total, "reducer": NAME}
    return {**frames, **counts} if frames else {}


def _renumbered(lines: Sequence[LineAnnotation]) -> Iterator[LineAnnotation]:
    """Number the lines of every extract anew."""
    seen: Counter[int] = Counter()
    for line in lines:
        yield replace(line, ordinal=seen[line.extract])
        seen[line.extract] += 1


class Found(NamedTuple):
    """The clusters of the lines of a frame, and the lines in none; all are in none where too few volunteers drew."""

    clusters: list[list[LineAnnotation]]
    alone: list[LineAnnotation]
    too_few: bool


def _clusters(lines: list[LineAnnotation], min_samples: int | str, xi: float, max_eps: float) -> Found:
    volunteers = len({line.extract for line in lines})
    least = enough_samples(volunteers) if min_samples == AUTO else max(int(min_samples), 2)
    if volunteers < least:
        return Found([], lines, too_few=bool(lines))
    labels = cluster_lines(lines, least, xi, max_eps)
    members = [np.flatnonzero(labels == label) for label in range(-1, labels.max(initial=-1) + 1)]
    alone, *clusters = [[lines[n] for n in numbers] for numbers in members]
    return Found(clusters, alone, too_few=False)


def _shared_line(group: Group, lines: Sequence[LineAnnotation], threshold: float) -> Line:
    from swath.panoptes.reduce.alignment import align, consensus  # noqa: PLC0415

    read = [line for line in lines if line.text.strip()]
    columns = align([line.text for line in read]) if read else []
    score, text = consensus(columns)
    x = np.median([(line.x[0], line.x[-1]) for line in lines], axis=0).tolist()
    y = np.median([(line.y[0], line.y[-1]) for line in lines], axis=0).tolist()
    low = bool(score < threshold)
    return {
        "clusters_x": x,
        "clusters_y": y,
        "clusters_text": columns,
        "number_views": len(lines),
        "line_slope": _slope(x, y),
        "consensus_score": score,
        "consensus_text": text,
        "user_ids": [group.user_ids[line.extract] for line in read],
        "extract_index": [line.ordinal for line in lines],
        "gold_standard": [line.gold_standard for line in read],
        "low_consensus": low,
        "flagged": low,
    }


def _single_line(group: Group, line: LineAnnotation) -> Line:
    words, x, y = line.text.split(), [line.x[0], line.x[-1]], [line.y[0], line.y[-1]]
    return {
        "clusters_x": x,
        "clusters_y": y,
        "clusters_text": [[word] for word in words],
        "number_views": 1,
        "line_slope": _slope(x, y),
        "consensus_score": 1.0,
        "consensus_text": " ".join(words),
        "user_ids": [group.user_ids[line.extract]],
        "extract_index": [line.ordinal],
        "gold_standard": [line.gold_standard],
        "low_consensus": True,
        "flagged": True,
    }


def _slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Give the slope from the first to the last point, degrees; y grows downwards."""
    return math.degrees(math.atan2(y[-1] - y[0], x[-1] - x[0]))


def read_min_samples(value: Any) -> int | str:
    """Read a number of lines, or ``auto``; raises ValueError for anything else."""
    return AUTO if value == AUTO else int(value)


def read_max_eps(value: Any) -> float | None:
    """Read a distance in pixels, None for any; raises ValueError or TypeError for anything else."""
    return None if value is None else float(value)


REDUCERS: tuple[Reducer, ...] = (
    Reducer(
        NAME,
        "Clusters lines of transcribed text by their ends and texts, and aligns their words",
        reduce_optics_text,
        (
            Keyword("min_samples", AUTO, "lines that make a cluster, at least 2, or auto", read_min_samples),
            Keyword("max_eps", None, "greatest distance of neighbours, pixels", read_max_eps),
            Keyword("xi", 0.15, "least steepness of reachability, 0 to 1, that bounds a cluster", share),
            Keyword("angle_eps", 30.0, "greatest difference of neighbouring slopes, degrees", positive),
            Keyword("gutter_eps", 300.0, "greatest distance of neighbouring starts in a column, pixels", positive),
            Keyword("low_consensus_threshold", 3.0, "consensus score below which a line is flagged", float),
            Keyword("minimum_views", 5, "echoed for a front end; the reduction does not depend on it", int),
            Keyword("min_line_length", 0.0, "length, pixels, that a line must exceed", float),
        ),
        echoes=True,
    ),
)
