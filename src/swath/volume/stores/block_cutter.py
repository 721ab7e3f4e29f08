"""Cutting voxels into the blocks that an array stores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swath.kernels.blocks import cut_blocks
from swath.volume.geometry import Vec3Int
from swath.volume.stores.array_store import Voxels

Places = npt.NDArray[np.int64]
Edges = tuple[int, int, int]


@dataclass(frozen=True)
class BlockCutter:
    """Voxels laid out as (z, y, x) of bits, so that -0.0 is no 0, to cut blocks from.

    ``first`` and ``edges`` (z, y, x) are where the voxels begin and the edges of a block, both in numbers of
    ``volume``: such a number is a voxel of one channel, or several voxels side by side.
    """

    volume: Voxels
    first: Edges
    edges: Edges

    @classmethod
    def of(cls, data: Voxels, start: Vec3Int, chunk: Vec3Int) -> BlockCutter:
        """Lay (c, x, y, z) out, whose first voxel is at ``start``, for blocks of ``chunk`` voxels."""
        channels = data.shape[0]
        volume, together = _laid_out(data, (chunk.x, start.x))
        width, begin = chunk.x * channels // together, start.x * channels // together
        return cls(volume, (start.z, start.y, begin), (chunk.z, chunk.y, width))

    def empty(self, number: int) -> Voxels:
        """Give rows of zeros for a number of blocks."""
        return np.zeros((number, int(np.prod(self.edges))), self.volume.dtype)

    def cut(self, places: Places, blocks: Voxels) -> npt.NDArray[np.bool_]:
        """Copy blocks into the rows of ``blocks``, and say which rows are not all zero.

        ``places`` (n, 3) are x, y, z, counted in blocks; a row has its voxels, the channel fastest, then x. What lies
        beyond the data stays as it is.
        """
        rows = blocks.view(self.volume.dtype)
        filled: npt.NDArray[np.bool_] = cut_blocks(
            self.volume, self.first, self.edges, np.ascontiguousarray(places[:, ::-1]), rows
        )
        return filled


def _laid_out(data: Voxels, lengths: tuple[int, ...]) -> tuple[Voxels, int]:
    """Give (z, y, x) of (c, x, y, z), and how many values a number of it has: as many as the lengths allow."""
    volume, bits = data.transpose(3, 2, 1, 0), f"u{data.dtype.itemsize}"
    if data.shape[0] == 1 and data.strides[1] != data.itemsize:  # to put x in a row first would take longer
        return volume[..., 0].view(bits), 1
    rows = np.ascontiguousarray(volume).reshape(*volume.shape[:2], -1).view(bits)
    together = 8 // data.dtype.itemsize
    if any(length * data.shape[0] % together for length in (*lengths, data.shape[1])):
        return rows, 1
    return rows.view(np.uint64), together
