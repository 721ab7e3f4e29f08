"""Copying the texts and numbers of a tape of JSON values into columns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from swath.kernels.json import HEX

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]
Nodes = npt.NDArray[np.int32]

_POWERS_OF_TEN = 10.0 ** np.arange(23)
"""The powers of ten that a double holds exactly."""


@njit(nogil=True, cache=True)
def parse_exact_numbers(
    data: Bytes, starts: Nodes, stops: Nodes
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Read JSON numbers whose digits and power of ten a double holds exactly: one division or product is then right.

    Gives the values, and which of the numbers were read; the others need a full algorithm.
    Source: W. D. Clinger, "How to read floating point numbers accurately", PLDI 1990.
    """
    values = np.zeros(starts.size, np.float64)
    read = np.zeros(starts.size, np.bool_)
    for t in range(starts.size):
        text = data[starts[t] : stops[t]]
        i, stop = 0, text.size
        negative = text[0] == 45
        i += negative
        digits = np.int64(0)
        count = 0
        exponent = 0
        point = False
        while i < stop:
            digit = np.int64(text[i]) - 48
            if 0 <= digit <= 9:
                digits = digits * 10 + digit
                count += digits > 0
                exponent -= point
                if count > 17:
                    break
            elif text[i] == 46:
                point = True
            else:
                break
            i += 1
        if i < stop or digits > 9007199254740992 or exponent < -22:
            continue
        value = np.float64(digits) / _POWERS_OF_TEN[-exponent]
        values[t] = -value if negative and (digits > 0 or point) else value
        read[t] = True
    return values, read


@njit(nogil=True, cache=True)
def gather_spans(data: Bytes, starts: Nodes, stops: Nodes) -> tuple[Offsets, Bytes]:
    """Copy spans, data[starts[i]:stops[i]], into one buffer: offsets (shape spans + 1) and bytes."""
    total = 0
    for t in range(starts.size):
        total += stops[t] - starts[t]
    out = np.empty(total, np.uint8)
    offsets = np.empty(starts.size + 1, np.int64)
    offsets[0] = 0
    o = 0
    for t in range(starts.size):
        for i in range(starts[t], stops[t]):
            out[o] = data[i]
            o += 1
        offsets[t + 1] = o
    return offsets, out


@njit(nogil=True, cache=True)
def _hex4(data: Bytes, i: int) -> int:
    value = 0
    for k in range(4):
        value = value * 16 + int(HEX[data[i + k]])
    return value


@njit(nogil=True, cache=True)
def _put_utf8(out: Bytes, o: int, code: int) -> int:
    if code < 0x80:
        out[o] = code
        return o + 1
    if code < 0x800:
        out[o] = 0xC0 | (code >> 6)
        out[o + 1] = 0x80 | (code & 63)
        return o + 2
    if code < 0x10000:
        out[o] = 0xE0 | (code >> 12)
        out[o + 1] = 0x80 | ((code >> 6) & 63)
        out[o + 2] = 0x80 | (code & 63)
        return o + 3
    out[o] = 0xF0 | (code >> 18)
    out[o + 1] = 0x80 | ((code >> 12) & 63)
    out[o + 2] = 0x80 | ((code >> 6) & 63)
    out[o + 3] = 0x80 | (code & 63)
    return o + 4


@njit(nogil=True, cache=True)
def gather_strings(
    data: Bytes, starts: Nodes, stops: Nodes, escaped: npt.NDArray[np.bool_], width: int
) -> tuple[Offsets, Bytes]:
    """Copy the texts of strings into one buffer, escapes decoded; a lone surrogate becomes U+FFFD.

    ``width`` is 2 where every quote in the data is doubled, else 1. Gives offsets (shape strings + 1) and bytes.
    Decoded text is never longer than the text with escapes.
    """
    total = 0
    for t in range(starts.size):
        total += stops[t] - starts[t]
    out = np.empty(total, np.uint8)
    offsets = np.empty(starts.size + 1, np.int64)
    offsets[0] = 0
    o = 0
    for t in range(starts.size):
        i, stop = starts[t], stops[t]
        if not escaped[t]:
            for k in range(i, stop):
                out[o] = data[k]
                o += 1
            offsets[t + 1] = o
            continue
        while i < stop:
            if data[i] != 92:
                out[o] = data[i]
                o += 1
                i += 1
                continue
            c = data[i + 1]
            i += 2
            if c == 117:
                code = _hex4(data, i)
                i += 4
                if 0xD800 <= code <= 0xDBFF and i + 6 <= stop and data[i] == 92 and data[i + 1] == 117:
                    low = _hex4(data, i + 2)
                    if 0xDC00 <= low <= 0xDFFF:
                        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
                        i += 6
                if 0xD800 <= code <= 0xDFFF:
                    code = 0xFFFD
                o = _put_utf8(out, o, code)
            else:
                out[o] = (
                    8 if c == 98 else 12 if c == 102 else 10 if c == 110 else 13 if c == 114 else 9 if c == 116 else c
                )
                o += 1
                i += width - 1 if c == 34 else 0
        offsets[t + 1] = o
    return offsets, out[:o]
