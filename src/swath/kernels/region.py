"""Statistics of the region of each frame: how much is above the floor, and how high."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled


@compiled
def region_statistics(heights: npt.NDArray[np.integer], out: npt.NDArray[np.int64]) -> None:
    """Give pixels above 0, their sum and the largest, ``out`` (frames, 3), of heights (frames, rows, columns)."""
    frames, rows, columns = heights.shape
    for frame in range(frames):
        above = total = largest = np.int64(0)
        for row in range(rows):
            for column in range(columns):
                value = np.int64(heights[frame, row, column])
                above += value > 0
                total += value
                largest = max(largest, value)
        out[frame, 0], out[frame, 1], out[frame, 2] = above, total, largest
