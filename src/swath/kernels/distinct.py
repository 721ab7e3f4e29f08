"""Finding rows and texts that repeat an earlier one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.bits import AHEAD, fetch, read_word
from swath.kernels.compiled import compiled


@compiled
def first_of_equal(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Say of each row of ``keys``, shape (rows, words), whether no earlier row is equal to it.

    An open hash table of row numbers, at most half full; rows are compared word by word.
    """
    rows, words = keys.shape
    size = 16
    while size < 2 * rows:
        size *= 2
    table = np.full(size, -1, np.int64)
    first = np.empty(rows, np.bool_)
    for r in range(rows):
        h = np.uint64(0x9E3779B97F4A7C15)
        for w in range(words):
            h = (h ^ np.uint64(keys[r, w])) * np.uint64(0xBF58476D1CE4E5B9)
            h ^= h >> np.uint64(29)
        place = np.int64(h & np.uint64(size - 1))
        first[r] = True
        while table[place] >= 0:
            other = table[place]
            equal = True
            for w in range(words):
                if keys[other, w] != keys[r, w]:
                    equal = False
                    break
            if equal:
                first[r] = False
                break
            place = (place + 1) & (size - 1)
        if first[r]:
            table[place] = r
    return first


_HASHED = 48
"""Bytes at either end of a text that its hash covers; texts are compared whole in any case."""


@compiled
def _hash(data: npt.NDArray[np.uint8], start: int, stop: int) -> np.uint64:
    h = np.uint64(stop - start)
    if stop - start < 2 * _HASHED:
        for i in range(start, stop):
            h = (h ^ np.uint64(data[i])) * np.uint64(0x9E3779B97F4A7C15)
    else:
        for i in range(0, _HASHED, 8):
            h = (h ^ read_word(data, start + i)) * np.uint64(0x9E3779B97F4A7C15)
            h ^= (h >> np.uint64(32)) ^ read_word(data, stop - _HASHED + i)
        h *= np.uint64(0xBF58476D1CE4E5B9)
    return h ^ (h >> np.uint64(29))


@compiled
def _same(data: npt.NDArray[np.uint8], one: int, other: int, length: int) -> bool:
    """Compare without an early end, which the compiler does many bytes at a time."""
    a, b = data[one : one + length], data[other : other + length]
    different = np.uint8(0)
    for i in range(length):
        different |= a[i] ^ b[i]
    return different == 0


@compiled
def group_equal_texts(
    data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], stops: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Group texts, data[starts[t]:stops[t]], by their bytes.

    Gives the position of the first text of each group, in order, and each text's group.
    """
    count = starts.size
    size = 16
    while size < 2 * count:
        size *= 2
    table = np.full(size, -1, np.int64)
    firsts = np.empty(count, np.int64)
    groups = np.empty(count, np.int64)
    places = np.empty(count, np.int64)
    for t in range(count):
        ahead = min(t + AHEAD, count - 1)
        fetch(data, starts[ahead])
        fetch(data, stops[ahead] - _HASHED)
        places[t] = np.int64(_hash(data, starts[t], stops[t]) & np.uint64(size - 1))
    found = 0
    for t in range(count):
        likely = table[places[min(t + AHEAD, count - 1)]]
        if likely >= 0:
            fetch(data, starts[firsts[likely]])
        length = stops[t] - starts[t]
        place = places[t]
        while True:
            group = table[place]
            if group < 0:
                table[place] = found
                firsts[found] = t
                groups[t] = found
                found += 1
                break
            first = firsts[group]
            if stops[first] - starts[first] == length and _same(data, starts[first], starts[t], length):
                groups[t] = group
                break
            place = (place + 1) & (size - 1)
    return firsts[:found], groups
