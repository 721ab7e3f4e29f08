"""Making the mags of a layer from one that it has."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

from swath.engine.job import Stage
from swath.engine.run import Running
from swath.volume.downsample.modes import InterpolationModes, parse_mode
from swath.volume.downsample.schemes import (
    SamplingModes,
    default_coarsest_mag,
    mags_of_pyramid,
    refuse_equal_sizes,
)
from swath.volume.downsample.stages import BlockStage, TileStage
from swath.volume.errors import AgreementError, ArgumentError, VolumeError
from swath.volume.filling.arrays import NewArray
from swath.volume.filling.job import Filling, fill, running_with
from swath.volume.filling.source import Source
from swath.volume.filling.stages import Index, ShardStage
from swath.volume.geometry import BoundingBox, Mag, Vec3Int
from swath.volume.stores import ArrayInfo

if TYPE_CHECKING:
    from swath.volume.dataset import Dataset
    from swath.volume.layer import Layer
    from swath.volume.mag_view import MagView

_UNIT_VOXELS = 1 << 27
_SMALL_UNIT_VOXELS = 1 << 24
_SLAB_BYTES = 1 << 22
_JOB_VOXELS = 1 << 30


class NoSuchMagError(VolumeError, KeyError):
    """A mag to read from that the layer does not have."""


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


@dataclass(frozen=True)
class Shapes:
    """How new mags are stored, as ``Layer.add_mag`` takes it; ``buffer`` is the edge of tiles of zooming modes."""

    chunk: Any = None
    shard: Any = None
    chunks_per_shard: Any = None
    compress: Any = True
    codec: Any = None
    buffer: Any = None

    def info(self, layer: Layer, mag: Mag) -> ArrayInfo:
        """The form of a mag's array."""
        return layer.new_array_info(
            mag, self.chunk, self.shard, self.chunks_per_shard, compress=self.compress, codec=self.codec
        )


def downsample(
    layer: Layer,
    *,
    from_mag: Any = None,
    coarsest_mag: Any = None,
    interpolation_mode: str = "default",
    compress: Any = True,
    sampling_mode: str | SamplingModes = SamplingModes.ANISOTROPIC,
    align_with_other_layers: bool | Dataset = True,
    buffer_shape: Any = None,
    chunk_shape: Any = None,
    shard_shape: Any = None,
    chunks_per_shard: Any = None,
    codec: Any = None,
    force_sampling_scheme: bool = False,
    allow_overwrite: bool = False,
    only_setup_mags: bool = False,
    from_mag_view: MagView | None = None,
    executor: Executor | None = None,
    running: Running | None = None,
) -> None:
    """Add the coarser mags of a layer, from its coarsest one, or ``from_mag``, to ``coarsest_mag``.

    ``interpolation_mode`` is ``default`` (mode for segmentations, else median) or a name of ``InterpolationModes``.
    ``align_with_other_layers`` takes mags of the dataset's other layers, or of another dataset's, where they fit.
    ``executor`` is any of ``concurrent.futures``; ``running`` says the memory budget and who listens. Cut off and
    called again, it goes on where it was. Raises KeyError for a mag or a mode that there is not, RuntimeError for mags
    that make no pyramid, ValueError for one that is there without ``allow_overwrite``.
    """
    if from_mag is None:
        if not layer.mags and from_mag_view is None:
            raise AgreementError(f"layer {layer.name} has no mag to make others from", "write one first")
        from_mag = from_mag_view.mag if from_mag_view is not None else max(layer.mags)
    start = Mag(from_mag)
    box = BoundingBox(layer.bounding_box.topleft_xyz, layer.bounding_box.size_xyz)
    mags = mags_of_pyramid(
        start,
        default_coarsest_mag(box) if coarsest_mag is None else Mag(coarsest_mag),
        SamplingModes.parse(sampling_mode),
        layer.dataset.voxel_size,
        depth=box.size_xyz.z,
        others=_mags_of_others(layer, align_with_other_layers),
    )
    if not force_sampling_scheme:
        refuse_equal_sizes([*layer.mags, *mags])
    shapes = Shapes(chunk_shape, shard_shape, chunks_per_shard, compress, codec, buffer_shape)
    _make(
        layer,
        start,
        mags,
        interpolation_mode,
        shapes,
        view=from_mag_view,
        overwrite=allow_overwrite,
        empty=only_setup_mags,
        running=running_with(executor, running),
    )


