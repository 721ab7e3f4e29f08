"""The empty arena: what most of the frames, spread over the recording, see at each pixel."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from typing import IO

import cv2
import numpy as np
import numpy.typing as npt

from swath.depth.raw_frames import UInt16s
from swath.depth.recording import Recording
from swath.errors import InputError

Picture = npt.NDArray[np.float64]
Plane = npt.NDArray[np.float64]

STRIDE = 500
"""Every how many frames one is taken."""

_MEDIAN_SIZE = 5
_ROWS_AT_ONCE = 32


def median_background(recording: Recording, stride: int = STRIDE) -> Picture:
    """Give the median over every ``stride``-th frame, each smoothed by a 5 x 5 median: float64 (rows, columns), mm.

    The median of an even number of frames may lie half-way between two whole mm. The frames wait in a temporary file,
    so that memory does not grow with the recording.
    """
    return median_of(recording.sample(stride), recording.shape)


def median_of(frames: Iterable[UInt16s], shape: tuple[int, int]) -> Picture:
    """Give the median of frames, each smoothed before, uint16 (rows, columns)."""
    out = np.empty(shape)
    with tempfile.TemporaryFile() as file:
        count = 0
        for frame in frames:
            file.write(np.ascontiguousarray(cv2.medianBlur(frame, _MEDIAN_SIZE)).data)
            count += 1
        for top in range(0, shape[0], _ROWS_AT_ONCE):
            out[top : top + _ROWS_AT_ONCE] = np.median(_rows_of(file, count, shape, top), axis=0)
    return out


def _rows_of(file: IO[bytes], count: int, shape: tuple[int, int], top: int) -> UInt16s:
    """Read some rows of all the frames that wait, uint16 (count, rows, columns)."""
    rows, columns = shape
    found = np.empty((count, min(_ROWS_AT_ONCE, rows - top), columns), np.uint16)
    for number, target in enumerate(found):
        file.seek(2 * columns * (number * rows + top))
        target[:] = np.frombuffer(file.read(target.nbytes), np.uint16).reshape(target.shape)
    return found


def plane_background(plane: Plane, shape: tuple[int, int]) -> Picture:
    """Give the depth of a plane, a, b, c, d of ax + by + cz + d = 0, at each pixel: float64 (rows, columns), mm."""
    y, x = np.indices(shape)
    a, b, c, d = plane
    return np.asarray((a * x + b * y + d) / -c)


def center_of_arena(background: Picture, threshold: float) -> tuple[int, int]:
    """Give x and y, cut to whole pixels, of the centroid of what is deeper than a threshold.

    Raises InputError where nothing is.
    """
    y, x = np.nonzero(background > threshold)
    if not len(x):
        raise InputError(f"no pixel of the background is deeper than {threshold:g} mm", "is it the depth stream?")
    return int(x.sum()) // len(x), int(y.sum()) // len(y)
