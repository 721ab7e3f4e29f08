"""The outlines of the shapes that volunteers draw, in pixels of an image, whose y axis points down."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from swath.panoptes.shapes import SHAPES

Floats = npt.NDArray[np.float64]

POINTS = ("point", "temporalPoint")
"""Shapes without an outline."""

_TURN = np.linspace(0, 2 * np.pi, 73)
_ARC = np.linspace(-0.5, 0.5, 25)


class Box(NamedTuple):
    """The part of an image that is shown, in pixels: columns and lines across the whole of it end there."""

    left: float
    top: float
    right: float
    bottom: float


def outlines(shape: str, values: Floats, box: Box) -> Floats:
    """The lines around shapes, shape (shapes, corners, 2) with x and y; of a point, the point.

    ``values`` of shape (shapes, parameters) are in the order of ``swath.panoptes.shapes.SHAPES``, pixels and degrees;
    angles turn as the drawing tools have them: rectangles and fans clockwise, ellipses and triangles against it.
    """
    lines: Floats = _DRAWN[shape](dict(zip(SHAPES[shape], values.T, strict=True)), box)
    return lines


def centres(shape: str, values: Floats, box: Box) -> Floats:
    """Where shapes stand, shape (shapes, 2) with x and y: the middle of their outline's extent."""
    lines = outlines(shape, values, box)
    middle: Floats = (lines.min(axis=1) + lines.max(axis=1)) / 2
    return middle


Parameters = dict[str, Floats]


def _joined(x: Floats, y: Floats) -> Floats:
    """Corners as pairs, from x and y of shape (shapes, corners)."""
    return np.stack(np.broadcast_arrays(x, y), axis=-1)


def _turned(corners: Floats, degrees: Floats, x: Floats, y: Floats) -> Floats:
    """Turn corners about the origin, clockwise on the screen, and move the origin to (x, y)."""
    angle = np.radians(degrees)[:, None]
    across, down = corners[..., 0], corners[..., 1]
    turned_x = across * np.cos(angle) - down * np.sin(angle)
    turned_y = across * np.sin(angle) + down * np.cos(angle)
    return _joined(turned_x + x[:, None], turned_y + y[:, None])


def _points(of: Parameters, box: Box) -> Floats:  # noqa: ARG001  (all shapes are drawn alike)
    return _joined(of["x"][:, None], of["y"][:, None])


def _lines(of: Parameters, box: Box) -> Floats:  # noqa: ARG001
    return _joined(np.stack([of["x1"], of["x2"]], axis=1), np.stack([of["y1"], of["y2"]], axis=1))


def _full_width(of: Parameters, box: Box) -> Floats:
    return _joined(np.array([[box.left, box.right]]), of["y"][:, None])


def _full_height(of: Parameters, box: Box) -> Floats:
    return _joined(of["x"][:, None], np.array([[box.top, box.bottom]]))


def _columns(of: Parameters, box: Box) -> Floats:
    x = of["x"][:, None] + of["width"][:, None] * np.array([[0.0, 1.0, 1.0, 0.0, 0.0]])
    return _joined(x, np.array([[box.top, box.top, box.bottom, box.bottom, box.top]]))


def _boxes(width: Floats, height: Floats) -> Floats:
    """Closed rectangles about the origin."""
    x = np.array([[-0.5, 0.5, 0.5, -0.5, -0.5]]) * width[:, None]
    return _joined(x, np.array([[-0.5, -0.5, 0.5, 0.5, -0.5]]) * height[:, None])


def _rectangles(of: Parameters, box: Box) -> Floats:  # noqa: ARG001
    width, height = of["width"], of["height"]
    angle = of.get("angle", np.zeros_like(width))
    x = of["x_center"] if "x_center" in of else of["x"] + width / 2
    y = of["y_center"] if "y_center" in of else of["y"] + height / 2
    return _turned(_boxes(width, height), angle, x, y)


def _ellipses(of: Parameters, box: Box) -> Floats:  # noqa: ARG001
    rx, ry = (of["r"], of["r"]) if "r" in of else (of["rx"], of["ry"])
    corners = _joined(rx[:, None] * np.cos(_TURN), ry[:, None] * np.sin(_TURN))
    return _turned(corners, -of.get("angle", np.zeros_like(rx)), of["x"], of["y"])


def _triangles(of: Parameters, box: Box) -> Floats:  # noqa: ARG001
    half = np.sqrt(3) / 2
    corners = of["r"][:, None, None] * np.array([[[0, -1], [half, 0.5], [-half, 0.5], [0, -1]]])
    return _turned(corners, -of["angle"], of["x"], of["y"])


def _fans(of: Parameters, box: Box) -> Floats:  # noqa: ARG001
    """Sectors with their tip at (x, y), open to both sides of ``rotation`` by half of ``spread``."""
    angles = np.radians(of["spread"])[:, None] * _ARC
    reach = of["radius"][:, None]
    tip = np.zeros_like(reach)
    x = np.concatenate([tip, reach * np.cos(angles), tip], axis=1)
    y = np.concatenate([tip, reach * np.sin(angles), tip], axis=1)
    return _turned(_joined(x, y), of["rotation"], of["x"], of["y"])


_DRAWN: dict[str, Callable[[Parameters, Box], Floats]] = {
    "circle": _ellipses,
    "column": _columns,
    "ellipse": _ellipses,
    "fullWidthLine": _full_width,
    "fullHeightLine": _full_height,
    "line": _lines,
    "point": _points,
    "rectangle": _rectangles,
    "rotateRectangle": _rectangles,
    "triangle": _triangles,
    "fan": _fans,
    "temporalRotateRectangle": _rectangles,
    "temporalPoint": _points,
}
