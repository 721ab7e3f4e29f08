"""Stages that fill arrays from one that is read."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from itertools import product

from swath.engine.job import Chunk, RunSoFar
from swath.volume.filling.cuts import Box
from swath.volume.filling.source import Source
from swath.volume.filling.stages import FillStage


class ReadingStage(FillStage):
    """A stage that reads a mag box by box; what has no shard on disk is not work."""

    source: Source

    @abstractmethod
    def boxes(self) -> Iterator[Box]:
        """Yield the boxes of the work, in voxels of the source."""

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:  # noqa: ARG002
        """Yield one chunk a box and place along further axes; stages of one job write files of different names."""
        shards = self.source.shards()
        boxes = [box for box in self.boxes() if not self.source.is_empty(*box, shards)]
        for number, (index, (low, high)) in enumerate(product(self.source.indices, boxes)):
            payload = {"index": list(index), "low": list(low), "high": list(high)}
            key = f"{self.name.replace(' ', '-')}-{number:09d}"
            yield Chunk(key, (high - low).prod() * self.source.voxel_bytes, payload)

    def total_size(self) -> int:
        """Bytes of the source's box."""
        box = self.source.high - self.source.low
        return box.prod() * self.source.voxel_bytes * len(self.source.indices)
