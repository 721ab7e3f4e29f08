"""Numbers of eight digits, read at once from the word that ``bits.read_word`` gives."""

from __future__ import annotations

import numpy as np

from swath.kernels.compiled import compiled


@compiled
def are_eight_digits(word: np.uint64) -> bool:
    """Whether all eight bytes are ASCII digits: their upper halves are 3, and stay 3 when 6 is added to the lower."""
    upper = np.uint64(0xF0F0F0F0F0F0F0F0)
    three = np.uint64(0x3030303030303030)
    return word & upper == three and (word + np.uint64(0x0606060606060606)) & upper == three


@compiled
def eight_digits(word: np.uint64) -> np.uint64:
    """The number that eight digits make: pairs of neighbours are joined, then fours, then all."""
    word &= np.uint64(0x0F0F0F0F0F0F0F0F)
    word = (word * np.uint64(10) + (word >> np.uint64(8))) & np.uint64(0x00FF00FF00FF00FF)
    word = (word * np.uint64(100) + (word >> np.uint64(16))) & np.uint64(0x0000FFFF0000FFFF)
    return (word * np.uint64(10_000) + (word >> np.uint64(32))) & np.uint64(0xFFFFFFFF)
