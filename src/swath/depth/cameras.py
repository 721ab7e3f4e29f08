"""What is known of depth cameras: which one made a recording, and how its floor is told from its walls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from swath.errors import UsageError


@dataclass(frozen=True)
class Camera:
    """A depth camera: weights of candidate ROIs (area, extent, distance to the centre), and how pixels are stored."""

    name: str
    bg_roi_weights: tuple[float, float, float]
    pixel_format: str
    movie_dtype: str


CAMERAS: Mapping[str, Camera] = MappingProxyType(
    {
        "kinect": Camera("kinect", (1, 0.1, 1), "gray16le", "<u2"),
        "azure": Camera("azure", (10, 0.1, 1), "gray16be", ">u2"),
        "realsense": Camera("realsense", (10, 0.1, 1), "gray16le", "<u2"),
    }
)

_BY_ENDING = {".dat": "kinect", ".mkv": "azure"}
_BY_SIZE = {
    (512, 424): "kinect",
    (640, 480): "realsense",
    (640, 576): "azure",
    (320, 288): "azure",
    (512, 512): "azure",
    (1024, 1024): "azure",
}


def find_camera(
    camera_type: str | None, suffix: str = "", size: tuple[int, int] | None = None
) -> tuple[Camera | None, str]:
    """Give the camera of a recording, and a warning, or an empty text where there is none.

    ``camera_type`` is a camera's name, auto, or None for no camera. auto goes by ``suffix``, the file's ending with its
    dot, and for films by ``size``, width and height in pixels. Raises UsageError for a name that is no camera.
    """
    if camera_type is None:
        return None, "no camera is set: its parameters are those of the settings"
    if camera_type != "auto":
        if camera_type not in CAMERAS:
            raise UsageError(f"there is no camera {camera_type!r}", "one of auto, " + ", ".join(CAMERAS))
        return CAMERAS[camera_type], ""
    if suffix == ".avi":
        known = _BY_SIZE.get(size) if size is not None else None
        warning = "" if known else f"no camera is known for frames of {size} pixels: taken for azure"
        return CAMERAS[known or "azure"], warning
    known = _BY_ENDING.get(suffix)
    warning = "" if known else f"no camera is known for files of the kind {suffix!r}: taken for kinect"
    return CAMERAS[known or "kinect"], warning
