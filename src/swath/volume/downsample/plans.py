"""How mags are made: which from one reading, in which units of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from swath.engine.job import Stage
from swath.errors import UsageError
from swath.volume.downsample.modes import InterpolationModes
from swath.volume.downsample.stages import BlockStage, RepeatStage, TileStage
from swath.volume.file_state import state_of_files
from swath.volume.filling.arrays import NewArray
from swath.volume.filling.job import Filling
from swath.volume.filling.source import Source, source_of
from swath.volume.filling.stages import ShardStage
from swath.volume.geometry import Mag, Vec3Int
from swath.volume.stores import ArrayInfo

if TYPE_CHECKING:
    from swath.volume.layer import Layer
    from swath.volume.mag_view import MagView

_UNIT_VOXELS = 1 << 27
_SMALL_UNIT_VOXELS = 1 << 24
_SLAB_BYTES = 1 << 22
_JOB_VOXELS = 1 << 30


@dataclass(frozen=True)
class PyramidSettings:
    """What decides the mags that are made: the source and the state of its files, and each mag with its form."""

    source: str
    state: str
    mode: str
    mags: tuple[str, ...]
    box: str
    forms: tuple[str, ...]
    tile: tuple[int, ...] | None
    compat: str | None


@dataclass(frozen=True)
class Shapes:
    """How new mags are stored, as ``Layer.add_mag`` takes it; ``buffer`` is the edge of tiles of zooming modes."""

    chunk: Any = None
    shard: Any = None
    chunks_per_shard: Any = None
    compress: Any = True
    codec: Any = None
    buffer: Any = None
    compat: str | None = None

    def __post_init__(self) -> None:
        if self.compat not in (None, "peer"):
            raise UsageError(f"there is no compat {self.compat!r}", "peer, or none")

    def info(self, layer: Layer, mag: Mag) -> ArrayInfo:
        """The form of a mag's array."""
        return layer.new_array_info(
            mag, self.chunk, self.shard, self.chunks_per_shard, compress=self.compress, codec=self.codec
        )


def plan_pyramid(layer: Layer, view: MagView, mags: Sequence[Mag], mode: InterpolationModes, shapes: Shapes) -> Filling:
    """Plan the job that makes mags of a mag, one from the other."""
    arrays = tuple(NewArray(layer, mag, shapes.info(layer, mag)) for mag in mags)
    settings = _settings(layer, view, mode.name, arrays, shapes)
    stages: list[Stage] = []
    source, before, chunk = source_of(view, layer), view.mag, view.info.chunk_shape
    waiting = list(arrays)
    while waiting:
        group = waiting[:1] if mode.is_zoom else _group(chunk, before, waiting)
        stages += _stages(source, before, chunk, group, mode, shapes, f"pyramid {len(stages) // 2 + 1}")
        del waiting[: len(group)]
        target = group[-1].target()
        every = (0, layer.num_channels)
        source = Source(target.store, group[-1].info, target.low, target.high, every, source.indices)
        before, chunk = group[-1].mag, group[-1].info.chunk_shape
    return Filling(layer.dataset, f"downsample {layer.name}", settings, arrays, tuple(stages))


def _settings(layer: Layer, view: MagView, mode: str, arrays: Sequence[NewArray], shapes: Shapes) -> PyramidSettings:
    return PyramidSettings(
        source=str(view.path.absolute()),
        state=state_of_files(view.path),
        mode=mode,
        mags=tuple(str(array.mag) for array in arrays),
        box=str(layer.bounding_box),
        forms=tuple(f"{array.info} {array.info.codec}" for array in arrays),
        tile=None if shapes.buffer is None else tuple(Vec3Int.from_vec_or_int(shapes.buffer)),
        compat=shapes.compat,
    )


def _factor(before: Mag, mag: Mag) -> Vec3Int:
    return mag.to_vec3_int() // before.to_vec3_int()


def _group(chunk: Vec3Int, before: Mag, arrays: Sequence[NewArray]) -> list[NewArray]:
    """Choose how many mags are made from one reading: those whose chunks fit a unit of work."""
    group = [arrays[0]]
    for array in arrays[1:]:
        if _unit(chunk, before, [*group, array]).prod() > _UNIT_VOXELS:
            break
        group.append(array)
    return group


