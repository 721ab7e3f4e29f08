"""Splitting CSV bytes into records and fields, by the rules of Python's ``csv`` module.

A quote opens a quoted field only at the field's start; in one, a doubled quote is a quote and any byte may stand; text
after the closing quote belongs to the field. Records end with LF, CR LF or CR outside quotes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.bits import AHEAD, LANES, copy_bytes, equal_bits, fetch, trailing_zeros
from swath.kernels.compiled import compiled, compiled_borrowing

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]

QUOTE, COMMA, LF, CR = 34, 44, 10, 13

Split = tuple[int, int, Offsets, npt.NDArray[np.int32], Offsets, Offsets, npt.NDArray[np.uint8], bool]

PLAIN, QUOTED, MIXED = 0, 1, 2
"""How a field stands in the file: as it is; in quotes; in quotes with text after the closing one."""


@compiled
def _odd_before(bits: np.uint64) -> np.uint64:
    """For each bit, whether an odd number of bits is set up to it."""
    bits ^= bits << np.uint64(1)
    bits ^= bits << np.uint64(2)
    bits ^= bits << np.uint64(4)
    bits ^= bits << np.uint64(8)
    bits ^= bits << np.uint64(16)
    bits ^= bits << np.uint64(32)
    return bits


@compiled
def _count(bits: np.uint64) -> int:
    """How many bits are set.

    Source: H. S. Warren, "Hacker's Delight", 5-1.
    """
    bits -= (bits >> np.uint64(1)) & np.uint64(0x5555555555555555)
    bits = (bits & np.uint64(0x3333333333333333)) + ((bits >> np.uint64(2)) & np.uint64(0x3333333333333333))
    bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((bits * np.uint64(0x0101010101010101)) >> np.uint64(56))


@compiled_borrowing
def _find_marks(data: Bytes, i: int) -> tuple[np.uint64, np.uint64, np.uint64]:
    """Find the quotes, the commas and the line ends among data[i:i + 64]."""
    return equal_bits(data, i, QUOTE), equal_bits(data, i, COMMA), equal_bits(data, i, LF) | equal_bits(data, i, CR)


@compiled
def _mark_regular(data: Bytes, ends: npt.NDArray[np.uint64]) -> tuple[bool, bool, int]:
    """Mark the separators outside quotes in regular data, a bit a byte.

    Gives whether it is regular, whether it ends in quotes, and how many of the separators are line ends. Quotes are
    regular where each field's opening one follows a separator and its closing one is followed by one. Then a byte is
    within quotes if an odd number of quotes stands before it, which is told of 64 bytes at once.
    """
    inside = np.uint64(0)
    after_separator = np.uint64(1)
    after_closing = np.uint64(0)
    irregular = np.uint64(0)
    lines = 0
    tail = np.zeros(LANES, np.uint8)
    for i in range(data.size % LANES):
        tail[i] = data[data.size - data.size % LANES + i]
    for block in range(ends.size):
        base = LANES * block
        if base + LANES <= data.size:
            quotes, commas, line_ends = _find_marks(data, base)
        else:
            quotes, commas, line_ends = _find_marks(tail, 0)
        separators = commas | line_ends
        odd = _odd_before(quotes) ^ inside
        opening = quotes & odd
        closing = quotes & ~odd
        either = separators | quotes
        follows = (closing << np.uint64(1)) | after_closing
        irregular |= opening & ~((either << np.uint64(1)) | after_separator)
        irregular |= follows & ~either & _lowest(data.size - base)
        after_separator = either >> np.uint64(63)
        after_closing = closing >> np.uint64(63)
        inside = np.uint64(0) - (odd >> np.uint64(63))
        ends[block] = separators & ~odd
        lines += _count(line_ends & ~odd)
    return irregular == 0, inside != 0, lines


@compiled
def _lowest(bits: int) -> np.uint64:
    """A mask of the lowest bits."""
    return ~np.uint64(0) if bits >= LANES else (np.uint64(1) << np.uint64(bits)) - np.uint64(1)


_BLOCKS_AHEAD = 32
"""How many blocks before its turn one is fetched: separators lie apart, and memory would be waited for at each."""

_AT_START, _IN_TEXT, _IN_QUOTES, _AFTER_QUOTE = range(4)


@compiled_borrowing
def _mark_exactly(data: Bytes, ends: npt.NDArray[np.uint64]) -> tuple[bool, int]:
    """Mark the separators outside quotes in any data, byte by byte: whether it ends in quotes, and the line ends."""
    state = _AT_START
    lines = 0
    ends[:] = 0
    for i in range(data.size):
        b = data[i]
        if state == _IN_QUOTES:
            if b == QUOTE:
                state = _AFTER_QUOTE
        elif b == COMMA or b == LF or b == CR:
            ends[i >> 6] |= np.uint64(1) << np.uint64(i & 63)
            lines += b != COMMA
            state = _AT_START
        elif b == QUOTE and state != _IN_TEXT:
            state = _IN_QUOTES
        else:
            state = _IN_TEXT
    return state == _IN_QUOTES, lines


@compiled_borrowing
def _style(data: Bytes, start: int, stop: int, regular: bool) -> int:
    """How the field data[start:stop] stands there."""
    if start == stop or data[start] != QUOTE:
        return PLAIN
    i = start + 1
    while not regular and i < stop - 1:
        if data[i] == QUOTE and data[i + 1] != QUOTE:
            return MIXED
        i += 2 if data[i] == QUOTE else 1
    return QUOTED if regular or (i == stop - 1 and data[i] == QUOTE) else MIXED


@compiled
def _collect(
    data: Bytes,
    ends: npt.NDArray[np.uint64],
    regular: bool,
    inside: bool,
    slots: npt.NDArray[np.int32],
    wanted: int,
    lines: int,
    final: bool,
) -> Split:
    """Go from separator to separator, and put records and fields together; ``lines`` is the number of line ends."""
    n, capacity = data.size, lines + 1
    bounds = np.empty(capacity + 1, np.int64)
    fields = np.zeros(capacity, np.int32)
    starts = np.full((capacity, wanted), -1, np.int64)
    stops = np.full((capacity, wanted), -1, np.int64)
    styles = np.zeros((capacity, wanted), np.uint8)
    bounds[0] = 0
    records, column, field, block = 0, 0, np.int64(0), 0  # a literal 0 would be compiled for separately
    left = ends[0] if ends.size else np.uint64(0)
    cut_off = False
    while True:
        while left == 0 and block + 1 < ends.size:
            block += 1
            left = ends[block]
            if block + _BLOCKS_AHEAD < ends.size and ends[block + _BLOCKS_AHEAD] != 0:
                fetch(data, LANES * (block + _BLOCKS_AHEAD))
        i = 64 * block + trailing_zeros(left) if left != 0 else n
        if i == n and (not final or bounds[records] == n):
            break
        left &= left - np.uint64(1)
        if i < n and data[i] == LF and i == bounds[records] and i > 0 and data[i - 1] == CR:
            bounds[records] = field = i + 1
            continue
        if i == n or data[i] == COMMA or i > bounds[records]:
            if column < slots.size and slots[column] >= 0:
                cut_off = inside and i == n
                style = QUOTED if cut_off else _style(data, field, i, regular)
                starts[records, slots[column]] = field + (style != PLAIN)
                stops[records, slots[column]] = i - (style == QUOTED and not cut_off)
                styles[records, slots[column]] = style
            column += 1
        field = i + 1
        if i == n or data[i] != COMMA:
            fields[records] = column
            records += 1
            bounds[records] = min(i + 1, n)
            column = 0
    if not final and records and bounds[records] == n and data[n - 1] == CR:
        records -= 1
    cut_off = final and inside and bounds[records] == n
    found = bounds[: records + 1], fields[:records], starts[:records], stops[:records], styles[:records]
    return records, bounds[records], found[0], found[1], found[2], found[3], found[4], cut_off


@compiled
def split_records(data: Bytes, slots: npt.NDArray[np.int32], wanted: int, final: bool) -> Split:
    """Find the records of ``data``, which begins at a record, and the fields that are wanted.

    ``slots[c]`` is the place of column c among the ``wanted`` ones, or -1; ``final`` says that the file ends with the
    data, so that a last record without a line end is whole.

    Gives the number of records, the bytes consumed, each record's bounds (shape records + 1) and number of fields, then
    starts, stops and styles of shape (records, wanted), and whether the file ends within a quoted field. A wanted
    field that a record lacks has start -1. Empty lines count as records of no fields.
    """
    ends = np.empty((data.size + LANES - 1) // LANES, np.uint64)
    regular, inside, lines = _mark_regular(data, ends)
    if not regular:
        inside, lines = _mark_exactly(data, ends)
    return _collect(data, ends, regular, inside, slots, wanted, lines, final)


@compiled
def gather_fields(data: Bytes, starts: Offsets, stops: Offsets, styles: npt.NDArray[np.uint8]) -> tuple[Offsets, Bytes]:
    """Copy fields into one buffer, doubled quotes made single; a field of start -1 is empty.

    Gives offsets (shape fields + 1) and bytes.
    """
    total = 0
    for f in range(starts.size):
        if starts[f] >= 0:
            total += stops[f] - starts[f]
    out = np.empty(total, np.uint8)
    offsets = np.empty(starts.size + 1, np.int64)
    offsets[0] = 0
    o = 0
    for f in range(starts.size):
        fetch(data, starts[min(f + AHEAD, starts.size - 1)])
        if starts[f] >= 0 and styles[f] == PLAIN:
            copy_bytes(out, o, data, starts[f], stops[f] - starts[f])
            o += stops[f] - starts[f]
        elif starts[f] >= 0 and styles[f] == QUOTED:
            i, stop = starts[f], stops[f]
            while i < stop:
                ahead = 1
                if i + LANES <= data.size and o + LANES <= total:
                    copy_bytes(out, o, data, i, LANES)
                    ahead = min(stop - i, LANES, trailing_zeros(equal_bits(data, i, QUOTE)) + 1)
                else:
                    out[o] = data[i]
                o += ahead
                i += ahead
                if i < stop and data[i - 1] == QUOTE and data[i] == QUOTE:
                    i += 1
        elif starts[f] >= 0:
            i = starts[f]
            while data[i] != QUOTE or data[i + 1] == QUOTE:
                out[o] = data[i]
                o += 1
                i += 2 if data[i] == QUOTE else 1
            for k in range(i + 1, stops[f]):
                out[o] = data[k]
                o += 1
        offsets[f + 1] = o
    return offsets, out[:o]


@compiled
def has_quotes(data: Bytes, starts: Offsets, stops: Offsets) -> bool:
    """Say whether a quote stands in any of the fields, data[starts[f]:stops[f]]."""
    for f in range(starts.size):
        for i in range(starts[f], stops[f]):
            if data[i] == QUOTE:
                return True
    return False


@compiled
def flag_bad_bytes(data: Bytes, bounds: Offsets) -> npt.NDArray[np.uint8]:
    """Flag each record, data[bounds[r]:bounds[r + 1]]: 1 if it holds a NUL byte, 2 if it is not UTF-8, else 0."""
    flags = np.zeros(bounds.size - 1, np.uint8)
    for r in range(bounds.size - 1):
        i = bounds[r]
        stop = bounds[r + 1]
        record = data[i:stop]
        lowest, highest = np.uint8(255), np.uint8(0)
        for k in range(record.size):
            lowest = min(lowest, record[k])
            highest = max(highest, record[k])
        nul, high = lowest == 0, highest >= 0x80
        if nul and record.size:
            flags[r] = 1
        if nul or not high:
            continue
        while i < stop:
            b = data[i]
            if b < 0x80:
                i += 1
                continue
            more = 1 if 0xC2 <= b <= 0xDF else 2 if 0xE0 <= b <= 0xEF else 3 if 0xF0 <= b <= 0xF4 else 0
            good = more > 0 and i + more < stop
            if good:
                for k in range(1, more + 1):
                    if data[i + k] & 0xC0 != 0x80:
                        good = False
            if good:
                c = data[i + 1]
                if (b == 0xE0 and c < 0xA0) or (b == 0xED and c > 0x9F):
                    good = False
                if (b == 0xF0 and c < 0x90) or (b == 0xF4 and c > 0x8F):
                    good = False
            if not good:
                flags[r] = 2
                break
            i += 1 + more
    return flags


@compiled
def parse_integers(data: Bytes, starts: Offsets, stops: Offsets) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Read texts, data[starts[i]:stops[i]], as decimal integers of at most 18 digits, blanks around allowed.

    Gives the values and whether each was one.
    """
    values = np.zeros(starts.size, np.int64)
    good = np.zeros(starts.size, np.bool_)
    for f in range(starts.size):
        fetch(data, starts[min(f + AHEAD, starts.size - 1)])
        i, stop = starts[f], stops[f]
        while i < stop and data[i] == 32:
            i += 1
        while stop > i and data[stop - 1] == 32:
            stop -= 1
        negative = i < stop and data[i] == 45
        if negative:
            i += 1
        if i == stop or stop - i > 18:
            continue
        value = 0
        whole = True
        for k in range(i, stop):
            digit = np.int64(data[k]) - 48
            if digit < 0 or digit > 9:
                whole = False
                break
            value = value * 10 + digit
        if whole:
            values[f] = -value if negative else value
            good[f] = True
    return values, good
