"""Blocks of a cube in Morton order: bit k of x, y, z is bit 3k, 3k + 1, 3k + 2 of a block's number."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled

Numbers = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]


@compiled
def morton_numbers(places: Places) -> Numbers:
    """Give the numbers of the blocks at places x, y, z, int64 (n, 3)."""
    numbers = np.zeros(places.shape[0], np.int64)
    for row in range(places.shape[0]):
        for axis in range(3):
            for bit in range(16):
                numbers[row] |= ((places[row, axis] >> bit) & 1) << (3 * bit + axis)
    return numbers


@compiled
def morton_places(numbers: Numbers) -> Places:
    """Give the places x, y, z, int64 (n, 3), of the blocks of some numbers."""
    places = np.zeros((numbers.size, 3), np.int64)
    for row in range(numbers.size):
        for bit in range(16):
            for axis in range(3):
                places[row, axis] |= ((numbers[row] >> (3 * bit + axis)) & 1) << bit
    return places
