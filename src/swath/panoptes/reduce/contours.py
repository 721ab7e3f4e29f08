"""The reducer of polygons into contours of agreement, a row for each cluster."""

from __future__ import annotations

from typing import Any

import numpy as np

from swath.panoptes.keywords import Keyword, one_of, truth
from swath.panoptes.reduce.contour_levels import SMOOTHINGS, exact_contours, grid_contours
from swath.panoptes.reduce.model import Group, Reducer, Reduction
from swath.panoptes.reduce.polygon_shapes import cluster, consensus, distances, drawn, exterior
from swath.panoptes.reduce.polygons import EPS, MIN_SAMPLES

MOST_EXACT = 9
"""The largest cluster whose contours are exact unless asked for."""
GRID_POINTS = 100
AUTO = "auto"


def reduce_contours(
    group: Group,
    *,
    min_samples: int,
    eps: float,
    rasterisation: bool | str = AUTO,
    num_grid_points: int = GRID_POINTS,
    smoothing: str = SMOOTHINGS[0],
    compat: bool = False,
) -> list[Reduction]:
    """Cluster the polygons of every frame and tool, and give each cluster's contours of agreement as a row.

    A tool without clusters has one row with its labels. ``rasterisation`` ``auto`` takes the grid for clusters of
    more than nine. With ``compat`` the last three keywords are not heard, as with the peer, and a path that bounds no
    polygon raises ReduceError.
    """
    if compat:
        rasterisation, num_grid_points, smoothing = AUTO, GRID_POINTS, SMOOTHINGS[0]
    rows: list[Reduction] = []
    for tool in drawn(group.extracts, compat=compat):
        matrix = distances(tool.polygons, tool.extracts)
        found = cluster(tool, matrix, eps, min_samples)
        labels: Reduction = {f"{tool.tool}_cluster_labels": found.tolist()}
        clusters = range(found.max(initial=-1) + 1)
        for label in clusters:
            members = np.flatnonzero(found == label)
            on_grid = len(members) > MOST_EXACT if rasterisation == AUTO else rasterisation
            polygons = tool.polygons[members]
            contours = grid_contours(polygons, num_grid_points, smoothing) if on_grid else exact_contours(polygons)
            row = _row(label, contours, consensus(matrix[np.ix_(members, members)]))
            rows.append({tool.frame: {f"{tool.tool}_{name}": value for name, value in row.items()} | labels})
        if not clusters:
            rows.append({tool.frame: labels})
    return rows


def _row(label: int, contours: list[Any], agreement: float) -> Reduction:
    paths = [exterior(contour) for contour in contours]
    return {
        "cluster_label_for_contours": label,
        "number_of_contours": len(contours),
        "contours_x": [x for x, _ in paths],
        "contours_y": [y for _, y in paths],
        "consensus": agreement,
    }


def read_rasterisation(value: Any) -> bool | str:
    """Read whether contours are made on a grid, or ``auto``; raises ValueError for anything else."""
    return AUTO if value == AUTO else truth(value)


def read_grid_points(value: Any) -> int:
    """Read a number of grid points; raises ValueError for fewer than 2."""
    points = int(value)
    if points < 2:
        raise ValueError(f"a grid needs at least 2 points along an axis: {value!r}")
    return points


REDUCERS: tuple[Reducer, ...] = (
    Reducer(
        "polygon_reducer_contours",
        "Clusters polygons by overlap, and gives each cluster's contours of agreement",
        reduce_contours,
        (
            MIN_SAMPLES,
            EPS,
            Keyword("rasterisation", AUTO, "auto, or whether contours are made on a grid", read_rasterisation),
            Keyword("num_grid_points", GRID_POINTS, "grid points along each axis, at least 2", read_grid_points),
            Keyword("smoothing", SMOOTHINGS[0], "of contours on a grid: " + ", ".join(SMOOTHINGS), one_of(*SMOOTHINGS)),
        ),
        echoes=True,
        unheard=("rasterisation", "num_grid_points", "smoothing"),
    ),
)
