"""Heights above the floor, in one pass over frames of depth: subtraction, thresholds and ROI at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled

UInt16s = npt.NDArray[np.uint16]


@compiled
def heights(
    frames: UInt16s, corner: tuple[int, int], floor: UInt16s, low: int, high: int, out: npt.NDArray[np.unsignedinteger]
) -> None:
    """Put the heights above the floor within a box into ``out``, uint8 or uint16 (n, rows, columns), in mm.

    ``frames`` are depths, uint16, 0 where there is none, and ``corner`` the box's first row and column in them.
    ``floor``, uint16 (rows, columns), is the depth of the floor, 0 outside the ROI. A height below ``low``, which is
    at least 1, or above ``high`` becomes 0.
    """
    top, left = corner
    rows, columns = floor.shape
    lowest, span = np.uint16(low), np.uint16(high - low)
    for n in range(frames.shape[0]):
        for y in range(rows):
            _row_of_heights(frames[n, y + top, left : left + columns], floor[y], lowest, span, out[n, y])


@compiled
def _row_of_heights(
    depths: UInt16s, floor: UInt16s, lowest: np.uint16, span: np.uint16, out: npt.NDArray[np.unsignedinteger]
) -> None:
    """Do a row of heights. All is 16 bits wide, so that the compiler can do 16 pixels at once."""
    for x in range(floor.size):
        height = np.uint16(floor[x] - depths[x])
        kept = (depths[x] != np.uint16(0)) & (depths[x] <= floor[x]) & (np.uint16(height - lowest) <= span)
        out[x] = height if kept else np.uint16(0)


@compiled
def depth_seen(frames: UInt16s, corner: tuple[int, int], shape: tuple[int, int], out: npt.NDArray[np.bool]) -> None:
    """Tell for each frame, uint16 (n, rows, columns), whether any pixel of a box has a depth."""
    top, left = corner
    for n in range(frames.shape[0]):
        out[n] = False
        for y in range(top, top + shape[0]):
            for x in range(left, left + shape[1]):
                if frames[n, y, x]:
                    out[n] = True
                    break
            if out[n]:
                break


@compiled
def wrapped_heights(
    frames: UInt16s,
    floor: npt.NDArray[np.float64],
    low: float,
    high: float,
    out: npt.NDArray[np.unsignedinteger],
) -> None:
    """Put heights into ``out`` as moseq2-extract does: cut to whole mm, then wrapped into the range of its dtype.

    As ``heights``, but ``floor`` is float64, and thresholds come after the wrap; the ROI is not applied.
    """
    mask = np.int64(255) if out.itemsize == 1 else np.int64(65535)
    for n in range(frames.shape[0]):
        for y in range(frames.shape[1]):
            for x in range(frames.shape[2]):
                depth = frames[n, y, x]
                height = np.int64(floor[y, x] - np.float64(depth)) & mask if depth != 0 else np.int64(0)
                out[n, y, x] = height if low <= height <= high else 0


@compiled
def walled_heights(
    frames: UInt16s,
    floor: npt.NDArray[np.float64],
    true_depth: float,
    low: float,
    high: float,
    out: npt.NDArray[np.unsignedinteger],
) -> None:
    """Put heights above a floor with graduated walls into ``out``.

    Where ``floor`` is nearer than ``true_depth``, and the frame nearer still, heights are over the true depth.
    Thresholds come before the cut to whole mm.
    """
    for n in range(frames.shape[0]):
        for y in range(frames.shape[1]):
            for x in range(frames.shape[2]):
                depth = np.float64(frames[n, y, x])
                wall = floor[y, x] < true_depth and depth < floor[y, x]
                height = (true_depth if wall else floor[y, x]) - depth
                out[n, y, x] = np.int64(height) if low <= height <= high and depth != 0.0 else 0


@compiled
def mouse_pixels(
    crops: npt.NDArray[np.float64],
    low: float,
    high: float,
    count: npt.NDArray[np.int64],
    total: npt.NDArray[np.float64],
) -> None:
    """Count the pixels of each crop, (n, rows, columns), strictly between two heights, and add their heights up."""
    for n in range(len(crops)):
        pixels, heights_sum = np.int64(0), 0.0
        for y in range(crops.shape[1]):
            for x in range(crops.shape[2]):
                value = crops[n, y, x]
                inside = low < value < high
                pixels += inside
                heights_sum += value if inside else 0.0
        count[n], total[n] = pixels, heights_sum
