"""What every array on disk can do, whatever its format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.volume.geometry import BoundingBox, NDBoundingBox, Vec3Int

CXYZ = ("c", "x", "y", "z")
Voxels = npt.NDArray[Any]


@dataclass(frozen=True)
class ArrayInfo:
    """An array's form. Shapes are x, y, z in voxels of the array; ``dtype`` is that of one channel.

    A shard is one file; a chunk is what is compressed on its own. ``axes`` are in the order in which they are stored.
    ``shape`` is that of the whole array along ``axes``, and None for WKW, which has no bounds. ``codec`` is how it
    is compressed: ``lz4`` or ``lz4hc`` for WKW, ``zstd-1`` to ``zstd-22`` or a Zarr3Config for Zarr, or None: as usual.
    """

    data_format: str
    dtype: np.dtype[Any]
    num_channels: int
    chunk_shape: Vec3Int
    shard_shape: Vec3Int
    compressed: bool
    axes: tuple[str, ...] = CXYZ
    shape: tuple[int, ...] | None = None
    codec: Any = field(default=None, compare=False)

    @property
    def chunks_per_shard(self) -> Vec3Int:
        """Chunks of a shard along x, y, z."""
        return self.shard_shape // self.chunk_shape

    @property
    def voxel_type(self) -> Any:
        """The dtype's scalar type, as ``webknossos`` names it."""
        return self.dtype.type


class ArrayStore(ABC):
    """An array on disk, known by its path: it pickles, and opens itself again where it is unpickled.

    Places and shapes are in voxels of the array, along ``info.axes``.
    """

    path: Path

    @property
    @abstractmethod
    def info(self) -> ArrayInfo:
        """The array's form; raises ArrayError where the array is missing or damaged."""

    @property
    @abstractmethod
    def axes(self) -> tuple[str, ...]:
        """The axes in the order in which they are stored."""

    @abstractmethod
    def read(self, start: Sequence[int], shape: Sequence[int]) -> Voxels:
        """Read a box, in Fortran order; what was never written, or lies outside the array, is 0."""

    def read_alone(self, start: Sequence[int], shape: Sequence[int]) -> Voxels:
        """Read as ``read`` does, with this thread alone: less work in all, for chunks that are read side by side."""
        return self.read(start, shape)

    @abstractmethod
    def write(self, start: Sequence[int], data: Voxels) -> None:
        """Write a box, shard by shard; each shard is replaced as a whole, but for boxes within a raw WKW file.

        Two writers must not write into one shard at a time.
        """

    @abstractmethod
    def grow(self, shape: Sequence[int]) -> None:
        """Make room for ``shape`` voxels, where the format has bounds; what is there stays."""

    @abstractmethod
    def shards(self) -> Iterator[NDBoundingBox]:
        """Yield the box of every shard that is on disk, along the array's axes, in order of place."""

    def shard_boxes(self) -> Iterator[BoundingBox]:
        """Yield the boxes of the shards on disk along x, y, z; each once."""
        seen = set()
        for shard in self.shards():
            box = BoundingBox(shard.topleft_xyz, shard.size_xyz)
            if box not in seen:
                seen.add(box)
                yield box
