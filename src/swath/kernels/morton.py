"""Blocks of a cube in Morton order: bit k of x, y, z is bit 3k, 3k + 1, 3k + 2 of a block's number."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
import numpy.typing as npt


@nb.njit(cache=True, nogil=True)
def _number(x: Any, y: Any, z: Any) -> Any:
    number = np.int64(0)
    for bit in range(16):
        number |= ((x >> bit) & 1) << (3 * bit)
        number |= ((y >> bit) & 1) << (3 * bit + 1)
        number |= ((z >> bit) & 1) << (3 * bit + 2)
    return number


@nb.njit(cache=True, nogil=True)
def _places(first: Any, last: Any) -> Any:
    count = (last[0] - first[0]) * (last[1] - first[1]) * (last[2] - first[2])
    numbers = np.empty(count, np.int64)
    at = 0
    for z in range(first[2], last[2]):
        for y in range(first[1], last[1]):
            for x in range(first[0], last[0]):
                numbers[at] = _number(x, y, z)
                at += 1
    return numbers


def morton_numbers(first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Give the numbers of the blocks from ``first`` to before ``last`` (x, y, z), ascending."""
    return np.sort(_places(first, last))


@nb.njit(cache=True, nogil=True)
def morton_places(numbers: Any) -> Any:
    """Give the places (n, 3) x, y, z of the blocks of some numbers."""
    places = np.zeros((numbers.size, 3), np.int64)
    for row in range(numbers.size):
        for bit in range(16):
            for axis in range(3):
                places[row, axis] |= ((numbers[row] >> (3 * bit + axis)) & 1) << bit
    return places


@nb.njit(cache=True, nogil=True)
def gather_blocks(data: Any, start: Any, places: Any, edges: Any, blocks: Any) -> Any:
    """Copy blocks out of ``data`` into the rows of ``blocks``, and say which are not all zero.

    ``data`` is (c, x, y, z), its first voxel at ``start``; block i of ``edges`` voxels is at ``places[i]``, counted
    in blocks. A row of ``blocks`` has its voxels, the channel fastest, then x. Voxels outside ``data`` are left as they
    are in ``blocks``.
    """
    filled = np.zeros(places.shape[0], np.bool_)
    channels = data.shape[0]
    for row in range(places.shape[0]):
        x0 = places[row, 0] * edges[0] - start[0]
        y0 = places[row, 1] * edges[1] - start[1]
        z0 = places[row, 2] * edges[2] - start[2]
        for z in range(max(z0, 0), min(z0 + edges[2], data.shape[3])):
            for y in range(max(y0, 0), min(y0 + edges[1], data.shape[2])):
                at = (((z - z0) * edges[1] + (y - y0)) * edges[0]) * channels
                for x in range(max(x0, 0), min(x0 + edges[0], data.shape[1])):
                    place = at + (x - x0) * channels
                    for channel in range(channels):
                        blocks[row, place + channel] = data[channel, x, y, z]
        for place in range(blocks.shape[1]):
            if blocks[row, place] != 0:
                filled[row] = True
                break
    return filled
