"""The steps that look at frames in order: medians over time, the tracking model, angles, outliers.

Each takes blocks and gives blocks. What it knows of earlier frames it carries from block to block, so that nothing
depends on where the blocks are cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from swath.depth.arrays import Rows
from swath.depth.blocks import Cleaned, Found, with_neighbours
from swath.depth.clean import temporal_median
from swath.depth.features import Features, Floats
from swath.depth.flags import LOST, Flags
from swath.depth.prepare import Preparation
from swath.depth.settings import Settings
from swath.depth.tracking import PEER_MASK_THRESHOLD, Gaussians, Tracker
from swath.depth.tracks import Unwrapper, hampel, peer_hampel


def smoothed_in_time(blocks: Iterable[Cleaned], sizes: tuple[int, ...], *, compat: bool) -> Iterator[Cleaned]:
    """Put medians over time into the cleaned frames, one window after another; before and after all frames lies 0.

    Under compat they become float64, as the peer's do.
    """
    for size in sizes:
        blocks = _median_in_time(blocks, size)
    for block in blocks:
        yield replace(block, cleaned=block.cleaned.astype(np.float64)) if compat and sizes else block


def _median_in_time(blocks: Iterable[Cleaned], size: int) -> Iterator[Cleaned]:
    reach = size // 2
    for block, own in with_neighbours(blocks, reach):
        before, after = max(reach - own.start, 0), max(reach - (len(block) - own.stop), 0)
        around = block.cleaned[max(own.start - reach, 0) : own.stop + reach]
        padded = np.pad(around, ((before, after), (0, 0), (0, 0)))
        yield replace(block[own], cleaned=temporal_median(padded, size))


def mouse_found(
    blocks: Iterable[Cleaned | Found], preparation: Preparation, settings: Settings, tracker: Tracker | None
) -> Iterator[Found]:
    """Add masks and features, of the tracking model if there is one, to the blocks that have none yet."""
    threshold = PEER_MASK_THRESHOLD if settings.compat else settings.tracking_model_mask_threshold
    for block in blocks:
        if isinstance(block, Found):
            yield block
        elif tracker is None:
            yield preparation.find_mouse(block)
        else:
            model, likelihood = tracker.track(block.cleaned, block.heights)
            found = preparation.find_mouse(block, likelihood > threshold)
            yield replace(found, flags=found.flags | (LOST * model.lost).astype(np.uint8), model=model)


def without_jumps(blocks: Iterable[Found]) -> Iterator[Found]:
    """Unwrap the angles, across blocks."""
    unwrapper = Unwrapper()
    for block in blocks:
        orientation = unwrapper.unwrap(block.features.orientation)
        yield replace(block, features=replace(block.features, orientation=orientation))


def without_outliers(blocks: Iterable[Found], settings: Settings) -> Iterator[Found]:
    """Replace outliers of the centroid and of the angle; under compat of the centroid's x alone."""
    spans = settings.centroid_hampel_span, settings.angle_hampel_span
    reach = max(spans) // 2
    if not reach:
        yield from blocks
        return
    clean: Callable[[Floats, int, float], Floats] = peer_hampel if settings.compat else hampel
    for block, own in with_neighbours(blocks, reach):
        centroid, orientation = block.features.centroid.copy(), block.features.orientation
        if spans[0]:
            for axis in (0,) if settings.compat else (0, 1):
                centroid[:, axis] = clean(centroid[:, axis], spans[0], settings.centroid_hampel_sig)
        if spans[1]:
            orientation = clean(orientation, spans[1], settings.angle_hampel_sig)
        yield replace(block, features=replace(block.features, centroid=centroid, orientation=orientation))[own]


@dataclass(frozen=True)
class Track(Rows):
    """What the tracking model knows of consecutive frames but their pictures."""

    flags: Flags
    features: Features
    model: Gaussians


def track_of(blocks: Iterable[Found]) -> Track:
    """Put together what the tracking model knows of all frames."""
    parts = [
        Track(block.start, block.flags, block.features, block.model) for block in blocks if block.model is not None
    ]
    return reduce(Track.followed_by, parts)
