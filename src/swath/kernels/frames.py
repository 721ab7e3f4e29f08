"""Statistics of the Bayer planes of a sensor frame: one pass fills histograms, and all else is exact from them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled

Histogram = npt.NDArray[np.uint32]
Histograms = npt.NDArray[np.uint32]

NUMBERS = ("pixels", "total", "squares", "minimum", "maximum", "saturated", "hot")
"""What ``histogram_numbers`` gives as whole numbers."""

QUANTILES = (0.05, 0.1587, 0.5, 0.8413, 0.95)
"""What it gives as quantiles."""

_HOT_SIGMAS = 10
_ROWS_AT_ONCE = 16


@compiled
def _with_room(tables: Histograms, bound: int) -> Histograms:
    """The same counts with room for the values below a bound."""
    wider = np.zeros((tables.shape[0], bound), np.uint32)
    for table in range(tables.shape[0]):
        for value in range(tables.shape[1]):
            wider[table, value] = tables[table, value]
    return wider


@compiled
def _bits(frame: npt.NDArray[np.uint16], top: int, bottom: int, left: int, right: int) -> int:
    """All bits that are set in some value of a box of the sensor."""
    seen = np.uint16(0)
    for y in range(top, bottom):
        row = frame[y, left:right]
        for x in range(row.size):
            seen |= row[x]
    return int(seen)


@compiled
def _count(rows: npt.NDArray[np.uint16], tables: Histograms) -> None:
    """Count the values of every other row, the even columns' into the first table, the odd ones' into the second."""
    even, odd = tables[0], tables[1]
    for y in range(0, rows.shape[0], 2):
        row = rows[y]
        for x in range(0, row.size, 2):
            even[row[x]] += np.uint32(1)
            odd[row[x + 1]] += np.uint32(1)


@compiled
def _count_words(rows: npt.NDArray[np.uint64], tables: Histograms) -> None:
    """Count the values of every other row, four in a word, each in a table of its own.

    Neighbours are often equal: counted into two tables, one addition need not wait for the other.
    """
    even, odd, more_even, more_odd = tables[0], tables[1], tables[2], tables[3]
    low = np.uint64(0xFFFF)
    for y in range(0, rows.shape[0], 2):
        words = rows[y]
        for x in range(words.size):
            word = words[x]
            even[word & low] += np.uint32(1)
            odd[(word >> np.uint64(16)) & low] += np.uint32(1)
            more_even[(word >> np.uint64(32)) & low] += np.uint32(1)
            more_odd[word >> np.uint64(48)] += np.uint32(1)


@compiled
def _box_tables(
    frame: npt.NDArray[np.uint16], words: npt.NDArray[np.uint64], box: tuple[int, int, int, int]
) -> Histograms:
    """Count the values of a box: two tables for each plane, shape (8, values)."""
    left, right, begin, end = 2 * box[0], 2 * box[1], 2 * box[2], 2 * box[3]
    first, last = (left + 3) // 4, right // 4
    if not words.size or first >= last:
        first = last = left // 4
    tables = np.zeros((8, 1), np.uint32)
    for top in range(begin, end, _ROWS_AT_ONCE):
        bottom = min(end, top + _ROWS_AT_ONCE)
        bound = tables.shape[1]
        seen = _bits(frame, top, bottom, left, right)
        while bound <= seen:
            bound *= 2
        if bound > tables.shape[1]:
            tables = _with_room(tables, bound)
        for y in range(2):
            of_rows = tables[4 * y : 4 * y + 4]
            if last > first:
                _count_words(words[top + y : bottom, first:last], of_rows)
                _count(frame[top + y : bottom, left : 4 * first], of_rows)
            _count(frame[top + y : bottom, max(left, 4 * last) : right], of_rows)
    return tables


def box_histograms(frame: npt.NDArray[np.uint16], box: tuple[int, int, int, int]) -> Histograms:
    """Count the values of a box in the four planes of a frame: uint32 (4, values).

    ``frame`` is the whole sensor, uint16 (rows, columns); planes are in the order of their first pixels: even row and
    even column, even row and odd column, odd row and even, odd and odd. ``box`` is x1, x2, y1, y2 in pixels of a plane,
    half open, inside all four. Values beyond the last of the histograms, whose number is a power of two, do not occur.
    """
    whole = frame.shape[1] % 4 == 0 and frame.flags.c_contiguous
    words = frame.view(np.uint64) if whole else np.empty((0, 0), np.uint64)
    tables = _box_tables(frame, words, box)
    return tables[[0, 1, 4, 5]] + tables[[2, 3, 6, 7]]


@compiled
def values_at_ranks(histogram: Histogram, ranks: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Give the values at ranks, int64, ascending, the smallest value's is 0, of the sorted values of a histogram.

    A rank past the last gives -1.
    """
    out = np.full(ranks.size, -1, np.int64)
    seen = np.int64(0)
    next_rank = 0
    for value in range(histogram.size):
        seen += histogram[value]
        while next_rank < ranks.size and seen > ranks[next_rank]:
            out[next_rank] = value
            next_rank += 1
        if next_rank == ranks.size:
            break
    return out


