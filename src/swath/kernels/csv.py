"""Splitting CSV bytes into records and fields, by the rules of Python's ``csv`` module.

A quote opens a quoted field only at the field's start; in one, a doubled quote is a quote and any byte may stand; text
after the closing quote belongs to the field. Records end with LF, CR LF or CR outside quotes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]

QUOTE, COMMA, LF, CR = 34, 44, 10, 13

PLAIN, QUOTED, MIXED = 0, 1, 2
"""How a field stands in the file: as it is; in quotes; in quotes with text after the closing one."""


@njit(nogil=True, cache=True)
def count_record_ends(data: Bytes) -> int:
    """Count the LF and CR bytes: no fewer than the records that end in the data."""
    count = 0
    for i in range(data.size):
        count += (data[i] == LF) | (data[i] == CR)
    return count


@njit(nogil=True, cache=True)
def split_records(
    data: Bytes, slots: npt.NDArray[np.int32], wanted: int, capacity: int, final: bool
) -> tuple[int, int, Offsets, npt.NDArray[np.int32], Offsets, Offsets, npt.NDArray[np.uint8], bool]:
    """Find the records of ``data``, which begins at a record, and the fields that are wanted.

    ``slots[c]`` is the place of column c among the ``wanted`` ones, or -1; ``capacity`` bounds the number of records;
    ``final`` says that the file ends with the data, so that a last record without a line end is whole.

    Gives the number of records, the bytes consumed, each record's bounds (shape records + 1) and number of fields, then
    starts, stops and styles of shape (records, wanted), and whether the file ends within a quoted field. A wanted
    field that a record lacks has start -1. Empty lines count as records of no fields.
    """
    n = data.size
    bounds = np.empty(capacity + 1, np.int64)
    fields = np.empty(capacity, np.int32)
    starts = np.full((capacity, wanted), -1, np.int64)
    stops = np.full((capacity, wanted), -1, np.int64)
    styles = np.zeros((capacity, wanted), np.uint8)
    records = 0
    i = 0
    bounds[0] = 0
    open_quote = False
    while i < n and records < capacity:
        column = 0
        whole = False
        if data[i] == LF or data[i] == CR:
            if data[i] == CR and i + 1 == n and not final:
                break
            i += 2 if data[i] == CR and i + 1 < n and data[i + 1] == LF else 1
            whole = True
        while not whole:
            style = PLAIN
            start = i
            if i < n and data[i] == QUOTE:
                style = QUOTED
                start = i + 1
                i += 1
                while True:
                    while i < n and data[i] != QUOTE:
                        i += 1
                    if i + 1 < n and data[i + 1] == QUOTE:
                        i += 2
                        continue
                    break
                if i >= n:
                    open_quote = True
                    stop = n
                else:
                    stop = i
                    i += 1
                    if i < n and data[i] != COMMA and data[i] != LF and data[i] != CR:
                        style = MIXED
                        while i < n and data[i] != COMMA and data[i] != LF and data[i] != CR:
                            i += 1
                        stop = i
            else:
                while i < n and data[i] != COMMA and data[i] != LF and data[i] != CR:
                    i += 1
                stop = i
            if column < slots.size and slots[column] >= 0:
                starts[records, slots[column]] = start
                stops[records, slots[column]] = stop
                styles[records, slots[column]] = style
            column += 1
            if i >= n:
                break
            if data[i] == COMMA:
                i += 1
                continue
            if data[i] == CR and i + 1 == n and not final:
                break
            i += 2 if data[i] == CR and i + 1 < n and data[i + 1] == LF else 1
            whole = True
        if not whole and not final:
            open_quote = False
            for slot in range(wanted):
                starts[records, slot] = -1
            break
        fields[records] = column
        records += 1
        bounds[records] = i
    return (
        records,
        bounds[records],
        bounds[: records + 1],
        fields[:records],
        starts[:records],
        stops[:records],
        styles[:records],
        open_quote,
    )


@njit(nogil=True, cache=True)
def gather_fields(
    data: Bytes, starts: Offsets, stops: Offsets, styles: npt.NDArray[np.uint8]
) -> tuple[Offsets, Bytes]:
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
        if starts[f] >= 0 and styles[f] == PLAIN:
            for i in range(starts[f], stops[f]):
                out[o] = data[i]
                o += 1
        elif starts[f] >= 0 and styles[f] == QUOTED:
            second = 0
            for i in range(starts[f], stops[f]):
                out[o] = data[i]
                quote = 1 if data[i] == QUOTE else 0
                o += 1 - (quote & second)
                second = quote & (1 - second)
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


@njit(nogil=True, cache=True)
def flag_bad_bytes(data: Bytes, bounds: Offsets) -> npt.NDArray[np.uint8]:
    """Flag each record, data[bounds[r]:bounds[r + 1]]: 1 if it holds a NUL byte, 2 if it is not UTF-8, else 0."""
    flags = np.zeros(bounds.size - 1, np.uint8)
    for r in range(bounds.size - 1):
        i = bounds[r]
        stop = bounds[r + 1]
        while i < stop:
            b = data[i]
            if b < 0x80:
                if b == 0:
                    flags[r] = 1
                    break
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


@njit(nogil=True, cache=True)
def parse_integers(
    data: Bytes, offsets: Offsets
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Read texts, data[offsets[i]:offsets[i + 1]], as decimal integers of at most 18 digits, blanks around allowed.

    Gives the values and whether each was one.
    """
    values = np.zeros(offsets.size - 1, np.int64)
    good = np.zeros(offsets.size - 1, np.bool_)
    for f in range(offsets.size - 1):
        i, stop = offsets[f], offsets[f + 1]
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
