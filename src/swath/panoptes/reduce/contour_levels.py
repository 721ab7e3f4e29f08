"""Contours of agreement of overlapping polygons: exactly, or on a grid."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from swath.errors import MissingExtraError
from swath.panoptes.reduce.polygon_averages import united
from swath.panoptes.reduce.polygon_shapes import Floats, geometry

MOST_LEVELS = 10
SMOOTHINGS = ("minimal_sides", "rounded", "no_smoothing")


Piece = tuple[frozenset[int], Any]
"""An area, and the polygons that cover all of it."""


def exact_contours(polygons: npt.NDArray[np.object_]) -> list[Any]:
    """Give, for 1, 2, ... polygons, the largest area that at least as many cover, its holes filled; at most ten.

    What a set of polygons shares is intersected out of what two of its subsets share, so the work may double with
    every polygon.
    """
    pieces: list[Piece] = [(frozenset([n]), polygon) for n, polygon in enumerate(geometry().buffer(polygons, 0))]
    contours: list[Any] = []
    while pieces and len(contours) < MOST_LEVELS:
        contours.append(united([polygon for _, polygon in pieces]))
        if len(pieces) == 1:
            break
        pieces = _shared(pieces)
    return contours


def _shared(pieces: list[Piece]) -> list[Piece]:
    """Intersect the pieces that meet; each set of polygons out of the first two of its subsets that do."""
    shapely = geometry()
    shapes = np.array([polygon for _, polygon in pieces], dtype=object)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    origins: dict[frozenset[int], set[frozenset[int]]] = {}
    found = []
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        subsets = {pieces[a][0], pieces[b][0]}
        members = frozenset.union(*subsets)
        if a < b and len(subsets) == 2 and origins.setdefault(members, subsets) == subsets:
            parts = shapely.get_parts(shapely.intersection(shapes[a], shapes[b]))
            found += [(members, part) for part in parts if part.geom_type == "Polygon"]
    return found


def grid_contours(polygons: npt.NDArray[np.object_], points: int, smoothing: str) -> list[Any]:
    """Give the contours of the number of polygons over each point of a grid, the largest of every level.

    ``points`` is the number of grid points along each axis of the polygons' bounds. Corners are cut as ``smoothing``
    says: ``minimal_sides`` leaves out vertices that move a side by less than half a grid cell of a unit square,
    ``rounded`` cuts corners twice (Chaikin 1974), ``no_smoothing`` leaves all.
    """
    shapely = geometry()
    left, bottom, right, top = shapely.total_bounds(polygons)
    xs, ys = np.linspace(left, right, points), np.linspace(bottom, top, points)
    counts = np.zeros((points, points))
    grid_x, grid_y = np.meshgrid(xs, ys)
    shapely.prepare(polygons)
    for polygon in polygons:
        counts += shapely.contains_xy(polygon, grid_x, grid_y)
    lines = _generator(xs, ys, counts)
    contours = []
    for level in range(int(counts.max())):
        rings = [shapely.Polygon(line) for line in lines(level) if len(line) > 3]
        if rings:
            contours.append(_smooth(max(rings, key=lambda ring: float(ring.area)), points, smoothing))
    return contours


def _generator(xs: Floats, ys: Floats, counts: Floats) -> Any:
    try:
        from contourpy import contour_generator  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("contours on a grid need contourpy", "pip install 'swath[panoptes]'") from error
    return contour_generator(xs, ys, counts).lines


def _smooth(contour: Any, points: int, smoothing: str) -> Any:
    if smoothing == "minimal_sides":
        return contour.simplify(max(0.5 / points, 0.01))
    if smoothing == "rounded":
        ring = geometry().get_coordinates(contour)
        for _ in range(2):
            ring = _cut_corners(ring)
        return geometry().Polygon(ring)
    return contour


def _cut_corners(ring: Floats) -> Floats:
    """Replace every corner of a closed ring by two, a quarter of each side away."""
    start, end = ring[:-1], ring[1:]
    cut = np.stack((0.75 * start + 0.25 * end, 0.25 * start + 0.75 * end), axis=1).reshape(-1, 2)
    return np.concatenate((cut, cut[:1]))
