"""A plain encoder of lossless JPEG, for frames to decode."""

import struct

import numpy as np
from numba import njit

LENGTHS = (5, 5, 4, 4, 3, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 13)
"""Bits of the code of each category, 0 to 16: shorter where noise of tens of counts puts most differences."""


@njit(cache=True)
def _foretold(pixels, y, x, components, predictor, first):
    if y == 0:
        return first if x < components else pixels[y, x - components]
    above = pixels[y - 1, x]
    if x < components:
        return above
    left, corner = pixels[y, x - components], pixels[y - 1, x - components]
    by_number = (left, left, above, corner, left + above - corner, left + ((above - corner) >> 1))
    if predictor < 6:
        return by_number[predictor]
    return above + ((left - corner) >> 1) if predictor == 6 else (left + above) >> 1


@njit(cache=True)
def _scan(pixels, components, predictor, first, codes, lengths, out):
    """Write the codes of all differences, and give the number of bytes."""
    bits, count, size = 0, 0, 0
    for y in range(pixels.shape[0]):
        for x in range(pixels.shape[1]):
            difference = (pixels[y, x] - _foretold(pixels, y, x, components, predictor, first)) & 0xFFFF
            if difference > 0x8000:
                difference -= 0x10000
            category = 0
            while abs(difference) >> category:
                category += 1
            extra = category % 16
            value = difference if difference >= 0 else difference + (1 << extra) - 1
            bits = (bits << lengths[category]) | codes[category]
            bits = (bits << extra) | (value if extra else 0)
            count += lengths[category] + extra
            while count >= 8:
                byte = (bits >> (count - 8)) & 255
                out[size] = byte
                size += 1 + (byte == 255)
                count -= 8
            bits &= (1 << count) - 1
    if count:
        out[size] = ((bits << (8 - count)) | ((1 << (8 - count)) - 1)) & 255
        size += 1 + (out[size] == 255)
    return size


def encode(pixels, *, components=1, predictor=1, precision=16):
    """Encode pixels, uint16 (rows, columns), as lossless JPEG whose components take turns in a row."""
    rows, columns = pixels.shape
    order = sorted(range(17), key=lambda category: (LENGTHS[category], category))
    codes, code, length = np.zeros(17, np.int64), 0, LENGTHS[order[0]]
    for category in order:
        code <<= LENGTHS[category] - length
        length = LENGTHS[category]
        codes[category], code = code, code + 1
    counts = [LENGTHS.count(length) for length in range(1, 17)]
    out = np.zeros(5 * pixels.size + 64, np.uint8)
    first = 1 << (precision - 1)
    size = _scan(pixels.astype(np.int64), components, predictor, first, codes, np.array(LENGTHS), out)
    frame = struct.pack(">BHHB", precision, rows, columns // components, components)
    frame += b"".join(bytes([number, 0x11, 0]) for number in range(components))
    scan = bytes([components, *(byte for number in range(components) for byte in (number, 0)), predictor, 0, 0])
    parts = ((0xC4, bytes([0, *counts, *order])), (0xC3, frame), (0xDA, scan))
    head = b"".join(struct.pack(">BBH", 255, marker, 2 + len(part)) + part for marker, part in parts)
    return b"\xff\xd8" + head + out[:size].tobytes() + b"\xff\xd9"
