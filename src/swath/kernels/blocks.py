"""Cutting a volume into the blocks that a format stores, and laying blocks into a volume.

A volume is (z, y, x); channels are within x, or several voxels are one wide number: what a voxel is does not matter
here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from swath.kernels.bits import copy_bytes
from swath.kernels.compiled import compiled

Volume = npt.NDArray[Any]
Box = tuple[int, int, int]


@compiled
def _corner(place: npt.NDArray[np.int64], first: Box, block: Box) -> Box:
    """Give where a block begins, counted from the volume's first voxel, before which it may be."""
    return place[0] * block[0] - first[0], place[1] * block[1] - first[1], place[2] * block[2] - first[2]


@compiled
def cut_blocks(
    volume: Volume, first: Box, block: Box, places: npt.NDArray[np.int64], blocks: npt.NDArray[Any]
) -> npt.NDArray[np.bool_]:
    """Copy blocks into the rows of ``blocks``, and say of each whether it is not all zero.

    ``first`` is where (z, y, x) the volume begins, counted from the block of place 0, 0, 0; ``places`` are z, y, x of
    the blocks, int64 (n, 3); ``blocks`` has n rows of a block's voxels. Beyond the volume they stay as they are.
    """
    filled = np.zeros(places.shape[0], np.bool_)
    for row in range(places.shape[0]):
        z0, y0, x0 = _corner(places[row], first, block)
        left, right = max(x0, 0), min(x0 + block[2], volume.shape[2])
        copy = blocks[row]
        for z in range(max(z0, 0), min(z0 + block[0], volume.shape[0])):
            for y in range(max(y0, 0), min(y0 + block[1], volume.shape[1])):
                line, at = volume[z, y], ((z - z0) * block[1] + (y - y0)) * block[2] - x0
                for x in range(left, right):  # places without a sign need not be looked at for being before the first
                    copy[np.uint64(at + x)] = line[np.uint64(x)]
        filled[row] = _any(copy)
    return filled


@compiled
def paste_blocks(
    volume: npt.NDArray[np.uint8],
    first: Box,
    block: Box,
    places: npt.NDArray[np.int64],
    blocks: npt.NDArray[np.uint8],
) -> None:
    """Copy the rows of ``blocks`` to their places in a volume, as far as they lie in it; the inverse of ``cut_blocks``.

    Lengths along x are in bytes, whatever a voxel is.
    """
    depth, height, width = volume.shape
    to, of = volume.ravel(), blocks.ravel()
    for row in range(places.shape[0]):
        z0, y0, x0 = _corner(places[row], first, block)
        left, right = max(x0, 0), min(x0 + block[2], width)
        if left >= right:
            continue
        for z in range(max(z0, 0), min(z0 + block[0], depth)):
            for y in range(max(y0, 0), min(y0 + block[1], height)):
                at = ((row * block[0] + (z - z0)) * block[1] + (y - y0)) * block[2] - x0
                copy_bytes(to, (z * height + y) * width + left, of, at + left, right - left)


@compiled
def clear_blocks(volume: npt.NDArray[np.uint8], first: Box, block: Box, places: npt.NDArray[np.int64]) -> None:
    """Set what lies in blocks to 0; lengths along x are in bytes, as for ``paste_blocks``."""
    depth, height, width = volume.shape
    for row in range(places.shape[0]):
        z0, y0, x0 = _corner(places[row], first, block)
        for z in range(max(z0, 0), min(z0 + block[0], depth)):
            for y in range(max(y0, 0), min(y0 + block[1], height)):
                volume[z, y, max(x0, 0) : max(min(x0 + block[2], width), 0)] = 0


@compiled
def _any(values: npt.NDArray[Any]) -> bool:
    for start in range(0, values.size, 1024):
        bits = values[start]
        for k in range(start, min(start + 1024, values.size)):
            bits |= values[k]
        if bits:
            return True
    return False
