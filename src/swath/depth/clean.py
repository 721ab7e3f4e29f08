"""Cleaning of heights: cables eroded, specks taken by medians, tails by an opening; along time a median again.

OpenCV does the medians and openings of a frame: its vector code is faster than a compiled loop. Openings are confined
to the box of what is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from swath.depth.settings import Settings

Heights = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
Element = npt.NDArray[np.uint8]


def structuring_element(shape: str, size: tuple[int, int]) -> Element:
    """Make OpenCV's structuring element, uint8; a shape that begins with r is a rectangle, any other an ellipse."""
    kind = cv2.MORPH_RECT if shape.lower().startswith("r") else cv2.MORPH_ELLIPSE
    return np.asarray(cv2.getStructuringElement(kind, tuple(size)), np.uint8)


@dataclass(frozen=True)
class Cleaner:
    """How a frame is cleaned, and how many frames before and after it are looked at."""

    cable: Element
    cable_iterations: int = 0
    medians: tuple[int, ...] = (3,)
    tail: Element = field(default_factory=lambda: structuring_element("ellipse", (9, 9)))
    tail_iterations: int = 1
    temporal: tuple[int, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Cleaner:
        """Take the settings; with compat, iterations above 1 count as 1, cables are left, and sizes made odd."""
        compat = settings.compat
        return cls(
            structuring_element(settings.cable_filter_shape, settings.cable_filter_size),
            0 if compat else settings.cable_filter_iters,
            window_sizes(settings.spatial_filter_size),
            structuring_element(settings.tail_filter_shape, settings.tail_filter_size),
            min(settings.tail_filter_iters, 1) if compat else settings.tail_filter_iters,
            window_sizes(settings.temporal_filter_size),
        )

    @property
    def reach(self) -> int:
        """Frames before, and as many after a frame, that its temporal medians look at."""
        return sum(size // 2 for size in self.temporal)

    def clean(self, heights: Heights) -> Heights:
        """Clean every frame of heights, (n, rows, columns), by itself; gives new frames of the same dtype."""
        out = np.empty_like(heights)
        for source, target in zip(heights, out, strict=True):
            self._clean_frame(source, target)
        return out

    def _clean_frame(self, source: npt.NDArray[Any], target: npt.NDArray[Any]) -> None:
        frame = source
        if self.cable_iterations:
            frame = cv2.erode(frame, self.cable, iterations=self.cable_iterations)
        for size in self.medians:
            frame = cv2.medianBlur(frame, size)
        if not self.tail_iterations:
            target[:] = frame
            return
        # beyond the box of what is there, and as much around as the element reaches, an opening leaves nothing
        target[:] = 0
        x, y, width, height = cv2.boundingRect(frame if frame.dtype == np.uint8 else (frame > 0).view(np.uint8))
        margin = max(self.tail.shape) * self.tail_iterations
        box = np.s_[max(y - margin, 0) : y + height + margin, max(x - margin, 0) : x + width + margin]
        if width:
            target[box] = cv2.morphologyEx(frame[box], cv2.MORPH_OPEN, self.tail, iterations=self.tail_iterations)


def window_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    """Give the sizes of median windows, none where one of them is 0; an even first one is raised by 1."""
    if not sizes or min(sizes) <= 0:
        return ()
    first = sizes[0] if sizes[0] % 2 else sizes[0] + 1
    return (first, *sizes[1:])


def temporal_median(frames: Heights, size: int) -> Heights:
    """Give the medians of ``size`` frames, odd, around each frame: (n - size + 1, rows, columns), of the same dtype."""
    windows = np.lib.stride_tricks.sliding_window_view(frames, size, axis=0)
    out = np.empty((len(windows), *frames.shape[1:]), frames.dtype)
    for target, window in zip(out, windows, strict=True):
        target[:] = np.partition(window, size // 2, axis=-1)[..., size // 2]
    return out
