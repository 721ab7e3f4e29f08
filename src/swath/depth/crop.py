"""Crops around the mouse, turned so that it lies along the rows."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from swath.kernels.warp import turn_windows

Floats = npt.NDArray[np.float64]
Windows = npt.NDArray[np.int64]


def windows_around(centroid: Floats, size: tuple[int, int]) -> Windows:
    """Give the window of ``size``, rows and columns, around each centroid, (n, 2), x and y: int64 (n, 4).

    A window is first and end of rows and of columns; it may lie beyond the frame. It is empty without a mouse.
    """
    there = ~np.isnan(centroid[:, 0])
    first = np.floor(np.where(there[:, None], centroid, 0)).astype(np.int64)[:, ::-1] - np.array(size) // 2
    end = np.where(there[:, None], first + np.array(size), first)
    return np.stack([first[:, 0], end[:, 0], first[:, 1], end[:, 1]], axis=1)


def peer_windows(centroid: Floats, size: tuple[int, int], shape: tuple[int, int]) -> Windows:
    """Give the windows as moseq2-extract does, which differ in a row or column.

    The span of ``np.arange(c - size / 2, c + size / 2 + 1)`` cut to whole numbers, the last one left out; by rounding
    it has at times an element more. A window beyond the frame, of ``shape``, by more than ``size`` is empty.
    """
    there = ~np.isnan(centroid[:, 0])
    center = np.where(there[:, None], centroid, 0)[:, ::-1]
    half = np.array(size) // 2
    length = np.ceil((center + half + 1) - (center - half))
    first = np.trunc(center - half).astype(np.int64)
    end = np.trunc((center - half) + (length - 1)).astype(np.int64)
    within = (first + np.array(size) >= 1).all(axis=1) & (end < np.array(shape) + np.array(size)).all(axis=1)
    end = np.where((there & within)[:, None], end, first)
    return np.stack([first[:, 0], end[:, 0], first[:, 1], end[:, 1]], axis=1)


def turned_crops(
    frames: npt.NDArray[Any], windows: Windows, orientation: Floats, size: tuple[int, int]
) -> npt.NDArray[Any]:
    """Cut each frame's window out, and turn it by the orientation, radians: (n, rows, columns) of the frames' dtype.

    Bytes go through our own kernel, which needs no padded copies; other dtypes are OpenCV's, in float weights.
    """
    out = np.zeros((len(frames), *size), frames.dtype)
    degrees = np.rad2deg(np.nan_to_num(orientation))
    if frames.dtype == np.uint8:
        turn_windows(frames, windows, degrees, out)
        return out
    for frame, (top, bottom, left, right), angle, target in zip(frames, windows, degrees, out, strict=True):
        if top < bottom:
            window = _window(frame, top, bottom, left, right)
            matrix = cv2.getRotationMatrix2D((size[1] // 2, size[0] // 2), -angle, 1)
            target[:] = cv2.warpAffine(window, matrix, (size[1], size[0]))
    return out


def _window(frame: npt.NDArray[Any], top: int, bottom: int, left: int, right: int) -> npt.NDArray[Any]:
    rows, columns = frame.shape
    out = np.zeros((bottom - top, right - left), frame.dtype)
    inside = frame[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    y, x = max(-top, 0), max(-left, 0)
    out[y : y + min(rows, bottom) - max(top, 0), x : x + min(columns, right) - max(left, 0)] = inside
    return out
