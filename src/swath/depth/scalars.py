"""The 17 numbers of a frame: where the mouse is, how large and high it is, how fast it moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.depth.features import Features, Floats
from swath.kernels.depth import mouse_pixels

_WIDTH, _HEIGHT = 512, 424
_FIELD_OF_VIEW = (70.6, 60.0)


def to_mm(points: Floats, true_depth: float) -> Floats:
    """Turn pixels, (n, 2), x and y, into mm at a depth in mm.

    As moseq2-extract for every camera: of a Kinect's 512 by 424 pixels, its fields of view (70.6° and 60°) as angles.
    """
    x = true_depth * (points[:, 0] - _WIDTH // 2) / (_WIDTH / (2 * np.deg2rad(_FIELD_OF_VIEW[0] / 2)))
    y = true_depth * (points[:, 1] - _HEIGHT // 2) / (_HEIGHT / (2 * np.deg2rad(_FIELD_OF_VIEW[1] / 2)))
    return np.stack([x, y], axis=1)


@dataclass(frozen=True)
class Place:
    """What the velocity of the next frame needs of a frame: centroid in pixels and in mm, and height."""

    pixels: Floats
    mm: Floats
    height: npt.NDArray[np.float32]


def scalars_of(
    crops: npt.NDArray[Any],
    features: Features,
    *,
    heights: tuple[int, int],
    true_depth: float,
    before: Place | None = None,
) -> tuple[dict[str, npt.NDArray[Any]], Place]:
    """Give the scalars of consecutive frames by name, each (n,), and the place of the last frame.

    ``crops`` are heights, (n, rows, columns); those strictly between the two ``heights`` count as mouse. ``before`` is
    the place of the frame before the first, whose velocity is else 0.
    """
    area, height = mouse_sizes(crops, *heights)
    pixels, mm = features.centroid, to_mm(features.centroid, true_depth)
    step = np.abs(to_mm(pixels + 1, true_depth) - mm)
    width, length = features.axis_length.min(axis=1), features.axis_length.max(axis=1)
    flat_px, flat_mm = (
        _steps(pixels, None if before is None else before.pixels),
        _steps(mm, None if before is None else before.mm),
    )
    rise = _steps(height[:, None], None if before is None else before.height)[:, 0]
    scalars: dict[str, npt.NDArray[Any]] = {
        "centroid_x_px": pixels[:, 0],
        "centroid_y_px": pixels[:, 1],
        "velocity_2d_px": np.hypot(flat_px[:, 0], flat_px[:, 1]),
        "velocity_3d_px": np.sqrt(flat_px[:, 0] ** 2 + flat_px[:, 1] ** 2 + rise**2),
        "width_px": width,
        "length_px": length,
        "area_px": area,
        "centroid_x_mm": mm[:, 0],
        "centroid_y_mm": mm[:, 1],
        "velocity_2d_mm": np.hypot(flat_mm[:, 0], flat_mm[:, 1]),
        "velocity_3d_mm": np.sqrt(flat_mm[:, 0] ** 2 + flat_mm[:, 1] ** 2 + rise**2),
        "width_mm": width * step[:, 1],
        "length_mm": length * step[:, 0],
        "area_mm": area * step.mean(axis=1),
        "height_ave_mm": height,
        "angle": features.orientation,
        "velocity_theta": np.arctan2(flat_mm[:, 1], flat_mm[:, 0]),
    }
    return scalars, Place(pixels[-1:].copy(), mm[-1:].copy(), height[-1:, None].copy())


def mouse_sizes(crops: npt.NDArray[Any], low: int, high: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Count the pixels strictly between two heights in each crop, and give the mean of their heights; 0 without any."""
    count = np.empty(len(crops), np.int64)
    total = np.empty(len(crops), np.float64)
    mouse_pixels(crops, low, high, count, total)
    with np.errstate(invalid="ignore"):
        mean = np.where(count > 0, total / count, 0)
    return count, mean.astype(np.float32)


def _steps(values: npt.NDArray[Any], before: npt.NDArray[Any] | None) -> npt.NDArray[Any]:
    """Give the difference of each row to the one before; the first one's is 0 where nothing was before."""
    if before is not None:
        return np.diff(values, axis=0, prepend=before)
    return np.concatenate([np.zeros_like(values[:1]), np.diff(values, axis=0)])
