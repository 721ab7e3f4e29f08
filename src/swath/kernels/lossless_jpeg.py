"""Decoding lossless JPEG: differences from neighbours, in Huffman codes.

Source: ITU-T recommendation T.81, annexes F.2.2 and H.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled

PEEK = 12
"""Codes and their differences of at most so many bits are looked up at once."""

_LONGEST = 16
_MOST_CATEGORY = 16

Table = npt.NDArray[np.int32]


@compiled
def code_table(counts: npt.NDArray[np.uint8], symbols: npt.NDArray[np.uint8]) -> Table:
    """Make the table of a Huffman code: for every 16 bits 256 times the length of the code plus its symbol, 0 for none.

    ``counts`` are the codes of each length, 1 to 16, ``symbols`` in order of the codes.
    """
    table = np.zeros(1 << _LONGEST, np.int32)
    code, number = 0, 0
    for length in range(1, _LONGEST + 1):
        for _ in range(counts[length - 1]):
            first = code << (_LONGEST - length)
            after = (code + 1) << (_LONGEST - length)
            table[first : min(after, table.size)] = 256 * length + symbols[number]
            code, number = code + 1, number + 1
        code *= 2
    return table


@compiled
def difference_table(codes: Table) -> Table:
    """Make the table that gives for every 12 bits 256 times a difference plus the bits that it takes, 0 for longer."""
    table = np.zeros(1 << PEEK, np.int32)
    for bits in range(table.size):
        length, category = divmod(codes[bits << (_LONGEST - PEEK)], 256)
        taken = length + category
        if length > 0 and taken <= PEEK:
            value = (bits >> (PEEK - taken)) & ((1 << category) - 1)
            if category and value < 1 << (category - 1):
                value -= (1 << category) - 1
            table[bits] = 256 * value + taken
    return table


@compiled
def _filled(
    data: npt.NDArray[np.uint8], place: int, bits: np.uint64, count: int, missing: int
) -> tuple[int, np.uint64, int, int]:
    """Take bytes into the bits, which begin at the highest; a zero behind 255 is skipped, a marker is the end."""
    if place + 4 <= data.size:
        a, b, c, d = data[place], data[place + 1], data[place + 2], data[place + 3]
        if a != 255 and b != 255 and c != 255 and d != 255:
            word = (np.uint64(a) << 24) | (np.uint64(b) << 16) | (np.uint64(c) << 8) | np.uint64(d)
            return place + 4, bits | (word << np.uint64(32 - count)), count + 32, missing
    while count <= 56:
        byte = np.uint64(0)
        if place < data.size and (data[place] != 255 or (place + 1 < data.size and data[place + 1] == 0)):
            byte = np.uint64(data[place])
            place += 2 if byte == 255 else 1
        else:
            missing += 8
        bits |= byte << np.uint64(56 - count)
        count += 8
    return place, bits, count, missing


@compiled
def _predicted(out: npt.NDArray[np.uint16], row: int, column: int, components: int, predictor: int) -> np.int64:
    """What a sample is foretold to be, from that on its left, above, and above on the left."""
    above = np.int64(out[row - 1, column])
    if column < components or predictor == 2:
        return above
    left, corner = np.int64(out[row, column - components]), np.int64(out[row - 1, column - components])
    if predictor == 1:
        return left
    if predictor == 3:
        return corner
    if predictor == 4:
        return left + above - corner
    if predictor == 5:
        return left + ((above - corner) >> 1)
    if predictor == 6:
        return above + ((left - corner) >> 1)
    return (left + above) >> 1


@compiled
def decode(
    data: npt.NDArray[np.uint8],
    codes: Table,
    differences: Table,
    tables: npt.NDArray[np.int64],
    first: int,
    predictor: int,
    out: npt.NDArray[np.uint16],
) -> int:
    """Decode the first rows of a scan into ``out``, uint16 (rows, columns), and give how many rows were whole.

    ``data`` is what stands behind the header of the scan; ``tables`` says for each component, whose samples take turns
    in a row, which row of ``codes`` (n, 65536) and ``differences`` (n, 4096) is its own. ``first`` is what the first
    sample is foretold to be.
    """
    components = tables.size
    place, bits, count, missing = 0, np.uint64(0), 0, 0
    for row in range(out.shape[0]):
        line = out[row]
        for column in range(0, out.shape[1], components):
            for component in range(components):
                if count <= 32:
                    place, bits, count, missing = _filled(data, place, bits, count, missing)
                table, x = tables[component], column + component
                entry = differences[table, bits >> np.uint64(64 - PEEK)]
                taken = entry & 255
                difference = entry >> 8
                if taken == 0:
                    length, category = divmod(codes[table, bits >> np.uint64(64 - _LONGEST)], 256)
                    if length == 0 or category > _MOST_CATEGORY:
                        return row
                    bits <<= np.uint64(length)
                    taken = category % _MOST_CATEGORY
                    difference = 1 << 15 if category == _MOST_CATEGORY else 0
                    if taken:
                        difference = np.int64(bits >> np.uint64(64 - taken))
                        if difference < 1 << (taken - 1):
                            difference -= (1 << taken) - 1
                    count -= length
                bits <<= np.uint64(taken)
                count -= taken
                if row and (predictor != 1 or column == 0):
                    foretold = _predicted(out, row, x, components, predictor)
                elif column:
                    foretold = np.int64(line[x - components])
                else:
                    foretold = first
                line[x] = np.uint16((foretold + difference) & 0xFFFF)
        if missing > count:
            return row
    return out.shape[0]
