"""What stays the same through a session: the empty arena, its floor, and the region where the mouse can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.depth.background import Picture, Plane, median_background, plane_background
from swath.depth.raw_frames import UInt16s
from swath.depth.recording import Recording
from swath.depth.roi import auto_depth_range, choose_roi, find_candidates
from swath.depth.settings import Settings
from swath.depth.walls import graduated_background
from swath.errors import InputError

_KINECT_WEIGHTS = Settings.bg_roi_weights


@dataclass(frozen=True)
class Box:
    """Rows ``top`` to ``bottom`` and columns ``left`` to ``right``, ends exclusive, in pixels of the whole picture."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.bottom - self.top, self.right - self.left

    @property
    def corner(self) -> tuple[int, int]:
        """First row and column."""
        return self.top, self.left

    def of(self, picture: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Cut the box out of a picture, or of each of several: (…, rows, columns)."""
        return picture[..., self.top : self.bottom, self.left : self.right]


@dataclass(frozen=True)
class Arena:
    """The arena of a session; pictures have the size of a frame.

    ``roi`` is bool (under compat with its holes left, float64); ``background``, float64, the depth of what is empty;
    ``floor`` the same with graduated walls, if asked for; ``first_frame`` uint16; ``true_depth`` the floor's depth, mm.
    ``warnings`` say what is odd, in sentences.
    """

    roi: npt.NDArray[np.bool] | npt.NDArray[np.float64]
    background: Picture
    floor: Picture
    first_frame: UInt16s
    true_depth: float
    plane: Plane
    depth_range: tuple[float, float]
    box: Box
    warnings: tuple[str, ...] = ()

    @property
    def walls_graduated(self) -> bool:
        """Whether the floor's walls are graduated."""
        return self.floor is not self.background


def find_arena(recording: Recording, settings: Settings, background: Picture | None = None) -> Arena:
    """Find the floor of a recording's arena.

    ``background``, float64 (rows, columns), mm, is one that was made before. Unless compat, it is cut to whole mm,
    which changes no height, so that it is the same when it is read back from a picture of whole numbers. Raises
    InputError where there is no floor.
    """
    if background is None:
        background = median_background(recording)
    if background.shape != recording.shape:
        raise InputError(f"the background has {background.shape} pixels, the frames {recording.shape}", "recompute_bg")
    if not settings.compat:
        background = np.floor(background)
    within = settings.bg_roi_depth_range if settings.manual_set_depth_range else auto_depth_range(background)
    candidates = find_candidates(background, settings, roi_weights(recording, settings), within)
    roi = choose_roi(candidates, settings)
    if settings.use_plane_bground:
        background = plane_background(candidates.plane, background.shape)
    chosen = background[roi > 0]
    if not chosen.size:
        raise InputError("the ROI is empty", "check bg_roi_erode and erode_iterations")
    forced = settings.detected_true_depth
    true_depth = float(np.median(chosen)) if forced == "auto" else float(int(float(forced)))
    floor = background
    if settings.graduate_walls and settings.dilate_iterations > 1:
        floor = graduated_background(background, true_depth, settings)
    everything = "the ROI covers the whole picture: the floor is not told from what is around"
    warnings = (everything,) if (roi > 0).all() else ()
    box = bounding_box(roi > 0, whole=not settings.compat)
    first = recording.first_frame()
    return Arena(roi, background, floor, first, true_depth, candidates.plane, within, box, warnings)


def roi_weights(recording: Recording, settings: Settings) -> tuple[float, float, float]:
    """Give the weights of candidate ROIs: the camera's, unless the settings have others; with compat always."""
    if recording.camera is None or not (settings.compat or settings.bg_roi_weights == _KINECT_WEIGHTS):
        return settings.bg_roi_weights
    return recording.camera.bg_roi_weights


def bounding_box(mask: npt.NDArray[np.bool], *, whole: bool = True) -> Box:
    """Give the box of a mask; not ``whole``, it lacks the last row and column, as moseq2-extract has it."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    end = 1 if whole else 0
    return Box(int(rows[0]), int(rows[-1]) + end, int(columns[0]), int(columns[-1]) + end)
