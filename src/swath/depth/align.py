"""Frames aligned: crops around the mouse, turned, flipped where it faces the wrong way, with their scalars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.depth.arrays import Rows
from swath.depth.blocks import Found, Frames, with_neighbours
from swath.depth.crop import peer_windows, turned_crops, windows_around
from swath.depth.features import Features, Floats
from swath.depth.flags import Flags
from swath.depth.flips import Classifier, classify, smoothed
from swath.depth.scalars import Place, scalars_of
from swath.depth.settings import Settings
from swath.depth.tracking import Gaussians, clipped, likelihoods
from swath.errors import InputError


@dataclass(frozen=True)
class Aligned(Rows):
    """Frames that are aligned.

    ``heights`` are of the ROI's box; ``crops``, ``cleaned`` and ``masks`` (n, rows, columns) of the crop; masks are
    bool, or the log-likelihoods of the tracking model, float64. ``features`` are in pixels of the box.
    """

    heights: Frames
    crops: Frames
    cleaned: Frames
    masks: npt.NDArray[Any]
    features: Features
    flags: Flags
    flips: npt.NDArray[np.bool] | None = None


@dataclass(frozen=True)
class _Classified(Rows):
    aligned: Aligned
    probabilities: Floats


def align(block: Found, settings: Settings) -> Aligned:
    """Cut the crops of a block, and turn them."""
    features, size = block.features, settings.crop_size
    if settings.compat:
        windows = peer_windows(features.centroid, size, (block.heights.shape[1], block.heights.shape[2]))
    else:
        windows = windows_around(features.centroid, size)
    turned = partial(turned_crops, windows=windows, orientation=features.orientation, size=size)
    crops = turned(block.heights)
    if block.model is None:
        masks: npt.NDArray[Any] = turned(block.masks).view(np.bool)
    else:
        masks = _likelihood_masks(crops, block.model, features.orientation, settings)
    return Aligned(block.start, block.heights, crops, turned(block.cleaned), masks, features, block.flags)


def _likelihood_masks(crops: Frames, model: Gaussians, orientation: Floats, settings: Settings) -> Floats:
    """Give the log-likelihoods of crops under the model moved to their middle, and turned as they are.

    Under compat it is not turned.
    """
    rows, columns = settings.crop_size
    mean = model.mean.copy()
    mean[:, :2] = columns // 2, rows // 2
    cov = model.cov if settings.compat else _turned(model.cov, np.nan_to_num(orientation))
    return clipped(likelihoods(crops, mean, cov), crops, settings.min_height, settings.tracking_model_ll_clip)


def _turned(cov: Floats, angle: Floats) -> Floats:
    """Turn covariances, (n, 3, 3), in x and y as crops are turned."""
    turn = np.zeros_like(cov)
    turn[:, 0, 0], turn[:, 0, 1] = np.cos(angle), -np.sin(angle)
    turn[:, 1, 0], turn[:, 1, 1] = np.sin(angle), np.cos(angle)
    turn[:, 2, 2] = 1
    return np.asarray(turn @ cov @ turn.transpose(0, 2, 1))


def flipped(blocks: Iterable[Aligned], settings: Settings, classifier: Classifier | None) -> Iterator[Aligned]:
    """Turn the crops by half a turn where the classifier, smoothed over frames, says so."""
    if classifier is None:
        yield from blocks
        return
    size = settings.flip_classifier_smoothing
    reach = size // 2
    for block, own in with_neighbours((_classified(block, classifier, settings) for block in blocks), reach):
        before, after = max(reach - own.start, 0), max(reach - (len(block) - own.stop), 0)
        around = block.probabilities[max(own.start - reach, 0) : own.stop + reach]
        found = smoothed(np.pad(around, ((before, after), (0, 0))), size).argmax(axis=1) == classifier.flipped
        yield _turn_back(block.aligned[own], found)


def _classified(block: Aligned, classifier: Classifier, settings: Settings) -> _Classified:
    try:
        return _Classified(block.start, block, classify(classifier, block.cleaned))
    except InputError:
        if not settings.compat:
            raise
    # the peer says that no frame will be flipped, and flips all
    certain = np.zeros((len(block), 2))
    certain[:, classifier.flipped] = 1
    return _Classified(block.start, block, certain)


def _turn_back(block: Aligned, flips: npt.NDArray[np.bool]) -> Aligned:
    which = flips[:, None, None]
    turned = {
        name: np.where(which, getattr(block, name)[:, ::-1, ::-1], getattr(block, name))
        for name in ("crops", "cleaned", "masks")
    }
    orientation = block.features.orientation + np.where(flips, np.pi, 0)
    return replace(block, **turned, features=replace(block.features, orientation=orientation), flips=flips)


@dataclass(frozen=True)
class Results(Rows):
    """What is kept of consecutive frames; ``start`` is the recording's number of the first.

    ``heights`` (n, rows, columns) of the ROI's box, mm, as measured; ``crops`` those around the mouse, aligned;
    ``masks`` bool, or float32 log-likelihoods; ``scalars`` (n, 17) float32 in the order of ``h5_descriptions.SCALARS``;
    ``flips`` bool, or None without a classifier; ``flags`` bits.
    """

    heights: Frames
    crops: Frames
    masks: npt.NDArray[Any]
    scalars: npt.NDArray[np.float32]
    flags: Flags
    flips: npt.NDArray[np.bool] | None = None


def measured(blocks: Iterable[Aligned], settings: Settings, true_depth: float) -> Iterator[Results]:
    """Add the scalars; velocities go on across blocks."""
    limits = (settings.min_height, settings.max_height)
    before: Place | None = None
    for block in blocks:
        seen = block.crops if settings.compute_raw_scalars else block.cleaned
        scalars, before = scalars_of(seen, block.features, heights=limits, true_depth=true_depth, before=before)
        columns = np.stack([values.astype(np.float32) for values in scalars.values()], axis=1)
        masks = block.masks if block.masks.dtype == np.bool else block.masks.astype(np.float32)
        crops = block.crops.astype(settings.frame_dtype, copy=False)
        yield Results(block.start, block.heights, crops, masks, columns, block.flags, block.flips)
