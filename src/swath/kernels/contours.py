"""Components of masks, and the Green sums of the polygons around them: whole numbers, exact."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled, compiled_in_place

Masks = npt.NDArray[np.uint8]

# the eight neighbours of a pixel, counterclockwise on the screen from the right one: rows grow downwards
_DY = np.array([0, -1, -1, -1, 0, 1, 1, 1])
_DX = np.array([1, 1, 0, -1, -1, -1, 0, 1])


@compiled
def above(frames: npt.NDArray[np.unsignedinteger], threshold: int, out: Masks) -> None:
    """Put 1 into ``out``, uint8 (n, rows, columns), where a frame is above the threshold, else 0."""
    for n in range(frames.shape[0]):
        for y in range(frames.shape[1]):
            for x in range(frames.shape[2]):
                out[n, y, x] = frames[n, y, x] > threshold


@compiled
def keep_largest(masks: Masks, areas: npt.NDArray[np.int64]) -> None:
    """Leave of each mask, uint8 (n, rows, columns), the largest component alone, the first of equal ones.

    Pixels are neighbours that share a side. ``areas``, int64 (n, 2), gets the pixels of the largest component and of
    the second largest one.
    """
    rows, columns = masks.shape[1:]
    stack = np.empty(rows * columns, np.int64)
    for n in range(masks.shape[0]):
        mask = masks[n]
        top, bottom, left, right = _box(mask)
        best, second = 0, 0
        best_y = best_x = np.int64(-1)  # a literal -1 would be compiled for separately
        for y in range(top, bottom):
            for x in range(left, right):
                if mask[y, x] == 1:
                    area = _fill(mask, y, x, np.uint8(1), np.uint8(2), False, stack)
                    if area > best:
                        best, best_y, best_x, second = area, y, x, best
                    elif area > second:
                        second = area
        if best:
            _fill(mask, best_y, best_x, np.uint8(2), np.uint8(1), False, stack)
        for y in range(top, bottom):
            for x in range(left, right):
                mask[y, x] &= 1
        areas[n, 0], areas[n, 1] = best, second


@compiled
def contour_sums(masks: Masks, sums: npt.NDArray[np.int64], labels: Masks) -> None:
    """Put Green sums a00, a10, a01, a20, a11, a02 of each mask's largest contour into ``sums``, int64 (n, 6).

    A contour goes through the centres of the outermost pixels of a component; pixels are neighbours that share a side
    or a corner. The largest has the largest polygon; of equal ones the last, by the rows of their first pixels. All
    are 0 where no polygon has an area. ``labels``, uint8 (rows, columns), is scratch. Source: Suzuki and Abe, CVGIP 30
    (1985), for the border.
    """
    rows, columns = masks.shape[1:]
    stack = np.empty(rows * columns, np.int64)
    for n in range(masks.shape[0]):
        mask = masks[n]
        top, bottom, left, right = _box(mask)
        for y in range(top, bottom):
            for x in range(left, right):
                labels[y, x] = mask[y, x]
        best = np.int64(0)
        for k in range(6):
            sums[n, k] = 0
        for y in range(top, bottom):
            for x in range(left, right):
                if labels[y, x] == 1:
                    _fill(labels, y, x, np.uint8(1), np.uint8(2), True, stack)
                    found = _border_sums(mask, y, x)
                    area = abs(found[0])
                    if area >= best and area > 0:
                        best = area
                        for k in range(6):
                            sums[n, k] = found[k]


@compiled
def _box(mask: Masks) -> tuple[int, int, int, int]:
    """Give the box of what is not 0: first and end of rows, first and end of columns; all 0 for an empty mask."""
    rows, columns = mask.shape
    seen = np.zeros(columns, np.uint8)
    top, bottom = -1, 0
    for y in range(rows):
        any_here = np.uint8(0)
        for x in range(columns):
            any_here |= mask[y, x]
        if any_here:
            if top < 0:
                top = y
            bottom = y + 1
            for x in range(columns):
                seen[x] |= mask[y, x]
    if top < 0:
        return 0, 0, 0, 0
    left, right = 0, columns
    while seen[left] == 0:
        left += 1
    while seen[right - 1] == 0:
        right -= 1
    return top, bottom, left, right


@compiled
def _fill(
    mask: Masks, y: int, x: int, old: np.uint8, new: np.uint8, corners: bool, stack: npt.NDArray[np.int64]
) -> int:
    """Change the component of a pixel from ``old`` to ``new``, and count its pixels."""
    rows, columns = mask.shape
    step = 1 if corners else 2
    mask[y, x] = new
    stack[0] = y * columns + x
    height, area = 1, 0
    while height:
        height -= 1
        area += 1
        y, x = divmod(stack[height], columns)
        for k in range(0, 8, step):
            v, u = y + _DY[k], x + _DX[k]
            if 0 <= v < rows and 0 <= u < columns and mask[v, u] == old:
                mask[v, u] = new
                stack[height] = v * columns + u
                height += 1
    return area


@compiled
def _border_sums(mask: Masks, y0: int, x0: int) -> tuple[int, int, int, int, int, int]:
    """Follow the outer border of a component from its first pixel in the order of rows, and sum over its sides."""
    a00 = a10 = a01 = a20 = a11 = a02 = 0
    first = _turn(mask, y0, x0, 4, -1)
    if first < 0:
        return a00, a10, a01, a20, a11, a02
    y1, x1 = y0 + _DY[first], x0 + _DX[first]
    y, x, back = y0, x0, first
    while True:
        ahead = _turn(mask, y, x, back, 1)
        v, u = y + _DY[ahead], x + _DX[ahead]
        cross = x * v - u * y
        a00 += cross
        a10 += cross * (x + u)
        a01 += cross * (y + v)
        a20 += cross * (x * (x + u) + u * u)
        a02 += cross * (y * (y + v) + v * v)
        a11 += cross * (x * (2 * y + v) + u * (y + 2 * v))
        if v == y0 and u == x0 and y == y1 and x == x1:
            return a00, a10, a01, a20, a11, a02
        y, x, back = v, u, (ahead + 4) % 8


@compiled_in_place
def _turn(mask: Masks, y: int, x: int, start: int, sense: int) -> int:
    """Give the direction of the first neighbour that is set, turning from after ``start``, which is last; else -1."""
    rows, columns = mask.shape
    for turn in range(1, 9):
        k = (start + sense * turn) % 8
        v, u = y + _DY[k], x + _DX[k]
        if 0 <= v < rows and 0 <= u < columns and mask[v, u]:
            return k
    return -1


@compiled
def touching(masks: Masks, places: npt.NDArray[np.int64], out: npt.NDArray[np.bool]) -> None:
    """Tell for each mask, uint8 (n, rows, columns), whether it is set at any of the places, int64, counted by rows."""
    columns = masks.shape[2]
    for n in range(masks.shape[0]):
        found = np.uint8(0)
        for place in places:
            found |= masks[n, place // columns, place % columns]
        out[n] = found != 0
