"""Making the mags of a layer from one that it has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from swath.engine.run import Running
from swath.volume.downsample.modes import parse_mode
from swath.volume.downsample.plans import Shapes, plan_pyramid, plan_upsampling
from swath.volume.downsample.schemes import (
    SamplingModes,
    SchemeError,
    default_coarsest_mag,
    mags_of_pyramid,
    refuse_equal_sizes,
)
from swath.volume.errors import AgreementError, ArgumentError, VolumeError
from swath.volume.filling.arrays import NewArray
from swath.volume.filling.job import fill, running_with
from swath.volume.geometry import BoundingBox, Mag

if TYPE_CHECKING:
    from swath.volume.dataset import Dataset
    from swath.volume.layer import Layer
    from swath.volume.mag_view import MagView


class NoSuchMagError(VolumeError, KeyError):
    """A mag to read from that the layer does not have."""


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
    compat: str | None = None,
    executor: Executor | None = None,
    running: Running | None = None,
) -> None:
    """Add the coarser mags of a layer, from its coarsest one, or ``from_mag``, to ``coarsest_mag``.

    ``interpolation_mode`` is ``default`` (mode for segmentations, else median) or a name of ``InterpolationModes``.
    ``align_with_other_layers`` takes mags of the dataset's other layers, or of another dataset's, where they fit.
    ``executor`` is any of ``concurrent.futures``; ``running`` says the memory budget and who listens. Cut off and
    called again, it goes on where it was. With ``compat="peer"``, 64-bit ids pass through doubles where the peer's do.
    Raises KeyError for a mag or a mode that there is not, RuntimeError for mags
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
    shapes = Shapes(chunk_shape, shard_shape, chunks_per_shard, compress, codec, buffer_shape, compat)
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
    compat: str | None = None,
    executor: Executor | None = None,
    running: Running | None = None,
) -> None:
    """Make one mag of a finer one in a single step; arguments and errors as of ``downsample``."""
    shapes = Shapes(chunk_shape, shard_shape, chunks_per_shard, compress, codec, buffer_shape, compat)
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
    compat: str | None = None,
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
    shapes = Shapes(chunk_shape, shard_shape, chunks_per_shard, compress, codec, buffer_shape, compat)
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


def upsample(
    layer: Layer,
    from_mag: Any,
    *,
    finest_mag: Any = 1,
    compress: Any = True,
    sampling_mode: str | SamplingModes = SamplingModes.ANISOTROPIC,
    align_with_other_layers: bool | Dataset = True,
    chunk_shape: Any = None,
    shard_shape: Any = None,
    chunks_per_shard: Any = None,
    codec: Any = None,
    executor: Executor | None = None,
    running: Running | None = None,
) -> None:
    """Add the mags from ``from_mag`` down to ``finest_mag`` by repeating voxels; arguments as of ``downsample``.

    Raises RuntimeError where the mags of a pyramid do not lead from one to the other.
    """
    coarse, finest = Mag(from_mag), Mag(finest_mag)
    others = _mags_of_others(layer, align_with_other_layers)
    depth = layer.bounding_box.size_xyz.z
    mode = SamplingModes.parse(sampling_mode)
    pyramid = mags_of_pyramid(finest, coarse, mode, layer.dataset.voxel_size, depth=depth, others=[*others, coarse])
    if not pyramid or pyramid[-1] != coarse:
        raise SchemeError(f"mag {coarse} is not of the pyramid that begins with mag {finest}")
    mags = [finest, *pyramid[:-1]]
    layer.dataset.check_writable()
    _check_absent(layer, mags)
    if coarse not in layer.mags:
        raise NoSuchMagError(f"Failed to upsample data. The from_mag ({coarse}) does not exist.")
    shapes = Shapes(chunk_shape, shard_shape, chunks_per_shard, compress, codec)
    made = plan_upsampling(layer, layer.mags[coarse], mags, shapes)
    fill(made, running_with(executor, running))
    for array in made.arrays:
        _enter(array)


def _check_absent(layer: Layer, mags: Iterable[Mag]) -> None:
    if any(mag in layer.mags for mag in mags):
        raise ArgumentError("The target mag already exists. Pass allow_overwrite=True if you want to overwrite it.")


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
    made = plan_pyramid(layer, view or layer.mags[start], mags, mode, shapes)
    fill(made, running)
    for array in made.arrays:
        _enter(array)


def _check(layer: Layer, start: Mag, mags: Sequence[Mag], view: MagView | None, *, overwrite: bool) -> None:
    for mag in mags:
        if not start <= mag:
            raise ArgumentError(
                f"Failed to downsample data. The from_mag ({start}) is greater than the target_mag ({mag})."
            )
    if not overwrite:
        _check_absent(layer, mags)
    if view is None and start not in layer.mags:
        raise NoSuchMagError(f"Failed to downsample data. The from_mag ({start}) does not exist.")
    if view is not None and view.mag != start:
        raise ArgumentError(f"from_mag_view {view.mag} does not match from_mag {start}")
    for finer, coarser in pairwise([start, *mags]):
        if any(b % a for a, b in zip(finer.to_list(), coarser.to_list(), strict=True)):
            raise ArgumentError(f"mag {coarser} cannot be made of mag {finer}", "each edge must be a multiple")


def _enter(array: NewArray) -> None:
    """Enter a mag into the layer, in place of the one that it may have had."""
    array.layer.register_array(array.mag, array.folder, array.info)