@compiled
def _in_order(ranks: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The places of a few ranks from the smallest on, by insertion."""
    order = np.empty(ranks.size, np.int64)
    for i in range(ranks.size):
        k = i
        while k > 0 and ranks[order[k - 1]] > ranks[i]:
            order[k] = order[k - 1]
            k -= 1
        order[k] = i
    return order


@compiled
def quantiles(histogram: Histogram, fractions: tuple[float, ...]) -> npt.NDArray[np.float64]:
    """Give the quantiles (0 to 1, ascending) of a histogram, between neighbours by their distance, as NumPy's default.

    A histogram of nothing has quantiles of -1.
    """
    last = np.int64(-1)
    for value in range(histogram.size):
        last += histogram[value]
    ranks = np.empty(2 * len(fractions), np.int64)
    for i, fraction in enumerate(fractions):
        ranks[2 * i] = np.int64(np.floor(fraction * last))
        ranks[2 * i + 1] = min(ranks[2 * i] + 1, last)
    order, ascending, values = _in_order(ranks), np.empty(ranks.size, np.int64), np.empty(ranks.size, np.int64)
    for i in range(ranks.size):
        ascending[i] = ranks[order[i]]
    found = values_at_ranks(histogram, ascending)
    for i in range(ranks.size):
        values[order[i]] = found[i]
    out = np.empty(len(fractions), np.float64)
    for i, fraction in enumerate(fractions):
        below, above = values[2 * i], values[2 * i + 1]
        out[i] = below + (above - below) * (fraction * last - ranks[2 * i])
    return out


@compiled
def histogram_numbers(histograms: Histograms, white: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Give what is known of each histogram's values: ``NUMBERS``, int64 (n, 7), and ``QUANTILES``, float64 (n, 5).

    Sums are exact: those of 10^9 values of 65535 do not overflow. Saturated are the values of at least ``white``, hot
    those more than ten robust standard deviations (half the distance of the quantiles 0.1587 and 0.8413, at least 1)
    above the median. Of no values the smallest and the largest are -1.
    """
    numbers = np.zeros((histograms.shape[0], 7), np.int64)
    found = np.empty((histograms.shape[0], 5), np.float64)
    for h in range(histograms.shape[0]):
        histogram = histograms[h]
        these = quantiles(histogram, QUANTILES)
        for i in range(these.size):
            found[h, i] = these[i]
        hot = found[h, 2] + _HOT_SIGMAS * max((found[h, 3] - found[h, 1]) / 2, 1.0)
        numbers[h, 3] = numbers[h, 4] = -1
        for value in range(histogram.size):
            count = np.int64(histogram[value])
            if count:
                numbers[h, 0] += count
                numbers[h, 1] += count * value
                numbers[h, 2] += count * value * value
                numbers[h, 4] = value
                if numbers[h, 3] < 0:
                    numbers[h, 3] = value
                if value >= white:
                    numbers[h, 5] += count
                if value > hot:
                    numbers[h, 6] += count
    return numbers, found
