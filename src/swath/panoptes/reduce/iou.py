"""Shapes as areas: how much two overlap, and the shape that overlaps a cluster's best."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.errors import MissingExtraError
from swath.panoptes.reduce.model import ReduceError

Points = npt.NDArray[np.float64]

Parameters = Sequence[float] | Points

TEMPORAL = "temporalRotateRectangle"


def geometry(parameters: Parameters, shape: str) -> Any:
    """The area of a shape; raises ReduceError for a shape that has none."""
    if shape not in _AREAS:
        raise ReduceError(f"a {shape} has no area", "use metric_type: euclidean")
    return _AREAS[shape](*parameters)


def _shapely() -> Any:
    try:
        import shapely.affinity  # noqa: PLC0415  (optional extra)
        import shapely.geometry  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("areas of shapes need shapely", "pip install 'swath[panoptes]'") from error
    return shapely


def _rectangle(x: float, y: float, width: float, height: float) -> Any:
    return _shapely().geometry.box(x, y, x + width, y + height)


def _turned_rectangle(x: float, y: float, width: float, height: float, angle: float) -> Any:
    return _shapely().affinity.rotate(_rectangle(x, y, width, height), angle)


def _temporal_rectangle(x: float, y: float, width: float, height: float, angle: float, _time: float = 0) -> Any:
    return _turned_rectangle(x - width / 2, y - height / 2, width, height, angle)


def _circle(x: float, y: float, r: float) -> Any:
    return _shapely().geometry.Point(x, y).buffer(r)


def _ellipse(x: float, y: float, rx: float, ry: float, angle: float) -> Any:
    shapely = _shapely()
    scaled = shapely.affinity.scale(shapely.geometry.Point(x, y).buffer(1), rx, ry)
    return shapely.affinity.rotate(scaled, -angle)


def _triangle(x: float, y: float, r: float, angle: float) -> Any:
    shapely = _shapely()
    side = r * math.sqrt(3) / 2
    corners = shapely.geometry.Polygon([(0, -r), (-side, r / 2), (side, r / 2)])
    return shapely.affinity.translate(shapely.affinity.rotate(corners, -angle, origin=(0, 0)), x, y)


_AREAS: dict[str, Callable[..., Any]] = {
    "rectangle": _rectangle,
    "rotateRectangle": _turned_rectangle,
    TEMPORAL: _temporal_rectangle,
    "circle": _circle,
    "ellipse": _ellipse,
    "triangle": _triangle,
}


def distance_of(one: Any, other: Any) -> float:
    """1 less the shared over the united area; infinite where there is no area."""
    united = one.union(other).area
    return 1 - one.intersection(other).area / united if united else math.inf


def distances_of(one: Any, others: npt.NDArray[np.object_]) -> list[float]:
    """The distances of one area from others, as ``distance_of`` has them."""
    import shapely  # noqa: PLC0415  (optional extra)

    shared = shapely.area(shapely.intersection(one, others)).tolist()
    united = shapely.area(shapely.union(one, others)).tolist()
    return [1 - share / whole if whole else math.inf for share, whole in zip(shared, united, strict=True)]


def temporal_distance_of(one: Any, other: Any, apart: float, eps_t: float) -> float:
    """The same for areas that last ``eps_t`` seconds and begin ``apart`` seconds from each other."""
    shared = one.intersection(other).area * max(0.0, eps_t - apart)
    united = (one.area + other.area) * eps_t - shared
    return 1 - shared / united if united else math.inf


def shape_distance(one: Parameters, other: Parameters, shape: str, eps_t: float) -> float:
    """The distance of two shapes by their areas, 0 to 1."""
    areas = geometry(one, shape), geometry(other, shape)
    if shape == TEMPORAL:
        return temporal_distance_of(*areas, abs(one[-1] - other[-1]), eps_t)
    return distance_of(*areas)


def medoid(points: Points, shape: str, eps_t: float) -> tuple[list[float], float]:
    """The mark with the least sum of squared distances to all, and their standard distance.

    Each pair is measured once, so that of two marks that are alike the first is taken.
    """
    distances = np.zeros((len(points), len(points)))
    for i, j in combinations(range(len(points)), 2):
        distances[i, j] = distances[j, i] = shape_distance(points[i], points[j], shape, eps_t)
    sums = (distances**2).sum(axis=1)
    best = int(np.argmin(sums))
    return points[best].tolist(), math.sqrt(sums[best] / max(len(points) - 1, 1))


def best_shape(points: Points, shape: str, eps_t: float) -> tuple[list[float], float]:
    """The shape with the least sum of squared distances to all, and their standard distance.

    Searched by the DIRECT algorithm in the box around all marks. Raises ReduceError where the box has no width.
    """
    from scipy.optimize import direct  # noqa: PLC0415  (start-up counts)

    areas = np.array([geometry(point, shape) for point in points], object)
    times = points[:, -1]

    def cost(guess: Points) -> float:
        area = geometry(guess, shape)
        if shape == TEMPORAL:
            apart = np.abs(guess[-1] - times)
            return sum(temporal_distance_of(area, a, t, eps_t) ** 2 for a, t in zip(areas, apart, strict=True))
        return sum(distance**2 for distance in distances_of(area, areas))

    try:
        found = direct(cost, search_bounds(points, shape), locally_biased=False)
    except ValueError as error:
        raise ReduceError(f"no average of {len(points)} marks: {error}", "use estimate_average: true") from error
    return found.x.tolist(), math.sqrt(found.fun / max(len(points) - 1, 1))


def search_bounds(points: Points, shape: str) -> list[tuple[float, float]]:
    """Between what bounds each parameter of an average is searched."""
    x0, y0, x1, y1 = _shapely().unary_union([geometry(point, shape) for point in points]).bounds
    width, height = x1 - x0, y1 - y0
    place = [(x0, x1), (y0, y1)]
    sides = [(1, width), (1, height)]
    return {
        "rectangle": [*place, *sides],
        "rotateRectangle": [*place, *sides, (0, 180)],
        TEMPORAL: [*place, *sides, (0, 180), (0, 1)],
        "circle": [*place, (1, max(width, height))],
        "ellipse": [*place, *sides, (0, 180)],
        "triangle": [*place, (1, max(width, height)), (0, 120)],
    }[shape]


def scaled(parameters: Sequence[float], shape: str, factor: float) -> list[float]:
    """A shape made larger or smaller about its centre."""
    if shape in ("rectangle", "rotateRectangle"):
        x, y, width, height, *angle = parameters
        more = ((factor - 1) * width / 2, (factor - 1) * height / 2)
        return [x - more[0], y - more[1], width * factor, height * factor, *angle]
    sizes = {"circle": (2,), "ellipse": (2, 3), "triangle": (2,), TEMPORAL: (2, 3)}[shape]
    return [value * factor if number in sizes else value for number, value in enumerate(parameters)]


def sigma_shapes(parameters: Sequence[float], shape: str, sigma: float) -> tuple[list[float], list[float]]:
    """The shapes that a standard distance larger and smaller cover: scaled by 1 / √(1 - sigma) and √(1 - sigma)."""
    factor = math.sqrt(1 - sigma)
    return scaled(parameters, shape, 1 / factor), scaled(parameters, shape, factor)
