"""A column of JSON texts parsed into one flat tape of values.

Every value (and every object key) is one node of the tape, in the order of the text: its kind, where its text starts
and stops in the data, and the node that follows its whole subtree. A key's value is the node after it. The tape ends
with a node of kind MISSING, so that the node -1, a value that is not there, has that kind too.

The texts may be cells of a CSV file as they stand there, every quote doubled: unquoting them first would cost as much
as parsing them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.bits import LANES, equal_bits, fetch, less_bits, trailing_zeros
from swath.kernels.compiled import compiled, compiled_borrowing

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]
Nodes = npt.NDArray[np.int32]

NULL, FALSE, TRUE, NUMBER, STRING, ESCAPED, OBJECT, ARRAY, MISSING = range(9)
"""Kinds of nodes. ESCAPED is a string with backslashes; the text of both strings is what stands between the quotes."""

GOOD, SYNTAX, BAD_STRING, TOO_DEEP, BAD_NUMBER, CUT_OFF = range(6)
"""Why a text is no JSON, or GOOD."""

MAX_DEPTH = 200

_IN_NUMBER = np.zeros(256, np.bool_)
_IN_NUMBER[np.frombuffer(b"0123456789+-.eE", np.uint8)] = True
HEX = np.full(256, -1, np.int8)
HEX[48:58] = np.arange(10)
HEX[65:71] = np.arange(10, 16)
HEX[97:103] = np.arange(10, 16)
"""The values of hexadecimal digits, -1 for other bytes."""


@compiled_borrowing
def _end_of_digits(data: Bytes, i: int, stop: int) -> int:
    """Find the first byte from i on that is no digit."""
    while i + LANES <= data.size and i < stop:
        others = less_bits(data, i, 48) | ~less_bits(data, i, 58)
        if others != 0:
            return min(i + trailing_zeros(others), stop)
        i += LANES
    while i < stop and 48 <= data[i] <= 57:
        i += 1
    return min(i, stop)


@compiled_borrowing
def _end_of_number(data: Bytes, i: int, stop: int) -> int:
    """Find the end of a number by RFC 8259: no leading zero, plus sign, bare point, NaN or Infinity; -1: none."""
    if i < stop and data[i] == 45:
        i += 1
    first = i
    i = _end_of_digits(data, first, stop)
    if i == first or (data[first] == 48 and i > first + 1):
        return -1
    if i < stop and data[i] == 46:
        first = i + 1
        i = _end_of_digits(data, first, stop)
        if i == first:
            return -1
    if i < stop and (data[i] == 101 or data[i] == 69):
        i += 1
        if i < stop and (data[i] == 43 or data[i] == 45):
            i += 1
        first = i
        i = _end_of_digits(data, first, stop)
        if i == first:
            return -1
    return -1 if i < stop and _IN_NUMBER[data[i]] else i


@compiled_borrowing
def _end_of_string(data: Bytes, i: int, stop: int, width: int) -> tuple[int, bool]:
    """Find the closing quote of a string whose text starts at i: its place (-1: none) and whether it has escapes."""
    escaped = False
    while i < stop:
        if i + LANES <= data.size:
            others = equal_bits(data, i, 34) | equal_bits(data, i, 92) | less_bits(data, i, 32)
            i += trailing_zeros(others)
            if others == 0 or i >= stop:
                continue
        b = data[i]
        if b == 34:
            return i, escaped
        if b >= 32 and b != 92:
            i += 1
            continue
        escaped = True
        c = data[i + 1] if b == 92 and i + 1 < stop else np.uint8(0)
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
    return -1, escaped


@compiled_borrowing
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


@compiled
def count_nodes_at_most(starts: Offsets, stops: Offsets) -> int:
    """Bound the number of nodes: each takes two bytes, with its separator or closing bracket.

    Only the last value of a text has no separator, and only MAX_DEPTH brackets of a broken text are never closed.
    """
    count = starts.size + MAX_DEPTH + 2
    for t in range(starts.size):
        count += (stops[t] - starts[t]) // 2
    return count


@compiled_borrowing
def _scan_plain(data: Bytes, i: int, stop: int) -> tuple[int, int]:
    """Read the number or word at i: its kind and the place after it. A negative kind is a reason, negated."""
    if not _IN_NUMBER[data[i]]:
        word = _literal(data, i, stop)
        if word >= 0:
            return word, i + (5 if word == FALSE else 4)
        return -(BAD_NUMBER if data[i] == 78 or data[i] == 73 else SYNTAX), i
    after = _end_of_number(data, i, stop)
    return (NUMBER, after) if after >= 0 else (-BAD_NUMBER, i)


_VALUE, _FIRST_VALUE, _KEY, _FIRST_KEY, _COLON, _NEXT = range(6)


@compiled_borrowing
def _closes(b: int, expected: int, container: int) -> bool:
    """Say whether a byte is the closing bracket of its container, where one may stand."""
    if container == OBJECT:
        return b == 125 and (expected == _NEXT or expected == _FIRST_KEY)
    return b == 93 and (expected == _NEXT or expected == _FIRST_VALUE)


@compiled_borrowing
def _after_string(data: Bytes, i: int, end: int, expected: int) -> tuple[int, int]:
    """Say what is expected after a string that ends before i, and from where on; a key's colon is taken with it."""
    if expected < _KEY:
        return _NEXT, i
    if i < end and data[i] == 58:
        return _VALUE, i + 1
    return _COLON, i


