"""A background for arenas with slanted walls: an ellipse that rises towards its rim."""

from __future__ import annotations

import cv2
import numpy as np

from swath.depth.background import Picture, center_of_arena
from swath.depth.clean import structuring_element
from swath.depth.settings import Settings

_HALF_AXIS = 67
_TURN = np.pi / 24
_MIDDLE, _FLOOR = 0.98, 0.81
_HALF_BLUR = 3
_SIGMA = 7


def graduated_background(background: Picture, true_depth: float, settings: Settings) -> Picture:
    """Give the background with graduated walls, float64 (rows, columns), mm, as moseq2-extract makes it.

    An ellipse around the arena's middle has the floor's depth inside, and falls towards 0 outside; the deepest pixels
    of the background stay; a Gaussian of 7 pixels smooths all. The dilated background only gives the threshold that
    tells the arena.
    """
    element = structuring_element(settings.bg_roi_shape, settings.bg_roi_dilate)
    dilated = cv2.dilate(background, element, iterations=settings.dilate_iterations)
    threshold = np.median(dilated) if settings.bg_threshold is None else settings.bg_threshold
    x, y = center_of_arena(background, float(threshold))
    half = (x + settings.widen_radius + _HALF_AXIS, y + settings.widen_radius + _HALF_AXIS)
    center = (x + settings.x_bg_offset, y + settings.y_bg_offset)
    levels = (elliptical_gradient(background.shape, center, half) * 255).astype(np.uint16)
    graduated = (levels / levels.max() * true_depth).astype(np.uint16)
    kept = np.where(background == background.max(), background, graduated)
    return smoothed_background(kept)


def elliptical_gradient(shape: tuple[int, ...], center: tuple[float, float], half_axes: tuple[float, float]) -> Picture:
    """Give an ellipse that is 0.81 inside and falls to 0: float64 of the shape, rows and columns.

    It is 0.98 less the square of the distance from its center, x and y, in units of its half axes.
    """
    y, x = np.indices(shape, np.float64)
    x, y = x - center[0], y - center[1]
    along = (x * np.cos(_TURN) + y * np.sin(_TURN)) ** 2 / half_axes[0] ** 2
    across = (x * np.sin(_TURN) - y * np.cos(_TURN)) ** 2 / half_axes[1] ** 2
    return np.asarray(np.clip(_MIDDLE - (along + across), 0, _FLOOR))


def smoothed_background(picture: Picture) -> Picture:
    """Smooth a picture, float64 (rows, columns), by a Gaussian of 7 x 7 pixels and a standard deviation of 7 pixels.

    Sums are taken in the order of OpenCV 4.1, to the last bit: heights are cut to whole mm, and a floor that is a whole
    number must stay one.
    """
    distance = np.arange(-_HALF_BLUR, _HALF_BLUR + 1, dtype=np.float64)
    weights = np.exp(-0.5 / _SIGMA**2 * distance**2)
    weights /= sum(weights.tolist())
    padded = np.pad(picture, _HALF_BLUR, mode="reflect")
    rows, columns = picture.shape
    across = weights[0] * padded[:, :columns]
    for i in range(1, len(weights)):
        across += weights[i] * padded[:, i : i + columns]
    down = weights[_HALF_BLUR] * across[_HALF_BLUR : _HALF_BLUR + rows]
    for i in range(1, _HALF_BLUR + 1):
        above, below = across[_HALF_BLUR - i :][:rows], across[_HALF_BLUR + i :][:rows]
        down += weights[_HALF_BLUR + i] * (above + below)
    return np.asarray(down)
