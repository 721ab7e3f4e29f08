"""One member of each JSON object found without a tape: the texts are checked whole, and nothing else is kept."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled, compiled_borrowing
from swath.kernels.json import (
    _COLON,
    _FIRST_KEY,
    _FIRST_VALUE,
    _KEY,
    _NEXT,
    _VALUE,
    ARRAY,
    BAD_STRING,
    CUT_OFF,
    GOOD,
    MAX_DEPTH,
    MISSING,
    OBJECT,
    SYNTAX,
    TOO_DEEP,
    _after_string,
    _closes,
    _end_of_string,
    _scan_plain,
)

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]


@compiled_borrowing
def _is_name(data: Bytes, start: int, stop: int, name: Bytes) -> bool:
    if stop - start != name.size:
        return False
    for k in range(name.size):
        if data[start + k] != name[k]:
            return False
    return True


@compiled_borrowing
def _find_member(
    data: Bytes, start: int, end: int, width: int, name: Bytes, containers: Bytes
) -> tuple[int, int, int, bool]:
    """Read one text: where the member's value starts and stops, the error, and whether an outer key has escapes."""
    depth, expected, container = 0, _VALUE, MISSING
    found_start, found_stop, wanted, odd = 0, 0, False, False
    i = start
    while i < end:
        b = data[i]
        if depth == 1 and wanted and expected == _VALUE and b > 32:
            found_start, found_stop, wanted = i, -1, False
        if b == 34 and expected < _COLON:
            close, escaped = _end_of_string(data, i + width, end, width)
            if close < 0:
                return 0, 0, BAD_STRING, odd
            if expected >= _KEY and depth == 1:
                wanted = _is_name(data, i + width, close, name)
                odd |= escaped
            expected, i = _after_string(data, close + width, end, expected)
        elif b == 44 and expected == _NEXT and depth > 0:
            expected = _KEY if container == OBJECT else _VALUE
            i += 1
        elif b == 58 and expected == _COLON:
            expected = _VALUE
            i += 1
        elif b == 32 or b == 10 or b == 13 or b == 9:
            i += 1
            continue
        elif depth > 0 and _closes(b, expected, container):
            depth -= 1
            i += 1
            container = containers[depth]
            expected = _NEXT
        elif expected > _FIRST_VALUE:
            return 0, 0, SYNTAX, odd
        elif b == 123 or b == 91:
            if depth == MAX_DEPTH:
                return 0, 0, TOO_DEEP, odd
            containers[depth] = container
            container = OBJECT if b == 123 else ARRAY
            expected = _FIRST_KEY if b == 123 else _FIRST_VALUE
            depth += 1
            i += 1
        else:
            found, after = _scan_plain(data, i, end)
            if found < 0:
                return 0, 0, -found, odd
            expected = _NEXT
            i = after
        if found_stop < 0 and depth == 1 and expected == _NEXT:
            found_stop = i
    return found_start, found_stop, GOOD if expected == _NEXT and depth == 0 else CUT_OFF, odd


@compiled
def find_member(
    data: Bytes, starts: Offsets, stops: Offsets, width: int, name: Bytes
) -> tuple[Offsets, Offsets, npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """Find the values of one member of the objects data[starts[t]:stops[t]], which are read strictly by RFC 8259.

    ``width`` is 2 where every quote in the texts is doubled, else 1. Of a repeated name the last counts. Gives where
    each value starts and stops (equal where there is none), each text's error as ``swath.kernels.json`` has them, and
    whether an outer key has escapes, which are not compared here.
    """
    found_starts = np.empty(starts.size, np.int64)
    found_stops = np.empty(starts.size, np.int64)
    errors = np.empty(starts.size, np.uint8)
    odd = np.empty(starts.size, np.bool_)
    containers = np.empty(MAX_DEPTH, np.uint8)
    for t in range(starts.size):
        found_starts[t], found_stops[t], errors[t], odd[t] = _find_member(
            data, starts[t], stops[t], width, name, containers
        )
    return found_starts, found_stops, errors, odd
