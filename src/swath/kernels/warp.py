"""Windows of frames turned about their centres, in the fixed-point arithmetic of OpenCV 4's warpAffine."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

Bytes = npt.NDArray[np.uint8]


@njit(nogil=True, cache=True)
def turn_windows(frames: Bytes, windows: npt.NDArray[np.int64], degrees: npt.NDArray[np.float64], out: Bytes) -> None:
    """Put a turned window of each frame, uint8 (n, rows, columns), into ``out``, uint8 (n, height, width).

    ``windows``, int64 (n, 4), are first and end of rows and of columns; beyond the frame all is 0, and an empty window
    gives 0. The content is turned by ``degrees``, float64 (n,), clockwise as seen, about the middle of ``out``.
    Interpolation is bilinear in steps of 1/32 pixel with weights of 15 bits.
    """
    height, width = out.shape[1:]
    across, down = np.empty(width, np.int64), np.empty(width, np.int64)
    for n in range(len(frames)):
        top, bottom, left, right = windows[n]
        if bottom <= top or right <= left:
            out[n] = 0
            continue
        source = _bordered(frames[n], top, bottom, left, right)
        rows, columns = bottom - top, right - left
        m0, m1, m2, m3, m4, m5 = _inverse_rotation(-degrees[n], width // 2, height // 2)
        for x in range(width):
            across[x] = _rounded(m0 * x * 1024)
            down[x] = _rounded(m3 * x * 1024)
        for y in range(height):
            x_start = _rounded((m1 * y + m2) * 1024) + 16
            y_start = _rounded((m4 * y + m5) * 1024) + 16
            for x in range(width):
                fine_x, fine_y = (x_start + across[x]) >> 5, (y_start + down[x]) >> 5
                u, v = (fine_x >> 5) + 1, (fine_y >> 5) + 1
                value = np.int64(0)
                if 0 <= u <= columns and 0 <= v <= rows:
                    a, b = fine_x & 31, fine_y & 31
                    upper = (32 - a) * source[v, u] + a * source[v, u + 1]
                    lower = (32 - a) * source[v + 1, u] + a * source[v + 1, u + 1]
                    value = (((32 - b) * upper + b * lower) * 32 + 16384) >> 15
                out[n, y, x] = value


@njit(nogil=True, cache=True, inline="always")
def _rounded(value: float) -> int:
    return int(np.rint(value))


@njit(nogil=True, cache=True)
def _bordered(frame: Bytes, top: int, bottom: int, left: int, right: int) -> npt.NDArray[np.int64]:
    """Copy a window of a frame with a border of one pixel of 0, also where it lies beyond the frame."""
    source = np.zeros((bottom - top + 2, right - left + 2), np.int64)
    for y in range(max(top, 0), min(bottom, frame.shape[0])):
        for x in range(max(left, 0), min(right, frame.shape[1])):
            source[y - top + 1, x - left + 1] = frame[y, x]
    return source


@njit(nogil=True, cache=True)
def _inverse_rotation(degrees: float, x: float, y: float) -> tuple[float, float, float, float, float, float]:
    """Give the inverse of the matrix that turns by ``degrees`` about a point, in OpenCV's order of operations."""
    angle = degrees * (math.pi / 180)
    alpha, beta = math.cos(angle), math.sin(angle)
    m2 = (1 - alpha) * x - beta * y
    m5 = beta * x + (1 - alpha) * y
    scale = 1.0 / (alpha * alpha + beta * beta)
    m0, m4 = alpha * scale, alpha * scale
    m1, m3 = beta * -scale, -beta * -scale
    return m0, m1, -m0 * m2 - m1 * m5, m3, m4, -m3 * m2 - m4 * m5
