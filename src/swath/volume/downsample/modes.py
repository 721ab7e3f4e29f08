"""What a block of voxels becomes in the next mag."""

from __future__ import annotations

from enum import Enum

from swath.volume.errors import VolumeError


class NoSuchModeError(VolumeError, KeyError):
    """An interpolation mode that there is not."""


class InterpolationModes(Enum):
    """How voxels of a mag become one of the next.

    ``MEAN`` is an addition to what ``webknossos`` has; its ``BICUBIC`` is a quadratic spline.
    """

    MEDIAN = 0
    MODE = 1
    NEAREST = 2
    BILINEAR = 3
    BICUBIC = 4
    MAX = 5
    MIN = 6
    MEAN = 7

    @property
    def is_zoom(self) -> bool:
        """Whether voxels are placed corner on corner over a tile, instead of block by block."""
        return self in (InterpolationModes.NEAREST, InterpolationModes.BILINEAR, InterpolationModes.BICUBIC)


def parse_mode(mode: str | InterpolationModes, category: str) -> InterpolationModes:
    """Read a mode's name; ``default`` is mode for segmentations, else median. Raises NoSuchModeError, a KeyError."""
    if isinstance(mode, InterpolationModes):
        return mode
    if mode.lower() == "default":
        return InterpolationModes.MODE if category == "segmentation" else InterpolationModes.MEDIAN
    try:
        return InterpolationModes[mode.upper()]
    except KeyError:
        known = ", ".join(each.name.lower() for each in InterpolationModes)
        raise NoSuchModeError(f"there is no interpolation mode {mode!r}", f"default, or one of {known}") from None
