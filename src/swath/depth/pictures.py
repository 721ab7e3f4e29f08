"""Pictures of the arena for people, PNG: the background, the first frame, and what was taken for the floor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.engine.files import write_atomically

Image = npt.NDArray[Any]
Bytes = npt.NDArray[np.uint8]

_OUTLINE = (60, 60, 255)
_SHADE = 0.35


def draw_depth(path: Path, depth: Image, roi: Image | None = None) -> None:
    """Draw depths in mm, (rows, columns), in colours: near is bright, what has no depth black; the ROI is outlined."""
    _save(path, _outlined(_in_colours(depth), roi))


def draw_roi(path: Path, background: Image, roi: Image) -> None:
    """Draw the ROI over the background: what lies outside is dark."""
    picture = _in_colours(background)
    outside = np.asarray(roi) == 0
    picture[outside] = (picture[outside] * _SHADE).astype(np.uint8)
    _save(path, _outlined(picture, roi))


def _in_colours(depth: Image) -> Bytes:
    """Colour depths, from the 2nd to the 98th percentile of those that are known."""
    import cv2  # noqa: PLC0415  (optional extra)

    values = np.nan_to_num(np.asarray(depth, np.float64))
    known = values > 0
    low, high = np.percentile(values[known], (2, 98)) if known.any() else (0.0, 1.0)
    nearness = np.clip((high - values) / max(high - low, 1.0), 0, 1)
    picture: Bytes = np.asarray(cv2.applyColorMap((nearness * 255).astype(np.uint8), cv2.COLORMAP_VIRIDIS), np.uint8)
    picture[~known] = 0
    return picture


def _outlined(picture: Bytes, roi: Image | None) -> Bytes:
    import cv2  # noqa: PLC0415  (optional extra)

    if roi is not None:
        outlines, _ = cv2.findContours(
            (np.asarray(roi) != 0).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
        )
        cv2.drawContours(picture, outlines, -1, _OUTLINE, 1)
    return picture


def _save(path: Path, picture: Bytes) -> None:
    import cv2  # noqa: PLC0415  (optional extra)

    _, content = cv2.imencode(".png", picture)
    write_atomically(path, content.tobytes())
