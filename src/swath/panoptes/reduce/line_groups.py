"""Lines of text found in what volunteers drew: by slope, then by column, then by position down the page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swath.panoptes.reduce.gutters import columns_of_lines
from swath.panoptes.reduce.line_annotations import LineAnnotation
from swath.panoptes.reduce.slopes import cluster_slopes, mean_slope

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Reach:
    """How far apart what belongs together may lie: slopes in degrees, lines and words in pixels."""

    slope: float
    line: float
    word: float
    gutter: float
    min_samples: int


@dataclass(frozen=True)
class Turned:
    """A line annotation, and x and y of its dots along and across the mean slope of its like."""

    annotation: LineAnnotation
    along: Floats
    across: Floats


@dataclass(frozen=True)
class TextLine:
    """The annotations of one line of text, in order of the extracts."""

    turned: Sequence[Turned]
    slope: float
    slope_label: int
    gutter_label: int


def text_lines(annotations: Sequence[LineAnnotation], reach: Reach, *, compat: bool = False) -> Iterator[TextLine]:
    """Give the lines of text of a frame in reading order; annotations that cluster with no others are left out.

    An annotation shorter than the gutter tolerance lies in the column that it touches. With ``compat`` it is lost.
    """
    if not annotations:
        return
    slopes = np.array([annotation.slope for annotation in annotations], dtype=np.float64)
    labels = cluster_slopes(slopes, reach.slope, reach.min_samples)
    means = [mean_slope(slopes[labels == label]) for label in range(labels.max() + 1)]
    for label in sorted(range(len(means)), key=lambda n: -means[n]):
        alike = [turn(annotations[n], means[label]) for n in np.flatnonzero(labels == label).tolist()]
        for gutter_label, column in _columns(alike, reach, compat):
            for line in _down_the_page(column, reach):
                yield TextLine(line, means[label], label, gutter_label)


def turn(annotation: LineAnnotation, slope: float) -> Turned:
    """Turn a line by less its slope (degrees) about the origin, so that its text runs along x."""
    angle = -math.radians(slope)
    x, y = np.array(annotation.x, dtype=np.float64), np.array(annotation.y, dtype=np.float64)
    return Turned(annotation, x * math.cos(angle) - y * math.sin(angle), y * math.cos(angle) + x * math.sin(angle))


def _columns(alike: Sequence[Turned], reach: Reach, compat: bool) -> list[tuple[int, list[Turned]]]:
    """Give the columns of lines of one slope, each with its number, from left to right."""
    spans = [(float(turned.along.min()), float(turned.along.max())) for turned in alike]
    numbers = columns_of_lines(spans, reach.gutter)
    if -1 in numbers and not compat:
        touched = columns_of_lines(spans, 0)
        numbers = [touched[n] if number == -1 else number for n, number in enumerate(numbers)]
    columns: dict[int, list[Turned]] = {}
    for number, turned in zip(numbers, alike, strict=True):
        if number >= 0:
            columns.setdefault(number, []).append(turned)
    return sorted(columns.items(), key=lambda item: float(np.concatenate([t.along for t in item[1]]).mean()))


def _down_the_page(column: Sequence[Turned], reach: Reach) -> Iterator[list[Turned]]:
    heights = np.array([turned.across.mean() for turned in column])
    labels = cluster_along(heights, reach.line, reach.min_samples)
    for label in in_order(labels, heights):
        yield [column[n] for n in np.flatnonzero(labels == label).tolist()]


def cluster_along(positions: Floats, eps: float, min_samples: int) -> Labels:
    """Give each position on an axis its cluster's number by DBSCAN, -1 for those in none."""
    from swath.kernels.cluster import dbscan_groups  # noqa: PLC0415

    offsets = np.array([0, len(positions)], dtype=np.int64)
    labels: Labels = dbscan_groups(positions.reshape(-1, 1), offsets, eps, min_samples)
    return labels


def in_order(labels: Labels, positions: Floats) -> list[int]:
    """Give the numbers of the clusters in ascending order of their mean positions."""
    return sorted(range(labels.max(initial=-1) + 1), key=lambda label: float(positions[labels == label].mean()))
