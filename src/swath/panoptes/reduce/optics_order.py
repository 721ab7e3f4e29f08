"""Reading order of lines of text: by slope, by column, down the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from swath.panoptes.reduce.line_groups import cluster_along, in_order
from swath.panoptes.reduce.slopes import Floats, cluster_slopes, least_squares_slope

Line = dict[str, Any]


def reading_order(lines: Sequence[Line], angle_eps: float, gutter_eps: float) -> list[Line]:
    """Order lines, and give each the slope of its like, ``slope_label`` and ``gutter_label``.

    Lines are read slope by slope, the flattest first (``angle_eps`` degrees apart), of each slope column by column
    (starts ``gutter_eps`` pixels apart along the text), and down the columns.
    """
    if not lines:
        return []
    slopes = np.array([line["line_slope"] for line in lines], dtype=np.float64)
    labels = cluster_slopes(slopes, angle_eps, 1)
    means = [least_squares_slope(slopes[labels == label]) for label in range(labels.max() + 1)]
    ordered = []
    for slope_label, label in enumerate(sorted(range(len(means)), key=lambda n: abs(means[n]))):
        alike = [lines[n] for n in np.flatnonzero(labels == label).tolist()]
        starts = _turned_starts(alike, means[label])
        for gutter_label, column in enumerate(_columns(starts[:, 0], gutter_eps)):
            for n in sorted(column, key=lambda n: float(starts[n, 1])):
                labelled = {"line_slope": means[label], "slope_label": slope_label, "gutter_label": gutter_label}
                ordered.append({**alike[n], **labelled})
    return ordered


def _turned_starts(lines: Sequence[Line], slope: float) -> Floats:
    """Give the starts of lines, of shape (n, 2), turned by less the slope about the mean of the lines' middles."""
    x = np.array([(line["clusters_x"][0], line["clusters_x"][-1]) for line in lines], dtype=np.float64)
    y = np.array([(line["clusters_y"][0], line["clusters_y"][-1]) for line in lines], dtype=np.float64)
    angle = -math.radians(slope)
    from_x, from_y = x[:, 0] - x.mean(), y[:, 0] - y.mean()
    along = from_x * math.cos(angle) - from_y * math.sin(angle)
    across = from_y * math.cos(angle) + from_x * math.sin(angle)
    return np.column_stack((along, across))


def _columns(starts: Floats, eps: float) -> list[list[int]]:
    labels = cluster_along(starts, eps, 1)
    return [np.flatnonzero(labels == label).tolist() for label in in_order(labels, starts)]
