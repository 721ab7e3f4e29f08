"""What each frame gives by itself: heights above the floor within the ROI, cleaned, and the mouse in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from swath.depth.arena import Arena
from swath.depth.blocks import Cleaned, Found, Frames
from swath.depth.clean import Cleaner
from swath.depth.features import features_of
from swath.depth.flags import AT_WALL, NO_DEPTH, NO_MOUSE, TWO_MICE
from swath.depth.raw_frames import UInt16s
from swath.depth.settings import Settings
from swath.kernels.contours import above, keep_largest, touching
from swath.kernels.depth import depth_seen, heights, walled_heights, wrapped_heights

_SECOND_MOUSE = 0.5

Masks = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Preparation:
    """How frames are prepared; it holds the arena's arrays within the ROI's box."""

    measure: Callable[[UInt16s], Frames]
    cleaner: Cleaner
    arena: Arena
    min_height: int
    frame_dtype: str
    keeps_largest: bool
    rim: npt.NDArray[np.int64]

    @classmethod
    def of(cls, arena: Arena, settings: Settings) -> Preparation:
        """Take the arena and the settings; with compat, all components count."""
        region = np.pad(arena.box.of(arena.roi) > 0, 1)
        inner = cv2.erode(region.astype(np.uint8), np.ones((3, 3), np.uint8))
        rim = np.flatnonzero(region[1:-1, 1:-1] & (inner[1:-1, 1:-1] == 0))
        return cls(
            _measure(arena, settings),
            Cleaner.of(settings),
            arena,
            settings.min_height,
            settings.frame_dtype,
            settings.use_cc and not settings.compat,
            rim,
        )

    def heights(self, start: int, frames: UInt16s) -> Cleaned:
        """Give the heights of frames of depth, (n, rows, columns) of the whole picture, cleaned frame by frame."""
        measured = self.measure(frames)
        cleaned = self.cleaner.clean(measured.astype(self.frame_dtype, copy=False))
        seen = np.empty(len(frames), np.bool)
        depth_seen(frames, self.arena.box.corner, self.arena.box.shape, seen)
        flags = np.where(seen, 0, NO_DEPTH).astype(np.uint8)
        return Cleaned(start, measured, cleaned, flags)

    def find_mouse(self, block: Cleaned, likely: npt.NDArray[np.bool] | None = None) -> Found:
        """Add masks and features of the mouse: what is higher than the lowest height, and ``likely`` if it is given."""
        masks = np.empty(block.cleaned.shape, np.uint8)
        above(block.cleaned, self.min_height, masks)
        if likely is not None:
            masks &= likely
        areas = np.empty((len(masks), 2), np.int64)
        largest = masks if self.keeps_largest else masks.copy()
        keep_largest(largest, areas)
        at_wall = np.empty(len(masks), np.bool)
        touching(largest, self.rim, at_wall)
        features = features_of(masks)
        two = (areas[:, 1] > 0) & (areas[:, 1] >= _SECOND_MOUSE * areas[:, 0])
        bits = NO_MOUSE * np.isnan(features.orientation) | AT_WALL * at_wall | TWO_MICE * two
        flags = block.flags | bits.astype(np.uint8)
        return Found(block.start, block.heights, block.cleaned, flags, masks, features)


def _measure(arena: Arena, settings: Settings) -> Callable[[UInt16s], Frames]:
    """Choose how heights are measured within the box: in whole numbers, over graduated walls, or as the peer does."""
    low, high, dtype, box = settings.min_height, settings.max_height, settings.frame_dtype, arena.box
    roi, floor = box.of(arena.roi), box.of(arena.floor)

    def whole_heights(frames: UInt16s) -> Frames:
        out = np.empty((len(frames), *box.shape), dtype)
        heights(frames, box.corner, whole, max(low, 1), high, out)
        return out

    def peer_heights(frames: UInt16s) -> Frames:
        cut = box.of(frames)
        out = np.empty(cut.shape, dtype)
        if arena.walls_graduated:
            walled_heights(cut, floor, arena.true_depth, low, high, out)
        else:
            wrapped_heights(cut, floor, low, high, out)
        return np.asarray(out * roi)  # a ROI of float64 makes float64 of the heights

    whole = np.where(roi > 0, np.clip(np.floor(floor), 0, 65535), 0).astype(np.uint16)
    return peer_heights if settings.compat or arena.walls_graduated else whole_heights
