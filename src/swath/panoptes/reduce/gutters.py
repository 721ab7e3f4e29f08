"""Columns of text: which side of the gutters of a page a line lies on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Interval = tuple[float, float]


def columns_of_lines(lines: Sequence[Interval], tolerance: float) -> list[int]:
    """Give the number of the column that each line lies in, from its start and end along the text.

    Columns are what overlapping lines cover together; of several that a line overlaps it lies in the last. An overlap
    counts if it exceeds twice the ``tolerance``, a gap if it exceeds twice a negative one. A line too short to
    overlap even itself by so much has -1.
    """
    columns = _columns(lines, tolerance)
    return [
        max((number for number, column in enumerate(columns) if overlap(line, column, tolerance)), default=-1)
        for line in lines
    ]


def overlap(one: Interval, other: Interval, tolerance: float) -> bool:
    """Tell whether two intervals overlap by more than a tolerance at each of their ends."""
    return one[1] - tolerance >= other[0] + tolerance and other[1] - tolerance >= one[0] + tolerance


def _columns(lines: Sequence[Interval], tolerance: float) -> list[Interval]:
    """Join lines that overlap, one after the other; the starts and the ends are ordered each by themselves."""
    columns: list[Interval] = []
    for line in lines:
        joined = [line, *(column for column in columns if overlap(line, column, tolerance))]
        columns = [column for column in columns if not overlap(line, column, tolerance)]
        columns.append((min(start for start, _ in joined), max(end for _, end in joined)))
    ordered = np.sort(np.array(columns).reshape(-1, 2), axis=0)
    return [(start, end) for start, end in ordered.tolist()]
