"""What is read of an array to fill another."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from swath.volume.filling.stages import Index
from swath.volume.geometry import BoundingBox, Vec3Int
from swath.volume.stores import ArrayInfo, ArrayStore
from swath.volume.stores.array_store import Voxels

if TYPE_CHECKING:
    from swath.volume.layer import Layer
    from swath.volume.mag_view import MagView


@dataclass(frozen=True)
class Source:
    """A mag that is read: its array and the form of that, the first voxel that counts and the one past the last.

    The array may be one that is made only before it is read. ``indices`` are the places along further axes.
    """

    store: ArrayStore
    info: ArrayInfo
    low: Vec3Int
    high: Vec3Int
    channels: tuple[int, int]
    indices: tuple[Index, ...] = ((),)

    @property
    def voxel_bytes(self) -> int:
        """Bytes of a voxel, with the channels that are read."""
        return self.info.dtype.itemsize * (self.channels[1] - self.channels[0])

    def read(self, index: Index, low: Vec3Int, high: Vec3Int) -> Voxels:
        """Read a box as (c, x, y, z)."""
        others = iter(index)
        axes = self.store.axes
        known = {a: (low[n], high[n]) for n, a in enumerate("xyz")} | {"c": self.channels}
        spans = [known[axis] if axis in known else (at := next(others), at + 1) for axis in axes]
        data = self.store.read_alone([a for a, _ in spans], [b - a for a, b in spans])
        data = data.reshape([n for n, axis in zip(data.shape, axes, strict=True) if axis in "cxyz"], order="F")
        kept = [axis for axis in axes if axis in "cxyz"]
        for axis in "cxyz":
            if axis not in kept:
                data, kept = data[..., None], [*kept, axis]
        return data.transpose([kept.index(axis) for axis in "cxyz"])

    def is_empty(self, low: Vec3Int, high: Vec3Int, shards: frozenset[tuple[int, int, int]]) -> bool:
        """Say whether no shard on disk touches a box; ``shards`` are the places of those that are."""
        edge = self.info.shard_shape
        first, last = low // edge, -(-high // edge)
        return not any(place in shards for place in product(*[range(a, b) for a, b in zip(first, last, strict=True)]))

    def shards(self) -> frozenset[tuple[int, int, int]]:
        """Give the places of the shards on disk, x, y, z in shards."""
        edge = self.info.shard_shape
        return frozenset(tuple(box.topleft_xyz // edge) for box in self.store.shard_boxes())  # type: ignore[misc]


def source_of(view: MagView, layer: Layer) -> Source:
    """Give what is read of a mag to fill mags of a layer: the layer's box, all channels, all places beyond."""
    box = BoundingBox(layer.bounding_box.topleft_xyz, layer.bounding_box.size_xyz)
    inside = box.align_with_mag(view.mag, ceil=True).in_mag(view.mag)
    bounds = view.normalized_bounding_box
    further = [range(*bounds.get_bounds(axis)) for axis in view.store.axes if axis not in "cxyz"]
    indices: tuple[Index, ...] = tuple(product(*further))
    low = inside.topleft_xyz
    return Source(view.store, view.info, low, low + inside.size_xyz, bounds.get_bounds("c"), indices)
