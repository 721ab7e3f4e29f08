"""A column of JSON texts parsed into one flat tape of values.

Every value (and every object key) is one node of the tape, in the order of the text: its kind, where its text starts
and
stops in the data, and the node that follows its whole subtree. A key's value is the node after it. The tape ends with a
node of kind MISSING, so that the node -1, a value that is not there, has that kind too.

The texts may be cells of a CSV file as they stand there, every quote doubled: unquoting them first would cost as
much as
parsing them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]
Nodes = npt.NDArray[np.int32]

NULL, FALSE, TRUE, NUMBER, STRING, ESCAPED, OBJECT, ARRAY, MISSING = range(9)
"""Kinds of nodes. ESCAPED is a string with backslashes; the text of both strings is what stands between the quotes."""

GOOD, SYNTAX, BAD_STRING, TOO_DEEP, BAD_NUMBER, CUT_OFF = range(6)
"""Why a text is no JSON, or GOOD."""

MAX_DEPTH = 200

_IN_STRING = np.ones(256, np.bool_)
_IN_STRING[:32] = False
_IN_STRING[34] = False
_IN_STRING[92] = False
_IN_NUMBER = np.zeros(256, np.bool_)
_IN_NUMBER[np.frombuffer(b"0123456789+-.eE", np.uint8)] = True
HEX = np.full(256, -1, np.int8)
HEX[48:58] = np.arange(10)
HEX[65:71] = np.arange(10, 16)
HEX[97:103] = np.arange(10, 16)
"""The values of hexadecimal digits, -1 for other bytes."""


@njit(nogil=True, cache=True)
def _is_number(data: Bytes, i: int, stop: int) -> bool:
    """Say whether a text is a number by RFC 8259: no leading zero, plus sign, bare point, NaN or Infinity."""
    if i < stop and data[i] == 45:
        i += 1
    if i >= stop:
        return False
    if data[i] == 48:
        i += 1
    elif 49 <= data[i] <= 57:
        while i < stop and 48 <= data[i] <= 57:
            i += 1
    else:
        return False
    if i < stop and data[i] == 46:
        i += 1
        first = i
        while i < stop and 48 <= data[i] <= 57:
            i += 1
        if i == first:
            return False
    if i < stop and (data[i] == 101 or data[i] == 69):
        i += 1
        if i < stop and (data[i] == 43 or data[i] == 45):
            i += 1
        first = i
        while i < stop and 48 <= data[i] <= 57:
            i += 1
        if i == first:
            return False
    return i == stop


@njit(nogil=True, cache=True)
def _end_of_string(data: Bytes, i: int, stop: int, width: int) -> tuple[int, bool]:
    """Find the closing quote of a string whose text starts at i: its place (-1: none) and whether it has escapes."""
    escaped = False
    while i < stop:
        b = data[i]
        if _IN_STRING[b]:
            i += 1
        elif b == 34:
            return i, escaped
        elif b == 92 and i + 1 < stop:
            escaped = True
            c = data[i + 1]
            if c == 117:
                if i + 6 > stop:
                    return -1, escaped
                for k in range(i + 2, i + 6):
                    if HEX[data[k]] < 0:
                        return -1, escaped
                i += 6
            elif c == 34:
                i += 1 + width
            elif c == 92 or c == 47 or c == 98 or c == 102 or c == 110 or c == 114 or c == 116:
                i += 2
            else:
                return -1, escaped
        else:
            return -1, escaped
    return -1, escaped


@njit(nogil=True, cache=True)
def _literal(data: Bytes, i: int, stop: int) -> int:
    """Recognise true, false or null at i: its kind, or -1."""
    if i + 4 <= stop:
        if data[i] == 116 and data[i + 1] == 114 and data[i + 2] == 117 and data[i + 3] == 101:
            return TRUE
        if data[i] == 110 and data[i + 1] == 117 and data[i + 2] == 108 and data[i + 3] == 108:
            return NULL
        if i + 5 <= stop and data[i] == 102 and data[i + 1] == 97 and data[i + 2] == 108:
            if data[i + 3] == 115 and data[i + 4] == 101:
                return FALSE
    return -1


@njit(nogil=True, cache=True)
def count_nodes_at_most(starts: Offsets, stops: Offsets) -> int:
    """Bound the number of nodes: each takes two bytes, with its separator or closing bracket.

    Only the last value of a text has no separator, and only MAX_DEPTH brackets of a broken text are never closed.
    """
    count = starts.size + MAX_DEPTH + 2
    for t in range(starts.size):
        count += (stops[t] - starts[t]) // 2
    return count


_VALUE, _FIRST_VALUE, _KEY, _FIRST_KEY, _COLON, _NEXT = range(6)


@njit(nogil=True, cache=True)
def build_tape(
    data: Bytes, starts: Offsets, stops: Offsets, width: int, capacity: int
) -> tuple[npt.NDArray[np.uint8], Nodes, Nodes, Nodes, Nodes, npt.NDArray[np.uint8]]:
    """Parse texts, data[starts[i]:stops[i]], whole and strictly by RFC 8259.

    ``width`` is 2 where every quote in the texts is doubled, else 1. Gives kind, start, stop and next (shape nodes),
    then each text's root node (-1 where it is no JSON) and its
    error (GOOD and so on). ``capacity`` comes from ``count_nodes_at_most``.
    """
    kind = np.empty(capacity, np.uint8)
    start = np.empty(capacity, np.int32)
    stop = np.empty(capacity, np.int32)
    following = np.empty(capacity, np.int32)
    texts = starts.size
    roots = np.empty(texts, np.int32)
    errors = np.empty(texts, np.uint8)
    stack = np.empty(MAX_DEPTH, np.int32)
    n = 0
    for t in range(texts):
        base = starts[t]
        text = data[base : stops[t]]
        i, end = 0, text.size
        first = n
        depth = 0
        error = GOOD
        expected = _VALUE
        closed = False
        while i < end:
            b = text[i]
            if b == 32 or b == 10 or b == 13 or b == 9:
                i += 1
                continue
            if closed:
                error = SYNTAX
                break
            if expected == _COLON:
                if b != 58:
                    error = SYNTAX
                    break
                i += 1
                expected = _VALUE
                continue
            if expected == _NEXT and b == 44:
                i += 1
                expected = _KEY if kind[stack[depth - 1]] == OBJECT else _VALUE
                continue
            if (b == 125 and (expected == _NEXT or expected == _FIRST_KEY)) or (
                b == 93 and (expected == _NEXT or expected == _FIRST_VALUE)
            ):
                parent = stack[depth - 1]
                if (kind[parent] == OBJECT) != (b == 125):
                    error = SYNTAX
                    break
                depth -= 1
                i += 1
                stop[parent] = base + i
                following[parent] = n
                closed = depth == 0
                expected = _NEXT
                continue
            if expected == _NEXT:
                error = SYNTAX
                break
            if b == 34:
                close, escaped = _end_of_string(text, i + width, end, width)
                if close < 0:
                    error = BAD_STRING
                    break
                kind[n] = ESCAPED if escaped else STRING
                start[n] = base + i + width
                stop[n] = base + close
                following[n] = n + 1
                n += 1
                i = close + width
                if expected == _KEY or expected == _FIRST_KEY:
                    expected = _COLON
                    continue
            elif expected == _KEY or expected == _FIRST_KEY:
                error = SYNTAX
                break
            elif b == 123 or b == 91:
                if depth == MAX_DEPTH:
                    error = TOO_DEEP
                    break
                kind[n] = OBJECT if b == 123 else ARRAY
                start[n] = base + i
                stack[depth] = n
                depth += 1
                n += 1
                i += 1
                expected = _FIRST_KEY if b == 123 else _FIRST_VALUE
                continue
            else:
                word = _literal(text, i, end)
                j = i
                if word >= 0:
                    j += 5 if word == FALSE else 4
                    kind[n] = word
                else:
                    while j < end and _IN_NUMBER[text[j]]:
                        j += 1
                    if not _is_number(text, i, j):
                        error = BAD_NUMBER if j > i or b == 78 or b == 73 else SYNTAX
                        break
                    kind[n] = NUMBER
                start[n] = base + i
                stop[n] = base + j
                following[n] = n + 1
                n += 1
                i = j
            closed = depth == 0
            expected = _NEXT
        if error == GOOD and not closed:
            error = CUT_OFF
        errors[t] = error
        roots[t] = first if error == GOOD else -1
        if error != GOOD:
            n = first
    kind[n] = MISSING
    start[n] = 0
    stop[n] = 0
    following[n] = n + 1
    n += 1
    return kind[:n], start[:n], stop[:n], following[:n], roots, errors
