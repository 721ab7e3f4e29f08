"""One form for shapes that can be drawn in several ways, such as a line from either end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Parameters = tuple[Any, ...]


def normalise_ellipse(given: Parameters) -> Parameters:
    """The larger radius first, the angle within 180 degrees."""
    x, y, rx, ry, angle = given
    if rx < ry:
        rx, ry, angle = ry, rx, angle - 90
    return x, y, rx, ry, angle % 180


def normalise_rectangle(given: Parameters) -> Parameters:
    """The width as the longer side, turned about the centre, the angle within 180 degrees."""
    x, y, width, height, angle = given
    if width < height:
        shift = (height - width) / 2
        x, y, width, height, angle = x - shift, y + shift, height, width, angle - 90
    return x, y, width, height, angle % 180


def normalise_line(given: Parameters) -> Parameters:
    """The left end first, of two above each other the upper one."""
    x1, y1, x2, y2 = given
    return given if (x1, y1) <= (x2, y2) else (x2, y2, x1, y1)


def normalise_triangle(given: Parameters) -> Parameters:
    """The angle within 120 degrees."""
    x, y, r, angle = given
    return x, y, r, angle % 120


NORMALISERS: Mapping[str, Callable[[Parameters], Parameters]] = {
    "ellipse": normalise_ellipse,
    "rotateRectangle": normalise_rectangle,
    "line": normalise_line,
    "triangle": normalise_triangle,
}