@compiled_borrowing
def _parse_text(
    data: Bytes,
    i: int,
    end: int,
    width: int,
    n: int,
    kind: npt.NDArray[np.uint8],
    start: Nodes,
    stop: Nodes,
    following: Nodes,
    stack: Nodes,
) -> tuple[int, int]:
    """Write the nodes of the text data[i:end] behind the first n: how many there are then, and the error."""
    depth, expected = 0, _VALUE
    container = MISSING
    while i < end:
        b = data[i]
        if b == 34 and expected < _COLON:
            close, escaped = _end_of_string(data, i + width, end, width)
            if close < 0:
                return n, BAD_STRING
            kind[n], start[n] = ESCAPED if escaped else STRING, i + width
            stop[n], following[n] = close, n + 1
            n += 1
            expected, i = _after_string(data, close + width, end, expected)
        elif b == 44 and expected == _NEXT and depth > 0:
            expected = _KEY if container == OBJECT else _VALUE
            i += 1
        elif b == 58 and expected == _COLON:
            expected = _VALUE
            i += 1
        elif b == 32 or b == 10 or b == 13 or b == 9:
            i += 1
        elif depth > 0 and _closes(b, expected, container):
            depth -= 1
            i += 1
            stop[stack[depth]] = i
            following[stack[depth]] = n
            container = kind[stack[depth - 1]] if depth else MISSING
            expected = _NEXT
        elif expected > _FIRST_VALUE:
            return n, SYNTAX
        elif b == 123 or b == 91:
            if depth == MAX_DEPTH:
                return n, TOO_DEEP
            container = OBJECT if b == 123 else ARRAY
            kind[n], start[n], stack[depth] = container, i, n
            expected = _FIRST_KEY if b == 123 else _FIRST_VALUE
            depth += 1
            i += 1
            n += 1
        else:
            found, after = _scan_plain(data, i, end)
            if found < 0:
                return n, -found
            kind[n], start[n], stop[n], following[n] = found, i, after, n + 1
            expected = _NEXT
            i = after
            n += 1
    return n, GOOD if expected == _NEXT and depth == 0 else CUT_OFF


@compiled
def build_tape(
    data: Bytes, starts: Offsets, stops: Offsets, width: int, capacity: int
) -> tuple[npt.NDArray[np.uint8], Nodes, Nodes, Nodes, Nodes, npt.NDArray[np.uint8]]:
    """Parse texts, data[starts[i]:stops[i]], whole and strictly by RFC 8259.

    ``width`` is 2 where every quote in the texts is doubled, else 1. Gives kind, start, stop and next (shape nodes),
    then each text's root node (-1 where it is no JSON) and its error (GOOD and so on). ``capacity`` comes from
    ``count_nodes_at_most``.
    """
    kind = np.empty(capacity, np.uint8)
    start = np.empty(capacity, np.int32)
    stop = np.empty(capacity, np.int32)
    following = np.empty(capacity, np.int32)
    roots = np.full(starts.size, -1, np.int32)
    errors = np.empty(starts.size, np.uint8)
    stack = np.empty(MAX_DEPTH, np.int32)
    n = np.int64(0)  # a literal 0 would be compiled for separately
    for t in range(starts.size):
        fetch(data, starts[min(t + 1, starts.size - 1)])
        after, errors[t] = _parse_text(data, starts[t], stops[t], width, n, kind, start, stop, following, stack)
        if errors[t] == GOOD:
            roots[t] = n
            n = after
    kind[n], start[n], stop[n], following[n] = MISSING, 0, 0, n + 1
    n += 1
    return kind[:n], start[:n], stop[:n], following[:n], roots, errors
