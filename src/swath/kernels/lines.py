"""Writing texts: lists in brackets, and the lines of a CSV file."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.bits import copy_bytes
from swath.kernels.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_COMMA, _BLANK, _QUOTE, _FEED, _RETURN, _OPEN, _CLOSE = 44, 32, 34, 10, 13, 91, 93


@compiled
def bracket_lists(data: Bytes, offsets: Offsets, lists: Offsets, valid: Mask) -> tuple[Offsets, Bytes]:
    """Write lists of texts in brackets, a comma and a blank between: ``[a, b]``; nothing where not ``valid``.

    The texts are data[offsets[i]:offsets[i + 1]], those of list k the ones from lists[k] to lists[k + 1].
    Gives offsets (shape lists + 1) and bytes.
    """
    count = lists.size - 1
    places = np.empty(count + 1, np.int64)
    places[0] = 0
    for k in range(count):
        first, last = lists[k], lists[k + 1]
        length = offsets[last] - offsets[first] + 2 + 2 * max(last - first - 1, 0) if valid[k] else 0
        places[k + 1] = places[k] + length
    out = np.empty(places[count], np.uint8)
    for k in range(count):
        if not valid[k]:
            continue
        o = places[k]
        out[o] = _OPEN
        o += 1
        for t in range(lists[k], lists[k + 1]):
            if t > lists[k]:
                out[o] = _COMMA
                out[o + 1] = _BLANK
                o += 2
            length = offsets[t + 1] - offsets[t]
            copy_bytes(out, o, data, offsets[t], length)
            o += length
        out[o] = _CLOSE
    return places, out


@compiled
def measure_cells(data: Bytes, offsets: Offsets, lengths: Offsets) -> Mask:
    """Add to ``lengths`` the bytes that each text takes as a cell with what ends it, and say which need quotes."""
    rows = offsets.size - 1
    quoted = np.empty(rows, np.bool_)
    for r in range(rows):
        special, quotes = 0, 0
        for i in range(offsets[r], offsets[r + 1]):
            c = data[i]
            special |= (c == _QUOTE) | (c == _COMMA) | (c == _FEED) | (c == _RETURN)
            quotes += c == _QUOTE
        quoted[r] = special != 0
        lengths[r] += offsets[r + 1] - offsets[r] + 1 + (2 + quotes if special else 0)
    return quoted


@compiled
def put_cells(data: Bytes, offsets: Offsets, quoted: Mask, end: int, out: Bytes, places: Offsets) -> None:
    """Copy texts to their ``places`` in ``out``, in quotes where said so, and move the places behind the cells.

    ``end`` is the byte that ends each cell: a comma, or a line feed.
    """
    for r in range(offsets.size - 1):
        o = places[r]
        if quoted[r]:
            out[o] = _QUOTE
            o += 1
            for i in range(offsets[r], offsets[r + 1]):
                out[o] = data[i]
                o += 1
                if data[i] == _QUOTE:
                    out[o] = _QUOTE
                    o += 1
            out[o] = _QUOTE
            o += 1
        else:
            length = offsets[r + 1] - offsets[r]
            copy_bytes(out, o, data, offsets[r], length)
            o += length
        out[o] = end
        places[r] = o + 1
