"""Steps of an image pyramid for blocks of 2 x 2 x 2 and 2 x 2 x 1 voxels: those of ``pyramid``, compiled to vectors.

The voxels of a row of blocks are laid into one row for each place in a block, in visiting order (y fastest, then x,
then z), so that all else runs along whole rows. Volumes are (z, y, x) in C order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled
from swath.kernels.pyramid import middle

Volume = npt.NDArray[Any]
Rows = npt.NDArray[Any]

MEDIAN, MODE, MAXIMUM, MINIMUM = range(4)
"""What a block becomes."""


@compiled
def reduce_pairs(source: Volume, depth: int, kind: int, out: Volume) -> None:
    """Give each block of ``depth`` x 2 x 2 voxels its ``kind``; ``depth`` is 1 or 2, the rest as of ``pyramid``."""
    rows = np.empty((4 * depth, out.shape[2]), source.dtype)
    for z in range(out.shape[0]):
        for y in range(out.shape[1]):
            for k in range(depth):
                _split(source[depth * z + k, 2 * y], rows[4 * k], rows[4 * k + 2])
                _split(source[depth * z + k, 2 * y + 1], rows[4 * k + 1], rows[4 * k + 3])
            if kind == MEDIAN and depth == 2:
                _median_of_eight(rows, out[z, y])
            elif kind == MEDIAN:
                _median_of_four(rows, out[z, y])
            elif kind == MODE and depth == 2:
                _mode_of_eight(rows, out[z, y])
            elif kind == MODE:
                _mode_of_four(rows, out[z, y])
            elif kind == MAXIMUM:
                _maximum(rows, out[z, y])
            else:
                _minimum(rows, out[z, y])


@compiled
def _split(row: Rows, even: Rows, odd: Rows) -> None:
    """Part the voxels of a row that stand at even places from those at odd ones."""
    for x in range(even.size):
        even[x] = row[2 * x]
        odd[x] = row[2 * x + 1]


@compiled
def _ordered(a, b):  # type: ignore[no-untyped-def]
    return (a, b) if a < b else (b, a)


@compiled
def _sorted_four(a, b, c, d):  # type: ignore[no-untyped-def]
    a, b = _ordered(a, b)
    c, d = _ordered(c, d)
    a, c = _ordered(a, c)
    b, d = _ordered(b, d)
    b, c = _ordered(b, c)
    return a, b, c, d


@compiled
def _median_of_eight(rows: Rows, out: Rows) -> None:
    for x in range(out.size):
        a, b, c, d = rows[0, x], rows[1, x], rows[2, x], rows[3, x]
        e, f, g, h = rows[4, x], rows[5, x], rows[6, x], rows[7, x]
        a0, a1, a2, a3 = _sorted_four(a, b, c, d)
        b0, b1, b2, b3 = _sorted_four(e, f, g, h)
        # of two sorted fours, these pairs part the four smallest from the four largest
        l0, h0 = _ordered(a0, b3)
        l1, h1 = _ordered(a1, b2)
        l2, h2 = _ordered(a2, b1)
        l3, h3 = _ordered(a3, b0)
        low = _ordered(_ordered(l0, l1)[1], _ordered(l2, l3)[1])[1]
        high = _ordered(_ordered(h0, h1)[0], _ordered(h2, h3)[0])[0]
        nan = (a != a) | (b != b) | (c != c) | (d != d) | (e != e) | (f != f) | (g != g) | (h != h)  # noqa: PLR0124
        out[x] = a + b + c + d + e + f + g + h if nan else middle(low, high)


@compiled
def _median_of_four(rows: Rows, out: Rows) -> None:
    for x in range(out.size):
        a, b, c, d = rows[0, x], rows[1, x], rows[2, x], rows[3, x]
        _, low, high, _ = _sorted_four(a, b, c, d)
        nan = (a != a) | (b != b) | (c != c) | (d != d)  # noqa: PLR0124
        out[x] = a + b + c + d if nan else middle(low, high)


@compiled
def _better(best, most, value, count):  # type: ignore[no-untyped-def]
    return (value, count) if count > most else (best, most)


@compiled
def _mode_of_eight(rows: Rows, out: Rows) -> None:
    """Count for each value how often it comes again: its first occurrence has the full count, and comes first."""
    for x in range(out.size):
        a, b, c, d = rows[0, x], rows[1, x], rows[2, x], rows[3, x]
        e, f, g, h = rows[4, x], rows[5, x], rows[6, x], rows[7, x]
        most = np.uint8(a == b) + (a == c) + (a == d) + (a == e) + (a == f) + (a == g) + (a == h)
        best, most = _better(a, most, b, np.uint8(b == c) + (b == d) + (b == e) + (b == f) + (b == g) + (b == h))
        best, most = _better(best, most, c, np.uint8(c == d) + (c == e) + (c == f) + (c == g) + (c == h))
        best, most = _better(best, most, d, np.uint8(d == e) + (d == f) + (d == g) + (d == h))
        best, most = _better(best, most, e, np.uint8(e == f) + (e == g) + (e == h))
        best, most = _better(best, most, f, np.uint8(f == g) + (f == h))
        best, most = _better(best, most, g, np.uint8(g == h))
        out[x] = best


@compiled
def _mode_of_four(rows: Rows, out: Rows) -> None:
    for x in range(out.size):
        a, b, c, d = rows[0, x], rows[1, x], rows[2, x], rows[3, x]
        most = np.uint8(a == b) + (a == c) + (a == d)
        best, most = _better(a, most, b, np.uint8(b == c) + (b == d))
        best, most = _better(best, most, c, np.uint8(c == d))
        out[x] = best


@compiled
def _maximum(rows: Rows, out: Rows) -> None:
    for x in range(out.size):
        out[x] = rows[0, x]
    for k in range(1, rows.shape[0]):
        for x in range(out.size):
            value = rows[k, x]
            out[x] = value if (value > out[x]) | (value != value) else out[x]  # noqa: PLR0124


@compiled
def _minimum(rows: Rows, out: Rows) -> None:
    for x in range(out.size):
        out[x] = rows[0, x]
    for k in range(1, rows.shape[0]):
        for x in range(out.size):
            value = rows[k, x]
            out[x] = value if (value < out[x]) | (value != value) else out[x]  # noqa: PLR0124
