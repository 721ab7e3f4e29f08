"""Python literals, as they stand in the cells of extracts, written as JSON."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]
Nodes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

_APOSTROPHE, _QUOTE, _BACKSLASH = 39, 34, 92
_F, _N, _T, _f, _n, _t = 70, 78, 84, 102, 110, 116


@compiled
def _word(data: Bytes, i: int, stop: int) -> tuple[int, int]:
    """The word at i: bytes of None, nan, null, True, true, False or false, and how JSON has it; 0 for another.

    JSON has it as null (0), true (1) or false (2).
    """
    c = data[i]
    left = stop - i
    if left >= 3 and c == _n and data[i + 1] == 97 and data[i + 2] == _n:
        return 3, 0
    if left < 4:
        return 0, 0
    b, d, e = data[i + 1], data[i + 2], data[i + 3]
    if (c == _N and b == 111 and d == _n and e == 101) or (c == _n and b == 117 and d == 108 and e == 108):
        return 4, 0
    if (c == _T or c == _t) and b == 114 and d == 117 and e == 101:
        return 4, 1
    if left >= 5 and (c == _F or c == _f) and b == 97 and d == 108 and e == 115 and data[i + 4] == 101:
        return 5, 2
    return 0, 0


_WORDS = np.frombuffer(b"nulltruefalse", np.uint8)
_WORD_BOUNDS = np.array([0, 4, 8, 13])


@compiled
def _write_one(data: Bytes, i: int, stop: int, out: Bytes, o: int) -> tuple[int, bool]:
    """Write one literal at ``out[o]``: where it ends, and whether it is one that JSON can say in the same way."""
    inside = False
    while i < stop:
        c = data[i]
        if c == _APOSTROPHE:
            inside = not inside
            out[o] = _QUOTE
        elif c == _QUOTE or c == _BACKSLASH:
            return o, False
        elif not inside and (c == _n or c == _N or c == _T or c == _F or c == _t or c == _f):
            length, word = _word(data, i, stop)
            if length == 0:
                return o, False
            for k in range(_WORD_BOUNDS[word], _WORD_BOUNDS[word + 1]):
                out[o] = _WORDS[k]
                o += 1
            i += length
            continue
        else:
            out[o] = c
        o += 1
        i += 1
    return o, not inside


@compiled
def literals_to_json(data: Bytes, offsets: Offsets) -> tuple[Offsets, Bytes, Mask]:
    """Write literals, data[offsets[i]:offsets[i + 1]], as JSON: strings in quotes, None and nan as null.

    Gives offsets, bytes, and which literals are said in the same way; one with an escape or a quote in it is not, and
    is empty. What is no literal may come out as what is no JSON.
    """
    count = offsets.size - 1
    longer = 0
    for i in range(offsets[0], offsets[count]):
        longer += data[i] == _n
    out = np.empty(offsets[count] - offsets[0] + longer, np.uint8)
    places = np.empty(count + 1, np.int64)
    places[0] = 0
    same = np.empty(count, np.bool_)
    for t in range(count):
        end, same[t] = _write_one(data, offsets[t], offsets[t + 1], out, places[t])
        places[t + 1] = end if same[t] else places[t]
    return places, out, same


@compiled
def any_fraction(data: Bytes, starts: Nodes, stops: Nodes) -> bool:
    """Say whether any of some numbers, data[starts[i]:stops[i]], is written with a point or an exponent."""
    for t in range(starts.size):
        for i in range(starts[t], stops[t]):
            if data[i] == 46 or data[i] == 101 or data[i] == 69:
                return True
    return False
