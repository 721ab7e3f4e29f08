"""Lists of numbers as Python writes them, ``[1.5, 2.0]``, read where they stand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled
from swath.kernels.json_text import _MOST_DECIMALS, _MOST_DIGITS, _round_decimal

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]

_BLANK, _COMMA, _MINUS, _POINT, _ZERO, _OPEN, _CLOSE = 32, 44, 45, 46, 48, 91, 93


@compiled
def _read_number(data: Bytes, i: int, stop: int) -> tuple[int, np.uint64, bool]:
    """Read the decimal number at i: where it ends (-1: it is none, or has too many digits), its bits, its point."""
    negative = i < stop and data[i] == _MINUS
    i += negative
    first, point = i, -1
    digits = np.uint64(0)
    while i < stop:
        digit = np.uint64(data[i]) - np.uint64(48)
        if digit <= 9:
            digits = digits * np.uint64(10) + digit
        elif data[i] == _POINT and point < 0 and i > first:
            point = i
        else:
            break
        i += 1
    count = i - first - (point >= 0)
    decimals = i - point - 1 if point >= 0 else 0
    if count == 0 or count > _MOST_DIGITS or decimals > _MOST_DECIMALS or (point >= 0 and decimals == 0):
        return -1, np.uint64(0), False
    if data[first] == _ZERO and first + 1 < i and first + 1 != point:
        return -1, np.uint64(0), False
    bits = _round_decimal(digits, decimals)
    if negative and (digits > 0 or point >= 0):
        bits |= np.uint64(1 << 63)
    return i, bits, point >= 0


@compiled
def read_number_lists(
    data: Bytes, starts: Offsets, stops: Offsets
) -> tuple[bool, Offsets, npt.NDArray[np.float64], bool]:
    """Read texts, data[starts[t]:stops[t]], each a list of numbers or nothing.

    Gives whether all are such lists, of numbers with at most 19 digits and no exponent; else the rest means nothing.
    Then the lists' offsets (shape texts + 1), the numbers, and whether any of them has a point.
    """
    most = 0
    for t in range(starts.size):
        commas = 0
        for i in range(starts[t], stops[t]):
            commas += data[i] == _COMMA
        most += commas + 1
    bits = np.empty(most, np.uint64)
    offsets = np.zeros(starts.size + 1, np.int64)
    n, any_point = 0, False
    for t in range(starts.size):
        i, stop = starts[t], stops[t]
        offsets[t + 1] = n
        if i >= stop:
            continue
        if stop - i < 2 or data[i] != _OPEN or data[stop - 1] != _CLOSE:
            return False, offsets, bits.view(np.float64), False
        i += 1
        stop -= 1
        while i < stop:
            i, bits[n], pointed = _read_number(data, i, stop)
            if i < 0:
                return False, offsets, bits.view(np.float64), False
            any_point |= pointed
            n += 1
            if i == stop:
                break
            if data[i] != _COMMA or i + 2 >= stop or data[i + 1] != _BLANK:
                return False, offsets, bits.view(np.float64), False
            i += 2
        offsets[t + 1] = n
    return True, offsets, bits[:n].view(np.float64), any_point
