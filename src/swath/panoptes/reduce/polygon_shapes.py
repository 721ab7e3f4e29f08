"""Polygons of volunteers: read from extracts, made simple, and how far they lie from each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.errors import MissingExtraError
from swath.panoptes.reduce.model import Extract, ReduceError

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Drawn:
    """The polygons of one tool in one frame, and of each the position of its extract in the group."""

    frame: str
    tool: str
    polygons: npt.NDArray[np.object_]
    extracts: Indices


def drawn(extracts: Sequence[Extract], *, compat: bool = False) -> Iterator[Drawn]:
    """Give the polygons of every frame and tool, both in order of their names.

    A path that bounds no area (fewer than three vertices, a coordinate that is no number) is left out. With
    ``compat`` it raises ReduceError, as it ends the peer's run.
    """
    frames = sorted({name for extract in extracts for name in extract if name.startswith("frame")})
    for frame in frames:
        per_extract = [extract.get(frame) for extract in extracts]
        marks = [marks if isinstance(marks, Mapping) else {} for marks in per_extract]
        for tool in _tools(marks):
            yield _read(frame, tool, marks, compat)


def _tools(frames: Sequence[Mapping[str, Any]]) -> list[str]:
    names = {name for marks in frames for name in marks if name != "gold_standard" and "_" in name}
    return sorted({name.rpartition("_")[0] for name in names})


def _read(frame: str, tool: str, frames: Sequence[Mapping[str, Any]], compat: bool) -> Drawn:
    rings, owners = [], []
    for number, marks in enumerate(frames):
        xs, ys = marks.get(f"{tool}_pathX"), marks.get(f"{tool}_pathY")
        if isinstance(xs, Sequence) and isinstance(ys, Sequence):
            for x, y in zip(xs, ys, strict=False):
                ring = _ring(x, y)
                if ring is not None:
                    rings.append(ring)
                    owners.append(number)
                elif compat:
                    raise ReduceError(f"{frame}.{tool}: a path that bounds no polygon")
    return Drawn(frame, tool, polygons(rings), np.array(owners, dtype=np.int64))


def _ring(x: Any, y: Any) -> Floats | None:
    """Give a path as an array of shape (vertices, 2), or None if it bounds no area."""
    try:
        ring = np.array((x, y), dtype=np.float64).T
    except (TypeError, ValueError):
        return None
    if ring.ndim != 2 or not np.isfinite(ring).all():
        return None
    vertices = len(ring) - (len(ring) > 1 and bool((ring[0] == ring[-1]).all()))
    return ring if vertices >= 3 else None


def polygons(rings: Sequence[Floats]) -> npt.NDArray[np.object_]:
    """Make simple polygons of rings of shape (vertices, 2); of one that crosses itself the largest part stays."""
    shapely = geometry()
    if not rings:
        return np.empty(0, dtype=object)
    members = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    found: npt.NDArray[np.object_] = shapely.polygons(shapely.linearrings(np.concatenate(rings), indices=members))
    for crossed in np.flatnonzero(~shapely.is_simple(found)):
        found[crossed] = largest(shapely.buffer(found[crossed], 0))
    return found


def largest(shape: Any) -> Any:
    """Give the largest polygon among the parts of a shape, the first of equals; an empty one if it has none."""
    shapely = geometry()
    if shape.geom_type == "Polygon":
        return shape
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return max(parts, key=lambda part: float(part.area)) if parts else shapely.Polygon()


def distances(polygons: npt.NDArray[np.object_], extracts: Indices) -> Floats:
    """Give the distances between polygons, of shape (n, n): 1 less the area that two share over that of their union.

    Those of one extract are infinitely far apart, so that a volunteer's marks never join each other.
    """
    shapely = geometry()
    matrix = np.ones((len(polygons), len(polygons)))
    shapely.prepare(polygons)
    first, second = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    chosen = (first < second) & (extracts[first] != extracts[second])
    first, second = first[chosen], second[chosen]
    shared = shapely.area(shapely.intersection(polygons[first], polygons[second]))
    united = shapely.area(shapely.union(polygons[first], polygons[second]))
    matrix[first, second] = matrix[second, first] = 1 - shared / united
    matrix[extracts[:, None] == extracts[None, :]] = math.inf
    np.fill_diagonal(matrix, 0)
    return matrix


def consensus(distances: Floats) -> float:
    """Give the agreement of a cluster, from 0 to 1: 1 less the mean of its distances; 1 for a single polygon.

    Two polygons of one volunteer count as sharing nothing.
    """
    above = np.triu_indices(len(distances), 1)
    return float(1 - np.minimum(distances[above], 1).mean()) if len(distances) > 1 else 1.0


def exterior(polygon: Any) -> tuple[list[float], list[float]]:
    """Give x and y of a polygon's outer ring, the first vertex again at its end; two empty lists without an area."""
    if polygon.is_empty or polygon.area == 0:
        return [], []
    x, y = geometry().get_coordinates(polygon.exterior).T.tolist()
    return x, y


def geometry() -> Any:
    """Import shapely; raises MissingExtraError where it is not installed."""
    try:
        import shapely  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("reducing polygons needs shapely", "pip install 'swath[panoptes]'") from error
    return shapely


def cluster(drawn: Drawn, distances: Floats, eps: float, min_samples: int) -> Indices:
    """Give each polygon its cluster's number by DBSCAN, -1 for those in none."""
    from swath.kernels.cluster import dbscan_matrix  # noqa: PLC0415

    enough = max(min_samples, 1)
    if len(drawn.polygons) < enough:
        return np.full(len(drawn.polygons), -1, dtype=np.int64)
    labels: Indices = dbscan_matrix(distances, eps, enough)
    return labels
