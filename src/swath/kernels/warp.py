"""Windows of frames turned about their centres, in the fixed-point arithmetic of OpenCV 4's warpAffine."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled, compiled_in_place

Bytes = npt.NDArray[np.uint8]


@compiled
def turn_windows(frames: Bytes, windows: npt.NDArray[np.int64], degrees: npt.NDArray[np.float64], out: Bytes) -> None:
    """Put a turned window of each frame, uint8 (n, rows, columns), into ``out``, uint8 (n, height, width).

    ``windows``, int64 (n, 4), are first and end of rows and of columns; beyond the frame all is 0, and an empty window
    gives 0. The content is turned by ``degrees``, float64 (n,), clockwise as seen, about the middle of ``out``.
    Interpolation is bilinear in steps of 1/32 pixel with weights of 15 bits.
    """
    height, width = out.shape[1:]
    across, down = np.empty(width, np.int32), np.empty(width, np.int32)
    for n in range(len(frames)):
        out[n] = 0
        top, bottom, left, right = windows[n]
        if bottom <= top or right <= left:
            continue
        source = np.zeros((bottom - top + 2, right - left + 2), np.uint8)
        first, last = _copy_window(frames[n], top, bottom, left, right, source)
        if last < first:
            continue
        m0, m1, m2, m3, m4, m5 = _inverse_rotation(-degrees[n], width // 2, height // 2)
        for x in range(width):
            across[x], down[x] = _rounded(m0 * x * 1024), _rounded(m3 * x * 1024)
        for y in range(height):
            # by 16 for the rounding to 1/32 pixel, and by one pixel for the border of the source
            x_start = _rounded((m1 * y + m2) * 1024) + np.int32(16 + 1024)
            y_start = _rounded((m4 * y + m5) * 1024) + np.int32(16 + 1024)
            _turned_row(source, x_start, y_start, across, down, np.int32(first), np.int32(last), out[n, y])


@compiled_in_place
def _rounded(value: float) -> np.int32:
    return np.int32(np.rint(value))


@compiled
def _copy_window(frame: Bytes, top: int, bottom: int, left: int, right: int, source: Bytes) -> tuple[int, int]:
    """Copy a window of a frame behind the border of one pixel of ``source``, which is 0.

    Gives the first and the last row of the source beside which not all is 0; the last is smaller if all is 0.
    """
    first, last = source.shape[0], -1
    from_column, to_column = max(left, 0), min(right, frame.shape[1])
    if from_column >= to_column:
        return first, last
    for y in range(max(top, 0), min(bottom, frame.shape[0])):
        given = frame[y, from_column:to_column]
        taken = source[y - top + 1, from_column - left + 1 : to_column - left + 1]
        seen = np.uint8(0)
        for x in range(given.size):
            taken[x] = given[x]
            seen |= given[x]
        if seen:
            first, last = min(first, y - top), y - top + 1
    return first, last


@compiled
def _turned_row(
    source: Bytes,
    x_start: np.int32,
    y_start: np.int32,
    across: npt.NDArray[np.int32],
    down: npt.NDArray[np.int32],
    first: np.int32,
    last: np.int32,
    out: Bytes,
) -> None:
    """Do a row of the turned window; what lies outside the rows ``first`` to ``last`` of the source is 0."""
    stride = np.int32(source.shape[1])
    end = np.int32(stride - 2)
    pixels = source.ravel()
    for x in range(out.size):
        fine_x, fine_y = np.int32((x_start + across[x]) >> 5), np.int32((y_start + down[x]) >> 5)
        u, v = np.int32(fine_x >> 5), np.int32(fine_y >> 5)
        if 0 <= u <= end and first <= v <= last:
            a, b = np.int32(fine_x & 31), np.int32(fine_y & 31)
            i = np.int32(v * stride + u)
            p, q = np.int32(pixels[i]), np.int32(pixels[i + 1])
            r, s = np.int32(pixels[i + stride]), np.int32(pixels[i + stride + 1])
            upper, lower = np.int32(32 * p + a * (q - p)), np.int32(32 * r + a * (s - r))
            # the weights of 15 bits are 32 times these, which changes no rounding
            out[x] = np.uint8((32 * upper + b * (lower - upper) + 512) >> 10)


@compiled
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