def downsample_mag(
    layer: Layer,
    from_mag: Any,
    target_mag: Any,
    *,
    interpolation_mode: str = "default",
    compress: Any = True,
    buffer_shape: Any = None,
    chunk_shape: Any = None,
    shard_shape: Any = None,
    chunks_per_shard: Any = None,
    codec: Any = None,
    allow_overwrite: bool = False,
    only_setup_mag: bool = False,
    from_mag_view: MagView | None = None,
    executor: Executor | None = None,
    running: Running | None = None,
) -> None:
    """Make one mag of a finer one in a single step; arguments and errors as of ``downsample``."""
    shapes = Shapes(chunk_shape, shard_shape, chunks_per_shard, compress, codec, buffer_shape)
    _make(
        layer,
        Mag(from_mag),
        [Mag(target_mag)],
        interpolation_mode,
        shapes,
        view=from_mag_view,
        overwrite=allow_overwrite,
        empty=only_setup_mag,
        running=running_with(executor, running),
    )


def downsample_mag_list(
    layer: Layer,
    from_mag: Any,
    target_mags: Iterable[Any],
    *,
    interpolation_mode: str = "default",
    compress: Any = True,
    buffer_shape: Any = None,
    chunk_shape: Any = None,
    shard_shape: Any = None,
    chunks_per_shard: Any = None,
    codec: Any = None,
    allow_overwrite: bool = False,
    only_setup_mags: bool = False,
    executor: Executor | None = None,
    running: Running | None = None,
) -> None:
    """Make mags one from the other, the first from ``from_mag``; arguments and errors as of ``downsample``.

    Raises AssertionError where a mag is finer along some axis than the one before it.
    """
    mags = sorted((Mag(mag) for mag in target_mags), key=lambda mag: mag.to_list())
    for finer, coarser in pairwise(mags):
        if any(a > b for a, b in zip(finer.to_list(), coarser.to_list(), strict=True)):
            raise AgreementError(f"Downsampling failed: cannot downsample {finer} to {coarser}")
    shapes = Shapes(chunk_shape, shard_shape, chunks_per_shard, compress, codec, buffer_shape)
    _make(
        layer,
        Mag(from_mag),
        mags,
        interpolation_mode,
        shapes,
        overwrite=allow_overwrite,
        empty=only_setup_mags,
        running=running_with(executor, running),
    )


def redownsample(
    layer: Layer,
    *,
    interpolation_mode: str = "default",
    compress: Any = True,
    min_mag: Any = None,
    executor: Executor | None = None,
    running: Running | None = None,
    **shapes: Any,
) -> None:
    """Make all mags but the finest anew from it, or those coarser than ``min_mag``; arguments as of ``downsample``."""
    known = sorted(layer.mags, key=lambda mag: mag.to_list())
    start = Mag(min_mag) if min_mag is not None else known[0]
    downsample_mag_list(
        layer,
        start,
        [mag for mag in known if mag > start],
        interpolation_mode=interpolation_mode,
        compress=compress,
        allow_overwrite=True,
        executor=executor,
        running=running,
        **shapes,
    )


def _mags_of_others(layer: Layer, align: bool | Dataset) -> list[Mag]:
    if align is False:
        return []
    dataset = layer.dataset if align is True else align
    return [mag for other in dataset.layers.values() if other is not layer for mag in other.mags]


def _make(
    layer: Layer,
    start: Mag,
    mags: Sequence[Mag],
    interpolation_mode: str,
    shapes: Shapes,
    *,
    view: MagView | None = None,
    overwrite: bool,
    empty: bool,
    running: Running,
) -> None:
    """Make mags one from the other, or enter them empty."""
    layer.dataset.check_writable()
    mode = parse_mode(interpolation_mode, layer.category)
    _check(layer, start, mags, view, overwrite=overwrite)
    if not mags:
        return
    if empty:
        for mag in mags:
            array = NewArray(layer, mag, shapes.info(layer, mag))
            array.begin()
            array.put()
            _enter(array)
        return
    made = _plan(layer, view or layer.mags[start], mags, mode, shapes)
    fill(made, running)
    for array in made.arrays:
        _enter(array)


