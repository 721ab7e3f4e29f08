"""The mouse as a Gaussian over x, y and height, followed from frame to frame by expectation maximisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from swath.depth.arrays import Arrays
from swath.depth.clean import structuring_element
from swath.depth.settings import Settings
from swath.kernels.gaussian import fit_gaussian, log_likelihoods

Floats = npt.NDArray[np.float64]
Frames = npt.NDArray[Any]
Mask = npt.NDArray[np.bool]
Fit = tuple[Floats, Floats]

_RIDGE, _TOLERANCE, _ROUNDS = 30.0, 0.25, 15
_FIRST_VARIANCE = 20.0
_FIRST_FRAMES = 10
PEER_LL_THRESHOLD, PEER_MASK_THRESHOLD = -100.0, -20.0
"""The thresholds that moseq2-extract's defaults leave in force, whatever its settings say."""


@dataclass(frozen=True)
class Gaussians(Arrays):
    """Models of consecutive frames: mean (n, 3), of x, y and height, and cov (n, 3, 3).

    ``likelihood``, (n,), is the mean log-likelihood of a frame's pixels. ``lost``, bool (n,), tells the frames where
    the fit failed, which have the model of the frame before.
    """

    mean: Floats
    cov: Floats
    likelihood: Floats
    lost: Mask


@dataclass
class Tracker:
    """Follows the mouse frame after frame, each a Gaussian: ``model`` is mean and cov of the last frame.

    It can go back by up to ``overlap`` frames.
    """

    low: float
    high: float
    segment: bool = True
    ll_threshold: float = PEER_LL_THRESHOLD
    init: str = "raw"
    overlap: int = 0
    model: Fit | None = None
    _recent: Gaussians | None = None

    @classmethod
    def of(cls, settings: Settings) -> Tracker:
        """Take the settings; with compat the threshold is the peer's."""
        threshold = PEER_LL_THRESHOLD if settings.compat else settings.tracking_model_ll_threshold
        segment, init = settings.tracking_model_segment, settings.tracking_model_init
        return cls(settings.min_height, settings.max_height, segment, threshold, init, settings.chunk_overlap)

    def track(self, cleaned: Frames, raw: Frames) -> tuple[Gaussians, Floats]:
        """Follow the mouse through the next frames of heights, (n, rows, columns), cleaned and as they were.

        Gives their models, and the log-likelihoods of the cleaned frames' pixels, float64 of the same shape.
        """
        model = start_model(cleaned, self.init, self.low, self.high) if self.model is None else self.model
        means, covs, lost = np.empty((len(cleaned), 3)), np.empty((len(cleaned), 3, 3)), np.zeros(len(cleaned), bool)
        for i, (clean, before) in enumerate(zip(cleaned, raw, strict=True)):
            fitted = self._fit(model, clean, clean, before) or self._fit(model, before, clean, before)
            lost[i] = fitted is None
            model = means[i], covs[i] = fitted or model
        likelihood = likelihoods(cleaned, means, covs)
        made = Gaussians(means, covs, likelihood.mean(axis=(1, 2)), lost)
        known = made if self._recent is None else self._recent.followed_by(made)
        self.model, self._recent = model, known[max(len(known) - self.overlap - 1, 0) :]
        return made, likelihood

    def go_back(self) -> None:
        """Go on from the frame that lies ``overlap`` before the last."""
        if self._recent is not None:
            self.model, self._recent = (self._recent.mean[0], self._recent.cov[0]), None

    def _fit(self, model: Fit, pixels: Frames, cleaned: Frames, raw: Frames) -> Fit | None:
        """Fit a model to the pixels of one frame, beginning with that of the frame before; None where it fails."""
        mask = self._likely(model, pixels, cleaned, raw) & (pixels > self.low) & (pixels < self.high)
        points = _points(pixels, mask)
        if not len(points):
            return None
        fitted, mean, cov = fit_gaussian(points, *model, _RIDGE, _TOLERANCE, _ROUNDS)
        return (mean, cov) if fitted else None

    def _likely(self, model: Fit, pixels: Frames, cleaned: Frames, raw: Frames) -> Mask:
        """Tell the pixels that the model of the frame before explains; where there are none, those of any mouse."""
        likelihood = np.empty(pixels.shape)
        log_likelihoods(pixels, *model, likelihood)
        likely = likelihood > self.ll_threshold
        if not self.segment:
            return likely
        filled = filled_largest(likely)
        if filled is not None:
            return filled
        found = (mouse_mask(frame, self.low, self.high) for frame in (cleaned, raw))
        return next((mask for mask in found if mask.any()), np.ones_like(likely))


def start_model(frames: Frames, init: str, low: float, high: float) -> Fit:
    """Give mean and covariance of the first frame's mouse.

    It lies where the first frame (``raw``), or the minimum or the median of the first ten (``min``, ``med``), has one;
    where these have none the first frame tells, and where it has none either all pixels count.
    """
    first = frames[:_FIRST_FRAMES]
    use = {"raw": first[0], "min": first.min(axis=0), "med": np.median(first, axis=0)}[init]
    found = (mouse_mask(frame, low, high) for frame in (use, first[0]))
    points = _points(first[0], next((mask for mask in found if mask.any()), np.ones(first[0].shape, bool)))
    cov = np.cov(points.T) if len(points) > 1 else np.full((3, 3), np.nan)
    definite = np.isfinite(cov).all() and np.linalg.eigvalsh(cov)[0] > 0
    return points.mean(axis=0), cov if definite else _FIRST_VARIANCE * np.eye(3)


def mouse_mask(heights: Frames, low: float, high: float) -> Mask:
    """Tell the mouse, without a model: what lies strictly between two heights, opened, its largest contour filled."""
    between = ((heights > low) & (heights < high)).astype(np.uint8)
    opened = cv2.morphologyEx(between, cv2.MORPH_OPEN, structuring_element("ellipse", (9, 9))).astype(bool)
    filled = filled_largest(opened)
    return opened if filled is None else filled


def filled_largest(mask: Mask) -> Mask | None:
    """Fill the contour that encloses the largest area of a mask; None where there is no contour."""
    contours, _ = cv2.findContours(mask.view(np.uint8), cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return None
    largest = int(np.argmax([cv2.contourArea(contour) for contour in contours]))
    filled = np.zeros(mask.shape, np.uint8)
    cv2.drawContours(filled, contours, largest, 1, cv2.FILLED)
    return filled.view(bool)


def _points(frame: Frames, mask: Mask) -> Floats:
    y, x = np.nonzero(mask)
    return np.stack([x, y, frame[mask]], axis=1).astype(np.float64)


def likelihoods(frames: Frames, mean: Floats, cov: Floats) -> Floats:
    """Give the log-likelihood of each pixel of frames, (n, rows, columns), under Gaussians of their own: float64."""
    out = np.empty(frames.shape)
    for frame, center, spread, target in zip(frames, mean, cov, out, strict=True):
        log_likelihoods(frame, center, spread, target)
    return out


def clipped(likelihood: Floats, crops: Frames, min_height: float, clip: float) -> Floats:
    """Raise log-likelihoods, (n, rows, columns), to ``clip``, and put it where the crops are below ``min_height``."""
    return np.where(crops < min_height, clip, np.maximum(likelihood, clip))
