"""Finding rows that repeat an earlier row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit


@njit(nogil=True, cache=True)
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
