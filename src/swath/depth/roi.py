"""The floor of the arena: a plane fitted by RANSAC, the regions near it, and the region that is the ROI."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from swath.depth.background import Picture, Plane, center_of_arena
from swath.depth.clean import structuring_element
from swath.depth.settings import Settings
from swath.errors import InputError
from swath.kernels.plane import best_plane

Mask = npt.NDArray[np.bool]

_ROUNDS = 1000
_LEAST_SHARE = 0.1
_HALF_RANGE = 50


@dataclass(frozen=True)
class Candidates:
    """Regions near the fitted plane, the best first.

    ``plane`` is a, b, c, d of ax + by + cz + d = 0; ``distance``, float64 (rows, columns), each pixel's from it in mm;
    ``labels``, int32 (rows, columns), 0 outside regions; ``ranks``, (3, regions), by area, extent and distance to the
    centre, by label; ``order`` the labels less 1, the best first.
    """

    plane: Plane
    distance: Picture
    labels: npt.NDArray[np.int32]
    ranks: npt.NDArray[np.int64]
    order: npt.NDArray[np.int64]


def auto_depth_range(background: Picture) -> tuple[int, int]:
    """Give the depths, mm, that lie 50 mm about the depth at the middle of what is not empty. Raises InputError."""
    x, y = center_of_arena(background, int(np.median(background) / 2))
    return int(background[y, x] - _HALF_RANGE), int(background[y, x] + _HALF_RANGE)


def fit_plane(
    background: Picture,
    depth_range: tuple[float, float],
    *,
    tolerance: float = 30,
    mask: Mask | None = None,
    seed: int = 0,
) -> Plane:
    """Fit a plane to the pixels with depths strictly within a range, and in the mask, by RANSAC.

    1000 times, three random pixels make a plane; one is better if more pixels are near it, and its mean distance is
    smaller. The random stream is that of ``np.random.RandomState(seed).choice``. Raises InputError for too few pixels.
    """
    low, high = depth_range
    use = (background > low) & (background < high)
    use = use if mask is None else use & mask
    y, x = np.nonzero(use)
    if len(x) <= 10:
        raise InputError(
            f"{len(x)} pixels have depths within {low:g} to {high:g} mm: no floor",
            "check bg_roi_depth_range, or leave manual_set_depth_range away",
        )
    points = np.stack([x, y, background[use]]).astype(np.float64)
    random = np.random.RandomState(seed)  # the stream that the peer draws from
    samples = np.array([random.choice(points.shape[1], 3) for _ in range(_ROUNDS)])
    planes = planes_through(points.T[samples])
    best = best_plane(points, planes, tolerance, _LEAST_SHARE)
    if best < 0:
        raise InputError("no plane fits the floor", f"raise noise_tolerance above {tolerance:g} mm")
    return np.asarray(planes[best])


def planes_through(triples: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Give a, b, c, d of the planes through triples of points, (n, 3, 3): (n, 4), NaN where three are on a line."""
    first, second, third = triples.transpose(1, 0, 2)
    normal = np.cross(second - first, third - first)
    square = np.sum(normal**2, axis=1, keepdims=True)
    normal /= np.sqrt(np.where(square < np.finfo(np.float64).eps, np.nan, square))
    return np.column_stack([normal, -np.sum(first * normal, axis=1)])


def find_candidates(
    background: Picture, settings: Settings, weights: tuple[float, float, float], depth_range: tuple[float, float]
) -> Candidates:
    """Fit the plane of the floor, and rank the regions near it by area, extent and distance to the centre."""
    level = _level(background, settings) if settings.bg_roi_gradient_filter else None
    tolerance = settings.noise_tolerance
    plane = fit_plane(background, depth_range, tolerance=tolerance, mask=level, seed=settings.seed)
    y, x = np.indices(background.shape)
    distance = np.abs(plane[0] * x + plane[1] * y + plane[2] * background + plane[3])
    if level is not None:
        distance[~level] = np.inf
    labels, count = ndimage.label(distance < tolerance, np.ones((3, 3)))
    if not count:
        raise InputError("no pixel of the background is near the floor", "check noise_tolerance and the depth range")
    ranks = _ranks(labels, count)
    scores = np.mean(ranks * np.array(weights)[:, None], axis=0).astype(np.float32)
    return Candidates(plane, distance, labels, ranks, np.argsort(scores, kind="stable"))


def _level(background: Picture, settings: Settings) -> Mask:
    """Tell where the background is not steep."""
    size, most = settings.bg_roi_gradient_kernel, settings.bg_roi_gradient_threshold
    across = np.abs(cv2.Sobel(background, cv2.CV_64F, 1, 0, ksize=size))
    down = np.abs(cv2.Sobel(background, cv2.CV_64F, 0, 1, ksize=size))
    return np.asarray((across < most) & (down < most))


def _ranks(labels: npt.NDArray[np.int32], count: int) -> npt.NDArray[np.int64]:
    """Rank regions, the best is 1 and equal ones share the last of their ranks: (3, regions)."""
    area = np.bincount(labels.ravel())[1:]
    boxes = np.array(
        [(rows.stop - rows.start) * (cols.stop - cols.start) for rows, cols in ndimage.find_objects(labels)]
    )
    y, x = np.indices(labels.shape)
    from_center = np.hypot(y - labels.shape[0] / 2, x - labels.shape[1] / 2)
    farthest = ndimage.maximum(from_center, labels, np.arange(1, count + 1))
    return np.stack([_last_ranks(-area), _last_ranks(-area / boxes), _last_ranks(np.asarray(farthest))])


def _last_ranks(values: npt.NDArray[np.float64] | npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.searchsorted(np.sort(values), values, "right")


def region_mask(candidates: Candidates, place: int, settings: Settings) -> npt.NDArray[np.float64] | Mask:
    """Make the mask of the region at a place of the order: dilated, eroded, holes filled.

    It is bool, or with holes left float64 under compat. Raises InputError where there is no such region.
    """
    if place >= len(candidates.order):
        raise InputError(
            f"there is no ROI number {place}: {len(candidates.order)} regions were found", "check bg_roi_index"
        )
    region = (candidates.labels == candidates.order[place] + 1).astype(np.float64)
    dilate = structuring_element(settings.bg_roi_shape, settings.bg_roi_dilate)
    erode = structuring_element(settings.bg_roi_shape, settings.bg_roi_erode)
    region = cv2.dilate(region, dilate, iterations=settings.dilate_iterations)
    region = cv2.erode(region, erode, iterations=settings.erode_iterations)
    if settings.bg_roi_fill_holes:
        return np.asarray(ndimage.binary_fill_holes(region))
    return np.asarray(region, np.float64) if settings.compat else region > 0


def choose_roi(candidates: Candidates, settings: Settings) -> npt.NDArray[np.float64] | Mask:
    """Give the mask of the region that the settings choose: by rank, or from top to bottom among the first ones."""
    if not settings.bg_sort_roi_by_position:
        return region_mask(candidates, settings.bg_roi_index, settings)
    places = range(min(settings.bg_sort_roi_by_position_max_rois, len(candidates.order)))
    masks = sorted((region_mask(candidates, place, settings) for place in places), key=_mean_row)
    if settings.bg_roi_index >= len(masks):
        raise InputError(f"there is no ROI number {settings.bg_roi_index} among the first {len(masks)}")
    return masks[settings.bg_roi_index]


def _mean_row(mask: npt.NDArray[np.float64] | Mask) -> float:
    return float(np.nonzero(mask)[0].mean())
