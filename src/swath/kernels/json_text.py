"""Copying the texts and numbers of a tape of JSON values into columns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.bits import AHEAD, copy_bytes, fetch, leading_zeros, read_word, wide_product
from swath.kernels.compiled import compiled
from swath.kernels.json import HEX, NUMBER
from swath.kernels.words import are_eight_digits, eight_digits

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]
Nodes = npt.NDArray[np.int32]

_MOST_DIGITS, _MOST_DECIMALS = 19, 27
"""Of numbers that are read here: so many digits fit in 64 bits, and with so many decimals the method below is exact."""


def _negative_powers_of_ten() -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """The first 64 bits of 10 ** -d for every number of decimals d, and the 64 bits that follow, rounded up."""
    bits = [1 << 127]
    for decimals in range(1, _MOST_DECIMALS + 1):
        power = 5**decimals
        bits.append((1 << (power.bit_length() + 127)) // power + 1)
    return np.array([b >> 64 for b in bits], np.uint64), np.array([b & (1 << 64) - 1 for b in bits], np.uint64)


_FIRST_BITS, _NEXT_BITS = _negative_powers_of_ten()


@compiled
def _round_decimal(digits: np.uint64, decimals: int) -> np.uint64:
    """The bits of the double next to digits * 10 ** -decimals, a tie going to the even one.

    Source: D. Lemire, "Number parsing at a gigabyte per second", Software: Practice and Experience 51 (2021); that 128
    bits are enough: N. Mushtak and D. Lemire, "Fast number parsing without fallback", ibid. 53 (2023).
    """
    if digits == 0:
        return np.uint64(0)
    zeros = np.uint64(leading_zeros(digits))
    digits <<= zeros
    high, low = wide_product(digits, _FIRST_BITS[decimals])
    if high & np.uint64(0x1FF) == 0x1FF:
        more, _ = wide_product(digits, _NEXT_BITS[decimals])
        low += more
        high += np.uint64(low < more)
    upper = high >> np.uint64(63)
    mantissa = high >> (upper + np.uint64(9))
    if low <= 1 and decimals <= 4 and mantissa & np.uint64(3) == 1 and mantissa << (upper + np.uint64(9)) == high:
        mantissa ^= np.uint64(1)
    mantissa = (mantissa + (mantissa & np.uint64(1))) >> np.uint64(1)
    exponent = np.uint64(1086 + ((-217706 * decimals) >> 16)) + upper - zeros
    return (exponent << np.uint64(52)) + mantissa - np.uint64(1 << 52)


@compiled
def parse_numbers(
    data: Bytes, kind: npt.NDArray[np.uint8], start: Nodes, stop: Nodes, nodes: Nodes
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Read the JSON numbers at nodes of a tape, of shape (fields, rows), correctly rounded; NaN for other nodes.

    Gives the values, and which numbers were left, as NaN, because they have too many digits or an exponent.
    """
    bits = np.full(nodes.shape, 0x7FF8000000000000, np.uint64)
    left = np.zeros(nodes.shape, np.bool_)
    for row in range(nodes.shape[1]):
        for field in range(nodes.shape[0]):
            fetch(data, start[nodes[field, min(row + AHEAD, nodes.shape[1] - 1)]])
            node = nodes[field, row]
            if kind[node] != NUMBER:
                continue
            i, end = start[node], stop[node]
            negative = data[i] == 45
            i += negative
            digits = np.uint64(0)
            point = end
            k = i
            while k < end:
                if k + 8 <= end and are_eight_digits(read_word(data, k)):
                    digits = digits * np.uint64(100_000_000) + eight_digits(read_word(data, k))
                    k += 8
                    continue
                digit = np.uint64(data[k]) - np.uint64(48)
                if digit <= 9:
                    digits = digits * np.uint64(10) + digit
                elif data[k] == 46:
                    point = k
                else:
                    left[field, row] = True
                k += 1
            decimals = max(end - point - 1, 0)
            if left[field, row] or end - i - (point < end) > _MOST_DIGITS or decimals > _MOST_DECIMALS:
                left[field, row] = True
                continue
            bits[field, row] = _round_decimal(digits, decimals)
            if negative and (digits > 0 or point < end):
                bits[field, row] |= np.uint64(1 << 63)
    return bits.view(np.float64), left


@compiled
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
        copy_bytes(out, o, data, starts[t], stops[t] - starts[t])
        o += stops[t] - starts[t]
        offsets[t + 1] = o
    return offsets, out


@compiled
def _hex4(data: Bytes, i: int) -> int:
    value = 0
    for k in range(4):
        value = value * 16 + int(HEX[data[i + k]])
    return value


@compiled
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


@compiled
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
    o = np.int64(0)  # a literal 0 would be compiled for separately
    for t in range(starts.size):
        fetch(data, starts[min(t + AHEAD, starts.size - 1)])
        i, stop = starts[t], stops[t]
        if not escaped[t]:
            copy_bytes(out, o, data, i, stop - i)
            o += stop - i
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
