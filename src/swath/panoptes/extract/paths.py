"""Marks that are told by a path: polygons, freehand lines and Bézier curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from swath.panoptes.extract.drawings import Mark
from swath.panoptes.extract.model import Extract, ExtractError

SAMPLES = 10
"""Points on each segment of a Bézier curve, both ends among them."""


def read_path(mark: Mark) -> Mapping[str, Any] | None:
    """The coordinates of a path, None for one without points; raises ExtractError for a mark without a path."""
    if "points" in mark:
        x, y = [point["x"] for point in mark["points"]], [point["y"] for point in mark["points"]]
    elif "pathX" in mark and "pathY" in mark:
        x, y = mark["pathX"], mark["pathY"]
    else:
        raise ExtractError("a mark has no path")
    return {"pathX": x, "pathY": y} if len(x) else None


def read_curve(mark: Mark) -> Mapping[str, Any] | None:
    """The coordinates of points on a curve of quadratic segments; None for one of fewer than three points.

    Points are anchors and controls in turn. A curve whose last point is a control goes back to its first anchor.
    """
    points = list(mark["points"])
    if len(points) < 3:
        return None
    if len(points) % 2 == 0:
        points.append(points[0])
    return {
        "pathX": sample_curve([point["x"] for point in points]),
        "pathY": sample_curve([point["y"] for point in points]),
    }


def sample_curve(coordinates: Sequence[float]) -> list[float]:
    """One coordinate at ten even times on each segment: (1-t)² P0 + 2 t (1-t) P1 + t² P2.

    Reckoned from the end of a segment, by the time 1 - t that is left, which decides the last digits.
    """
    import numpy as np  # noqa: PLC0415  (start-up counts)

    left = np.linspace(0, 1, SAMPLES)
    weights = np.array([left**2, 2 * left * (1 - left), (1 - left) ** 2])
    sampled: list[float] = []
    for segment in zip(coordinates[:-2:2], coordinates[1:-1:2], coordinates[2::2], strict=True):
        sampled += np.dot(segment, weights)[::-1].tolist()
    return sampled


def with_gold_standard(extract: Extract, *, gold_standard: bool | None) -> Extract:
    """Say in every frame with paths whether they are of the gold standard."""
    return {
        name: {**frame, "gold_standard": gold_standard} if _has_path(frame) else frame
        for name, frame in extract.items()
    }


def _has_path(frame: Any) -> bool:
    return isinstance(frame, dict) and any(name.endswith("_pathX") for name in frame)
