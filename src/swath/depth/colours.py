"""The colours of heights: the jet map of Matplotlib, from the lowest height that counts to the highest."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

_RED = ((0, 0.35, 0.66, 0.89, 1), (0, 0, 1, 1, 0.5))
_GREEN = ((0, 0.125, 0.375, 0.64, 0.91, 1), (0, 0, 1, 1, 0, 0))
_BLUE = ((0, 0.11, 0.34, 0.65, 1), (0.5, 1, 1, 0, 0))
_STEPS = 256

_YUV = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]]) / 255
_BLACK = np.array([16, 128, 128])
"""From RGB to YUV of limited range. Source: ITU-R BT.601."""


def jet() -> npt.NDArray[np.float64]:
    """The 256 colours of the map: steps x red, green, blue, from 0 to 1."""
    steps = np.linspace(0, 1, _STEPS)
    return np.stack([np.interp(steps, *channel) for channel in (_RED, _GREEN, _BLUE)], axis=1)


@lru_cache(maxsize=8)
def height_colours(low: int, high: int) -> Bytes:
    """RGB of every height in mm from 0 on: ``low`` and less is the first colour of the map, ``high`` the last.

    The last entry holds for all that are larger.
    """
    heights = np.arange(max(256, high + 1), dtype=np.float32)
    share = np.clip((heights - np.float32(low)) / np.float32(high - low), 0, 1)
    steps = np.minimum((share * _STEPS).astype(np.int64), _STEPS - 1)
    return np.asarray(jet()[steps] * 255, np.uint8)


def in_yuv(colours: Bytes) -> Bytes:
    """Give RGB colours, values x 3, as Y, U and V."""
    return np.asarray(np.rint(colours @ _YUV.T + _BLACK), np.uint8)
