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
def morton_place(number: Any) -> Any:
    """Give the place x, y, z of the block of a number."""
    x = y = z = np.int64(0)
    for bit in range(16):
        x |= ((number >> (3 * bit)) & 1) << bit
        y |= ((number >> (3 * bit + 1)) & 1) << bit
        z |= ((number >> (3 * bit + 2)) & 1) << bit
    return x, y, z


@nb.njit(cache=True, nogil=True)
def gather_blocks(data: Any, start: Any, numbers: Any, edge: int, blocks: Any) -> Any:
    """Copy the blocks of some numbers out of ``data`` into the rows of ``blocks``, and say which are not all zero.

    ``data`` is (c, x, y, z), its first voxel at ``start`` of the cube; ``blocks`` has a row of edge³ voxels for each
    number, the channel fastest, then x. Voxels outside ``data`` are left as they are in ``blocks``.
    """
    filled = np.zeros(numbers.size, np.bool_)
    channels = data.shape[0]
    for row in range(numbers.size):
        bx, by, bz = morton_place(numbers[row])
        x0, y0, z0 = bx * edge - start[0], by * edge - start[1], bz * edge - start[2]
        for z in range(max(z0, 0), min(z0 + edge, data.shape[3])):
            for y in range(max(y0, 0), min(y0 + edge, data.shape[2])):
                at = (((z - z0) * edge + (y - y0)) * edge) * channels
                for x in range(max(x0, 0), min(x0 + edge, data.shape[1])):
                    place = at + (x - x0) * channels
                    for channel in range(channels):
                        blocks[row, place + channel] = data[channel, x, y, z]
        for place in range(blocks.shape[1]):
            if blocks[row, place] != 0:
                filled[row] = True
                break
    return filled
