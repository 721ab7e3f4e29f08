"""Where the mouse is, how it lies and how large it is: the ellipse with the moments of its contour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swath.depth.arrays import Arrays
from swath.kernels.contours import contour_sums

Floats = npt.NDArray[np.float64]
Masks = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Features(Arrays):
    """An ellipse a frame: centroid (n, 2), x and y; orientation (n,), radians; axis_length (n, 2), major and minor.

    Lengths are pixels; NaN where there is no mouse.
    """

    centroid: Floats
    orientation: Floats
    axis_length: Floats


def features_of(masks: Masks) -> Features:
    """Give the features of the largest contour of each mask, uint8 (n, rows, columns), 0 or 1."""
    sums = np.empty((len(masks), 6), np.int64)
    contour_sums(masks, sums, np.empty(masks.shape[1:], np.uint8))
    return features_from_sums(sums)


def features_from_sums(sums: npt.NDArray[np.int64]) -> Features:
    """Give the features of polygons from their Green sums, int64 (n, 6): a00, a10, a01, a20, a11, a02.

    Moments are OpenCV's of a contour. The ellipse: orientation -atan2(2 mu11, mu20 - mu02)/2, axes 2 √2 times the root
    of (mu20 + mu02 ± √(4 mu11² + (mu20 - mu02)²)) / m00.
    """
    scale = np.array([1 / 2, 1 / 6, 1 / 6, 1 / 12, 1 / 24, 1 / 12])
    signs = np.where(sums[:, :1] < 0, -1.0, 1.0)
    m00, m10, m01, m20, m11, m02 = (sums * scale * signs).T
    m00 = np.where(m00 == 0, np.nan, m00)
    inverse = 1 / m00
    mu20, mu11, mu02 = m20 - m10 * (m10 * inverse), m11 - m10 * (m01 * inverse), m02 - m01 * (m01 * inverse)
    common = np.sqrt(4 * mu11**2 + (mu20 - mu02) ** 2)
    axes = np.stack([mu20 + mu02 + common, mu20 + mu02 - common], axis=1) / m00[:, None]
    with np.errstate(invalid="ignore"):
        lengths = 2 * np.sqrt(2) * np.sqrt(axes)
    return Features(np.stack([m10 / m00, m01 / m00], axis=1), -0.5 * np.arctan2(2 * mu11, mu20 - mu02), lengths)
