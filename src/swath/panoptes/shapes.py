"""The shapes that volunteers draw, and the parameters that each is told by, in order."""

from __future__ import annotations

SHAPES = {
    "circle": ("x", "y", "r"),
    "column": ("x", "width"),
    "ellipse": ("x", "y", "rx", "ry", "angle"),
    "fullWidthLine": ("y",),
    "fullHeightLine": ("x",),
    "line": ("x1", "y1", "x2", "y2"),
    "point": ("x", "y"),
    "rectangle": ("x", "y", "width", "height"),
    "rotateRectangle": ("x", "y", "width", "height", "angle"),
    "triangle": ("x", "y", "r", "angle"),
    "fan": ("x", "y", "radius", "spread", "rotation"),
    "temporalRotateRectangle": ("x_center", "y_center", "width", "height", "angle", "displayTime"),
    "temporalPoint": ("x", "y", "displayTime"),
}
