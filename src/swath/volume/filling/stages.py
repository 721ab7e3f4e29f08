"""The stages that fill arrays: the first makes pieces, measures them and stores their blocks, the second makes shards.

A shard that one chunk of work fills alone is written at once. The blocks of any other wait on disk, so that the memory
of the work is that of its pieces, however large a shard.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from swath.engine.job import Chunk, Result, RunSoFar, Stage
from swath.engine.shuffle import one_bucket
from swath.engine.staging import Staging
from swath.kernels.voxels import is_zero
from swath.volume.filling.blocks import Packing, write_shard
from swath.volume.filling.forms import Form, form_of
from swath.volume.geometry import Vec3Int
from swath.volume.statistics import Figures, Measured
from swath.volume.stores import ArrayStore
from swath.volume.stores.array_store import Voxels

Index = tuple[int, ...]
Span = tuple[Vec3Int, Vec3Int]


@dataclass(frozen=True)
class Target:
    """An array to fill: its store, the first voxel that it has and the one past its last, and what is measured."""

    store: ArrayStore
    low: Vec3Int
    high: Vec3Int
    measured: Measured

    @property
    def form(self) -> Form | None:
        """How its blocks are stored; None where its library alone knows."""
        return form_of(self.store)

    def owned(self, shard: Vec3Int, span: Span) -> bool:
        """Say whether all voxels that the array has of a shard (x, y, z in shards) lie in a span."""
        edge = self.store.info.shard_shape
        low, high = (shard * edge).pairmax(self.low), ((shard + 1) * edge).pairmin(self.high)
        return all(low[a] >= span[0][a] and high[a] <= span[1][a] for a in range(3))

    def further(self, index: Index) -> str:
        """Name a place along further axes, such as t=3."""
        names = [axis for axis in self.store.axes if axis not in "cxyz"]
        return ",".join(f"{name}={at}" for name, at in zip(names, index, strict=True))


@dataclass(frozen=True)
class Piece:
    """Voxels (c, x, y, z) for a target of a number, the first at ``start`` of its array."""

    target: int
    start: Vec3Int
    data: Voxels


class FillStage(Stage):
    """Makes pieces of chunks of work, measures them, and stores their blocks."""

    targets: tuple[Target, ...]

    @abstractmethod
    def pieces(self, work: Mapping[str, Any]) -> Iterator[Piece]:
        """Make the pieces of a chunk's payload; each begins and ends at borders of chunks, or of the array's box."""

    @abstractmethod
    def span(self, work: Mapping[str, Any], target: int) -> Span:
        """Give the box of the array of a target, low and high, that a chunk of work fills alone."""

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002
        """Fill the targets as far as a chunk of work goes."""
        index: Index = tuple(chunk.payload.get("index", ()))
        forms = [target.form for target in self.targets]
        packings = [None if form is None else Packing.of(form) for form in forms]
        figures = [Figures(target.measured) for target in self.targets]
        for piece in self.pieces(chunk.payload):
            if is_zero(piece.data):
                continue
            target, packing = self.targets[piece.target], packings[piece.target]
            figures[piece.target].add(piece.start, piece.data, target.further(index))
            if packing is None:
                target.store.write(_place(target, index, piece.start), _along(target, index, piece.data))
            else:
                packing.add(piece.start, piece.data)
        written: dict[str, int] = {}
        waiting: dict[str, Any] = {}
        for number, packing in enumerate(packings):
            if packing is not None:
                self._store(number, index, packing, self.span(chunk.payload, number), written, waiting)
        return Result(tables=_joined(figures), shuffled=waiting, written=written)

    def _store(
        self, number: int, index: Index, packing: Packing, span: Span, written: dict[str, int], waiting: dict[str, Any]
    ) -> None:
        """Write the shards that are whole, and let the blocks of the others wait."""
        target = self.targets[number]
        form = packing.form
        for shard, blocks in packing.shards():
            if target.owned(Vec3Int(shard), span):
                file = form.file(target.store.path, index, shard)
                written[str(file.absolute())] = write_shard(file, form, [blocks])
            else:
                waiting[f"{self.name}/{_shard_name(number, index, shard)}"] = one_bucket(blocks.frame())


@dataclass(frozen=True)
class ShardStage(Stage):
    """Puts shards together from the blocks that wait. ``source`` is the name of the stage that they come from."""

    source: str
    targets: tuple[Target, ...]
    memory: int

    @property
    def name(self) -> str:  # type: ignore[override]
        """The stage's name."""
        return f"{self.source} shards"

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:
        """Yield one chunk a shard that has blocks."""
        folder = so_far.staging.scratch / self.source
        for shard in sorted(folder.iterdir()) if folder.is_dir() else ():
            size = sum(file.stat().st_size for file in shard.glob("*.arrow"))
            yield Chunk(shard.name, size, {"shard": shard.name})

    def process(self, chunk: Chunk, staging: Staging) -> Result:
        """Put one shard together."""
        number, index, shard = _read_name(chunk.payload["shard"])
        target = self.targets[number]
        form = target.form
        assert form is not None  # noqa: S101  (blocks wait only of arrays whose form is known)
        frames = sorted((staging.scratch / self.source / chunk.payload["shard"]).glob("*.arrow"))
        file = form.file(target.store.path, index, shard)
        return Result(written={str(file.absolute()): write_shard(file, form, frames)})

    def chunk_memory(self) -> int:
        """The blocks of one chunk of work are in memory at a time."""
        return self.memory


def _shard_name(target: int, index: Index, shard: tuple[int, int, int]) -> str:
    return "-".join(f"{number:06d}" for number in (target, *index, *shard))


def _read_name(name: str) -> tuple[int, Index, tuple[int, int, int]]:
    target, *index, x, y, z = (int(number) for number in name.split("-"))
    return target, tuple(index), (x, y, z)


def _place(target: Target, index: Index, start: Vec3Int) -> list[int]:
    """Give a place along the array's axes."""
    return _by_axes(target, index, {"c": 0, "x": start.x, "y": start.y, "z": start.z})


def _by_axes(target: Target, index: Index, known: Mapping[str, int]) -> list[int]:
    others = iter(index)
    return [known[axis] if axis in known else next(others) for axis in target.store.axes]


def _along(target: Target, index: Index, data: Voxels) -> Voxels:
    """Lay (c, x, y, z) out along the array's axes, one place of each further one."""
    axes = target.store.axes
    ordered = data.transpose(["cxyz".index(axis) for axis in axes if axis in "cxyz"])
    return ordered.reshape(_by_axes(target, (1,) * len(index), dict(zip("cxyz", data.shape, strict=True))))


def _joined(figures: list[Figures]) -> dict[str, pa.Table]:
    """Join the frames of all targets, by table."""
    found: dict[str, list[pa.Table]] = {}
    for each in figures:
        for name, frame in each.tables():
            found.setdefault(name, []).append(frame)
    return {name: pa.concat_tables(frames) for name, frames in found.items()}
