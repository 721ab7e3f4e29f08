"""A column of JSON texts as one flat tape of values, and the ways to walk it.

Every value (and every object key) is one node of the tape, in the order of the text: its kind, where its text starts and
stops in the data, and the node that follows its whole subtree. A key's value is the node after it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]
Nodes = npt.NDArray[np.int32]

NULL, FALSE, TRUE, NUMBER, STRING, ESCAPED, OBJECT, ARRAY = range(8)
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
_OPENS_NODE = np.zeros(256, np.bool_)
_OPENS_NODE[np.frombuffer(b"{[,:", np.uint8)] = True
_HEX = np.full(256, -1, np.int8)
_HEX[48:58] = np.arange(10)
_HEX[65:71] = np.arange(10, 16)
_HEX[97:103] = np.arange(10, 16)


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
def _end_of_string(data: Bytes, i: int, stop: int) -> tuple[int, bool]:
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
                    if _HEX[data[k]] < 0:
                        return -1, escaped
                i += 6
            elif c == 34 or c == 92 or c == 47 or c == 98 or c == 102 or c == 110 or c == 114 or c == 116:
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
def count_nodes_at_most(data: Bytes, texts: int) -> int:
    """Bound the number of nodes: each stands first in its text or after one of ``{[,:``."""
    count = texts
    for i in range(data.size):
        count += _OPENS_NODE[data[i]]
    return count


_VALUE, _FIRST_VALUE, _KEY, _FIRST_KEY, _COLON, _NEXT = range(6)


@njit(nogil=True, cache=True)
def build_tape(
    data: Bytes, offsets: Offsets, capacity: int
) -> tuple[npt.NDArray[np.uint8], Nodes, Nodes, Nodes, Nodes, npt.NDArray[np.uint8]]:
    """Parse texts, data[offsets[i]:offsets[i + 1]], whole and strictly by RFC 8259.

    Gives kind, start, stop and next (shape nodes), then each text's root node (-1 where it is no JSON) and its
    error (GOOD and so on). ``capacity`` comes from ``count_nodes_at_most``.
    """
    kind = np.empty(capacity, np.uint8)
    start = np.empty(capacity, np.int32)
    stop = np.empty(capacity, np.int32)
    following = np.empty(capacity, np.int32)
    texts = offsets.size - 1
    roots = np.empty(texts, np.int32)
    errors = np.empty(texts, np.uint8)
    stack = np.empty(MAX_DEPTH, np.int32)
    n = 0
    for t in range(texts):
        i, end = offsets[t], offsets[t + 1]
        first = n
        depth = 0
        error = GOOD
        expected = _VALUE
        closed = False
        while i < end:
            b = data[i]
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
                stop[parent] = i
                following[parent] = n
                closed = depth == 0
                expected = _NEXT
                continue
            if expected == _NEXT:
                error = SYNTAX
                break
            if b == 34:
                close, escaped = _end_of_string(data, i + 1, end)
                if close < 0:
                    error = BAD_STRING
                    break
                kind[n] = ESCAPED if escaped else STRING
                start[n] = i + 1
                stop[n] = close
                following[n] = n + 1
                n += 1
                i = close + 1
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
                start[n] = i
                stack[depth] = n
                depth += 1
                n += 1
                i += 1
                expected = _FIRST_KEY if b == 123 else _FIRST_VALUE
                continue
            else:
                word = _literal(data, i, end)
                j = i
                if word >= 0:
                    j += 5 if word == FALSE else 4
                    kind[n] = word
                else:
                    while j < end and _IN_NUMBER[data[j]]:
                        j += 1
                    if not _is_number(data, i, j):
                        error = BAD_NUMBER if j > i or b == 78 or b == 73 else SYNTAX
                        break
                    kind[n] = NUMBER
                start[n] = i
                stop[n] = j
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
    return kind[:n], start[:n], stop[:n], following[:n], roots, errors


@njit(nogil=True, cache=True)
def list_elements(
    kind: npt.NDArray[np.uint8], following: Nodes, nodes: Nodes
) -> tuple[Offsets, Nodes]:
    """List the elements of array nodes: whose they are (positions in ``nodes``) and which nodes. Others have none."""
    count = 0
    for p in range(nodes.size):
        if nodes[p] >= 0 and kind[nodes[p]] == ARRAY:
            child = nodes[p] + 1
            while child < following[nodes[p]]:
                count += 1
                child = following[child]
    owners = np.empty(count, np.int64)
    elements = np.empty(count, np.int32)
    o = 0
    for p in range(nodes.size):
        if nodes[p] >= 0 and kind[nodes[p]] == ARRAY:
            child = nodes[p] + 1
            while child < following[nodes[p]]:
                owners[o] = p
                elements[o] = child
                o += 1
                child = following[child]
    return owners, elements


@njit(nogil=True, cache=True)
def list_members(
    kind: npt.NDArray[np.uint8], following: Nodes, nodes: Nodes
) -> tuple[Offsets, Nodes]:
    """List the members of object nodes: whose they are (positions in ``nodes``) and their key nodes. Others have none.

    A member's value is the node after its key.
    """
    count = 0
    for p in range(nodes.size):
        if nodes[p] >= 0 and kind[nodes[p]] == OBJECT:
            child = nodes[p] + 1
            while child < following[nodes[p]]:
                count += 1
                child = following[child + 1]
    owners = np.empty(count, np.int64)
    keys = np.empty(count, np.int32)
    o = 0
    for p in range(nodes.size):
        if nodes[p] >= 0 and kind[nodes[p]] == OBJECT:
            child = nodes[p] + 1
            while child < following[nodes[p]]:
                owners[o] = p
                keys[o] = child
                o += 1
                child = following[child + 1]
    return owners, keys


@njit(nogil=True, cache=True)
def match_names(
    data: Bytes, starts: Nodes, stops: Nodes, names: Bytes, bounds: Offsets
) -> npt.NDArray[np.int16]:
    """Find each text, data[starts[i]:stops[i]], among names, names[bounds[k]:bounds[k + 1]]: k, or -1.

    Names are sorted by length.
    """
    out = np.empty(starts.size, np.int16)
    for t in range(starts.size):
        out[t] = _name_of(data, starts[t], stops[t], names, bounds)
    return out


@njit(nogil=True, cache=True)
def _name_of(data: Bytes, start: int, stop: int, names: Bytes, bounds: Offsets) -> int:
    length = stop - start
    for k in range(bounds.size - 1):
        size = bounds[k + 1] - bounds[k]
        if size < length:
            continue
        if size > length:
            break
        same = True
        for j in range(size):
            if data[start + j] != names[bounds[k] + j]:
                same = False
                break
        if same:
            return k
    return -1


@njit(nogil=True, cache=True)
def find_fields(
    data: Bytes,
    kind: npt.NDArray[np.uint8],
    start: Nodes,
    stop: Nodes,
    following: Nodes,
    nodes: Nodes,
    names: Bytes,
    bounds: Offsets,
) -> tuple[Nodes, npt.NDArray[np.bool_]]:
    """Find the values of named fields in object nodes; of a repeated key the last counts.

    Gives value nodes of shape (names, nodes), -1 where missing, and whether an object has keys with escapes, which
    are not compared here. Names are sorted by length.
    """
    out = np.full((bounds.size - 1, nodes.size), -1, np.int32)
    odd = np.zeros(nodes.size, np.bool_)
    for p in range(nodes.size):
        if nodes[p] < 0 or kind[nodes[p]] != OBJECT:
            continue
        key = nodes[p] + 1
        while key < following[nodes[p]]:
            if kind[key] == ESCAPED:
                odd[p] = True
            name = _name_of(data, start[key], stop[key], names, bounds)
            if name >= 0:
                out[name, p] = key + 1
            key = following[key + 1]
    return out, odd


@njit(nogil=True, cache=True)
def trim_keys(data: Bytes, starts: Nodes, stops: Nodes) -> tuple[Nodes, Nodes, npt.NDArray[np.bool_]]:
    """Take blanks off both ends of keys, then exclamation marks off the front.

    Gives new starts and stops, and whether a key begins or ends with a byte beyond ASCII, which may be a blank too.
    """
    begin = starts.copy()
    end = stops.copy()
    odd = np.zeros(starts.size, np.bool_)
    for t in range(starts.size):
        i, j = starts[t], stops[t]
        while i < j and (data[i] == 32 or 9 <= data[i] <= 13 or 28 <= data[i] <= 31):
            i += 1
        while j > i and (data[j - 1] == 32 or 9 <= data[j - 1] <= 13 or 28 <= data[j - 1] <= 31):
            j -= 1
        odd[t] = i < j and (data[i] >= 128 or data[j - 1] >= 128)
        while i < j and data[i] == 33:
            i += 1
        begin[t] = i
        end[t] = j
    return begin, end, odd


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
        value = value * 16 + _HEX[data[i + k]]
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
    data: Bytes, starts: Nodes, stops: Nodes, escaped: npt.NDArray[np.bool_]
) -> tuple[Offsets, Bytes]:
    """Copy the texts of strings into one buffer, escapes decoded; a lone surrogate becomes U+FFFD.

    Gives offsets (shape strings + 1) and bytes. Decoded text is never longer than the text with escapes.
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
        offsets[t + 1] = o
    return offsets, out[:o]