def _check(layer: Layer, start: Mag, mags: Sequence[Mag], view: MagView | None, *, overwrite: bool) -> None:
    for mag in mags:
        if not start <= mag:
            raise ArgumentError(
                f"Failed to downsample data. The from_mag ({start}) is greater than the target_mag ({mag})."
            )
        if mag in layer.mags and not overwrite:
            raise ArgumentError("The target mag already exists. Pass allow_overwrite=True if you want to overwrite it.")
    if view is None and start not in layer.mags:
        raise NoSuchMagError(f"Failed to downsample data. The from_mag ({start}) does not exist.")
    if view is not None and view.mag != start:
        raise ArgumentError(f"from_mag_view {view.mag} does not match from_mag {start}")
    for finer, coarser in pairwise([start, *mags]):
        if any(b % a for a, b in zip(finer.to_list(), coarser.to_list(), strict=True)):
            raise ArgumentError(f"mag {coarser} cannot be made of mag {finer}", "each edge must be a multiple")


def _enter(array: NewArray) -> None:
    """Enter a mag into the layer, in place of the one that it may have had."""
    enter = array.layer.replace_array if array.mag in array.layer.mags else array.layer.register_array
    enter(array.mag, array.folder, array.info)


def _plan(layer: Layer, view: MagView, mags: Sequence[Mag], mode: InterpolationModes, shapes: Shapes) -> Filling:
    arrays = tuple(NewArray(layer, mag, shapes.info(layer, mag)) for mag in mags)
    settings = PyramidSettings(
        source=str(view.path),
        state=_state(view),
        mode=mode.name,
        mags=tuple(str(mag) for mag in mags),
        box=str(layer.bounding_box),
        forms=tuple(f"{array.info} {array.info.codec}" for array in arrays),
        tile=None if shapes.buffer is None else tuple(Vec3Int.from_vec_or_int(shapes.buffer)),
    )
    stages: list[Stage] = []
    source, before, chunk = _source(layer, view), view.mag, view.info.chunk_shape
    waiting = list(arrays)
    while waiting:
        group = waiting[:1] if mode.is_zoom else _group(chunk, before, waiting)
        stages += _stages(source, before, chunk, group, mode, shapes, f"pyramid {len(stages) // 2 + 1}")
        del waiting[: len(group)]
        target = group[-1].target()
        source = Source(target.store, target.low, target.high, (0, layer.num_channels), source.indices)
        before, chunk = group[-1].mag, group[-1].info.chunk_shape
    return Filling(layer.dataset, f"downsample {layer.name}", settings, arrays, tuple(stages))


def _source(layer: Layer, view: MagView) -> Source:
    box = BoundingBox(layer.bounding_box.topleft_xyz, layer.bounding_box.size_xyz).align_with_mag(view.mag, ceil=True)
    inside = box.in_mag(view.mag)
    bounds = view.normalized_bounding_box
    further = [range(*bounds.get_bounds(axis)) for axis in view.store.axes if axis not in "cxyz"]
    indices: tuple[Index, ...] = tuple(product(*further))
    low = inside.topleft_xyz
    return Source(view.store, low, low + inside.size_xyz, bounds.get_bounds("c"), indices)


def _state(view: MagView) -> str:
    """A hash of the names, sizes and times of an array's files."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(path for path in view.path.rglob("*") if path.is_file()):
        stat = path.stat()
        digest.update(f"{path.relative_to(view.path)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


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
        stage = TileStage(name, source, targets, factors, mode, job, tile)
    else:
        stage = BlockStage(name, source, targets, factors, mode, *_work(source, before, chunk, group))
    return [stage, ShardStage(name, targets, stage.chunk_memory())]


def _work(source: Source, before: Mag, chunk: Vec3Int, group: Sequence[NewArray]) -> tuple[Vec3Int, int]:
    """Give the unit of work, grown where it is small, and the slices that are read at a time."""
    unit = _unit(chunk, before, group)
    while unit.prod() < _SMALL_UNIT_VOXELS:
        shortest = min(unit)
        unit = Vec3Int(*(length * 2 if length == shortest else length for length in unit))
    info = group[0].info
    slab = max(chunk.z, _factor(before, group[-1].mag).z)
    inside = unit.pairmin(source.high - source.low)
    while inside.x * inside.y * slab * info.dtype.itemsize * info.num_channels < _SLAB_BYTES and slab < unit.z:
        slab *= 2
    return unit, slab


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
