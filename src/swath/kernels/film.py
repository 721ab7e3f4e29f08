"""Painting depth frames for a film: heights to colours by table, two pictures on one canvas."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled

Heights = npt.NDArray[np.integer]
Bytes = npt.NDArray[np.uint8]


@compiled
def paint(region: Heights, crop: Heights, colours: Bytes, planes: Bytes) -> None:
    """Paint frames as YUV 4:2:0: the crop in the upper left corner, the region in the lower right one.

    ``region`` is frames x rows x columns and ``crop`` likewise. ``colours`` is values x 3: Y, U and V of a height;
    larger heights get the last one's. ``planes`` takes frames x height * 3 / 2 x width, of even height and width: Y,
    then the U and the V of every two by two pixels, which is the mean over them. What neither covers has the colour
    of height 0.
    """
    height, width = planes.shape[1] // 3 * 2, planes.shape[2]
    top, left = crop.shape[1], crop.shape[2]
    bottom, right = top + region.shape[1], left + region.shape[2]
    last = colours.shape[0] - 1
    ground = colours[0, 0], colours[0, 1], colours[0, 2]
    values = np.zeros((2, width), np.uint16)
    for frame in range(planes.shape[0]):
        luma = planes[frame, :height]
        chroma = planes[frame, height:].reshape(2, height // 2, width // 2)
        for row in range(0, height, 2):
            values[:] = 0
            for below in range(2):
                if row + below < top:
                    values[below, :left] = crop[frame, row + below]
                elif row + below < bottom:
                    values[below, left:right] = region[frame, row + below - top]
            seen = np.uint16(0)
            for column in range(width):
                seen |= values[0, column] | values[1, column]
            if seen == 0:
                luma[row : row + 2] = ground[0]
                chroma[0, row // 2] = ground[1]
                chroma[1, row // 2] = ground[2]
                continue
            for column in range(0, width, 2):
                a, b = np.int64(values[0, column]), np.int64(values[0, column + 1])
                c, d = np.int64(values[1, column]), np.int64(values[1, column + 1])
                place = column // 2
                if a | b | c | d == 0:
                    luma[row, column] = luma[row, column + 1] = ground[0]
                    luma[row + 1, column] = luma[row + 1, column + 1] = ground[0]
                    chroma[0, row // 2, place] = ground[1]
                    chroma[1, row // 2, place] = ground[2]
                    continue
                a, b, c, d = min(a, last), min(b, last), min(c, last), min(d, last)
                luma[row, column], luma[row, column + 1] = colours[a, 0], colours[b, 0]
                luma[row + 1, column], luma[row + 1, column + 1] = colours[c, 0], colours[d, 0]
                for plane in range(2):
                    total = np.int64(colours[a, plane + 1]) + colours[b, plane + 1]
                    total += np.int64(colours[c, plane + 1]) + colours[d, plane + 1]
                    chroma[plane, row // 2, place] = (total + 2) >> 2