def _unit(chunk: Vec3Int, before: Mag, group: Sequence[NewArray]) -> Vec3Int:
    """Give the edges of a unit of work in voxels of the source: whole chunks of it and of every mag."""
    unit = chunk
    for array in group:
        unit = unit.pairmax(_factor(before, array.mag) * array.info.chunk_shape)
    return unit


def _stages(
    source: Source,
    before: Mag,
    chunk: Vec3Int,
    group: Sequence[NewArray],
    mode: InterpolationModes,
    shapes: Shapes,
    name: str,
) -> list[Stage]:
    targets = tuple(array.target() for array in group)
    mags = [before, *(array.mag for array in group)]
    factors = tuple(_factor(a, b) for a, b in pairwise(mags))
    stage: BlockStage | TileStage
    if mode.is_zoom:
        job, tile = _tiles(group[0].info, factors[0], shapes.buffer)
        stage = TileStage(name, source, targets, factors, mode, job, tile, lossy=shapes.compat == "peer")
    else:
        stage = BlockStage(name, source, targets, factors, mode, *_work(source, before, chunk, group))
    return [stage, ShardStage(name, targets, stage.chunk_memory())]


def _work(source: Source, before: Mag, chunk: Vec3Int, group: Sequence[NewArray]) -> tuple[Vec3Int, str, int]:
    """Give the unit of work, grown where it is small, and the slabs that are read at a time: their axis, how thick.

    In a Zarr shard blocks follow each other along z, so that slabs across y are read in longer runs than across z.
    """
    unit = _unit(chunk, before, group)
    while unit.prod() < _SMALL_UNIT_VOXELS:
        unit = _doubled(unit)
    info = group[0].info
    axis = "z" if source.info.data_format == "wkw" else "y"
    along = "xyz".index(axis)
    thick = max(chunk[along], _factor(before, group[-1].mag)[along])
    voxel = info.dtype.itemsize * info.num_channels
    inside = unit.pairmin(source.high - source.low)
    while inside.with_replaced(axis, thick).prod() * voxel < _SLAB_BYTES and thick < unit[along]:
        thick *= 2
    return unit, axis, thick


def _tiles(info: ArrayInfo, factor: Vec3Int, buffer: Any) -> tuple[Vec3Int, Vec3Int]:
    """Give the edges of jobs and tiles as those of ``webknossos``, in voxels of the target."""
    job = info.shard_shape
    while job.prod() < _JOB_VOXELS:
        shortest = list(job).index(min(job))
        job = Vec3Int(*(length * 2 if axis == shortest else length for axis, length in enumerate(job)))
    if buffer is not None:
        return job, Vec3Int.from_vec_or_int(buffer)
    limit = Vec3Int(*(min(512, max(1, 1024 // length)) for length in factor))
    return job, limit.pairmin(info.shard_shape)


def plan_upsampling(layer: Layer, view: MagView, mags: Sequence[Mag], shapes: Shapes) -> Filling:
    """Plan the job that makes finer mags of a mag."""
    arrays = tuple(NewArray(layer, mag, shapes.info(layer, mag)) for mag in mags)
    factors = tuple(_factor(mag, view.mag) for mag in mags)
    unit = view.info.chunk_shape
    for array, factor in zip(arrays, factors, strict=True):
        unit = unit.pairmax(-(-array.info.chunk_shape // factor))
    while unit.prod() * max(factor.prod() for factor in factors) < _SMALL_UNIT_VOXELS:
        unit = _doubled(unit)
    targets = tuple(array.target() for array in arrays)
    stage = RepeatStage("upsampling", source_of(view, layer), targets, factors, unit)
    shards = ShardStage(stage.name, targets, stage.chunk_memory())
    settings = _settings(layer, view, "REPEAT", arrays, shapes)
    return Filling(layer.dataset, f"upsample {layer.name}", settings, arrays, (stage, shards))


def _doubled(unit: Vec3Int) -> Vec3Int:
    """Double the shortest edges."""
    return Vec3Int(*(length * 2 if length == min(unit) else length for length in unit))
