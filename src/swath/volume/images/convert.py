"""Datasets and layers of image files."""

from __future__ import annotations

import hashlib
import json
import math
import warnings
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from swath.engine.files import write_atomically
from swath.engine.run import Running
from swath.volume.errors import AgreementError, ArgumentError, NameTakenError
from swath.volume.filling.arrays import NewArray
from swath.volume.filling.job import FOLDER, Filling, fill, running_with
from swath.volume.filling.stages import ShardStage
from swath.volume.geometry import BoundingBox, Mag, Vec3Int
from swath.volume.images.category import category_of_name, category_of_values
from swath.volume.images.conversion import Conversion, Part, choose_parts
from swath.volume.images.errors import UnsupportedImageDataError
from swath.volume.images.mapping import ConversionLayerMapping, Mapping, group_files
from swath.volume.images.opening import find_images, listed_images, natural_key
from swath.volume.images.stack import Stack, open_stack
from swath.volume.images.stage import ImageStage, Orientation, choose_work
from swath.volume.properties import AdditionalAxis, LayerViewConfiguration
from swath.volume.properties.element_class import given_dtype
from swath.volume.statistics_store import largest_segment, value_range

if TYPE_CHECKING:
    from swath.volume.dataset import Dataset
    from swath.volume.layer import Layer

_FLAT_SHARD = (4096, 4096, 32)
"""Shards of Zarr 3 layers of images."""


@dataclass(frozen=True)
class ImageSettings:
    """What decides the layers of a job: the images with their sizes and times, the layers, and how they are written."""

    images: str
    parts: tuple[Part, ...]
    category: str
    orientation: Orientation
    dtype: str
    box: str
    mag: str
    form: str
    places: tuple[tuple[int, ...], ...] = field(default=((),))


def add_layer_from_images(
    dataset: Dataset,
    images: Any,
    layer_name: str,
    category: str | None = "color",
    *,
    executor: Executor | None = None,
    running: Running | None = None,
    **settings: Any,
) -> Layer:
    """Add a layer of images: a glob, a file, a folder, or a list of paths; several where channels make several.

    ``category`` is ``color`` or ``segmentation``, guessed if None. ``settings`` are the fields of ``Conversion``.
    Gives the first layer. Cut off and called again, it goes on where it was. Raises ValueError for images that make no
    layer, IndexError for a name that is taken, AssertionError for shapes that do not go together.
    """
    conversion = Conversion(**settings)
    paths = listed_images(images)
    how = running_with(executor, running)
    return _add(dataset, open_stack(paths), layer_name, category, conversion, how)[0]


def from_images(
    input_path: str | Path,
    output_path: str | Path,
    voxel_size: Iterable[float] | None = None,
    name: str | None = None,
    *,
    map_filepath_to_layer_name: Mapping = ConversionLayerMapping.INSPECT_SINGLE_FILE,
    z_slices_sort_key: Any = natural_key,
    layer_name: str | None = None,
    layer_category: str | None = None,
    voxel_size_with_unit: Any = None,
    max_layers: int = 20,
    downsample: bool = False,
    executor: Executor | None = None,
    running: Running | None = None,
    **settings: Any,
) -> Dataset:
    """Make a dataset of the images in a folder, or of one image.

    ``map_filepath_to_layer_name`` is a strategy, its name, or a function from a path below the folder to a name.
    ``downsample`` adds the coarser mags of each layer. ``settings`` are those of ``add_layer_from_images``. Cut off and
    called again, it goes on where it was. Raises as that does, RuntimeError where the output stands.
    """
    source = Path(input_path)
    folder, files = (source.parent, [source]) if source.is_file() else (source, find_images(source))
    conversion = Conversion(**{"allow_multiple_layers": True, "max_layers": max_layers, **settings})
    groups = group_files(
        files, folder, map_filepath_to_layer_name, z_slices_sort_key, merge=conversion.compat == "peer"
    )
    if layer_name is not None:
        groups = {layer_name if len(groups) == 1 else f"{layer_name}_{each}": paths for each, paths in groups.items()}
    dataset = _begin(Path(output_path), voxel_size, voxel_size_with_unit, name)
    how = running_with(executor, running)
    for each, paths in groups.items():
        left = max_layers - len(dataset.layers)
        category = layer_category or category_of_name(str(paths[0].relative_to(folder)))
        stack = open_stack(paths)
        if layer_category is None:
            category = category_of_values(stack, category)
        chosen = replace(conversion, max_layers=max(1, left))
        layers = _add(dataset, stack, each, category, chosen, how)
        for layer in layers if downsample else ():
            if len(layer.mags) == 1:
                layer.downsample(compress=conversion.compress, codec=conversion.codec, running=how)
    _marker(dataset.path).unlink(missing_ok=True)
    _remove_empty(dataset.path / FOLDER)
    return dataset


def _marker(path: Path) -> Path:
    return path / FOLDER / "from images.json"


def _begin(path: Path, voxel_size: Any, with_unit: Any, name: str | None) -> Dataset:
    """Make the dataset, or take up one whose conversion was cut off."""
    from swath.volume.dataset import Dataset  # noqa: PLC0415  (it builds on this)

    if _marker(path).is_file():
        return Dataset(path, voxel_size, name, exist_ok=True, voxel_size_with_unit=with_unit)
    dataset = Dataset(path, voxel_size, name, voxel_size_with_unit=with_unit)
    write_atomically(_marker(path), json.dumps({"unfinished": True}).encode())
    return dataset


def _remove_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _add(
    dataset: Dataset, stack: Stack, name: str, category: str | None, conversion: Conversion, running: Running
) -> list[Layer]:
    """Write a stack into a layer or several."""
    if category is None:
        category = category_of_values(stack, category_of_name(str(stack.first.path)))
    parts = choose_parts(stack, name, conversion)
    dtype = _dtype(stack, conversion)
    unfinished = _is_unfinished(dataset, parts[0].name)
    before = set(dataset.layers)
    try:
        layers = [_layer(dataset, stack, part, category, dtype, conversion, unfinished=unfinished) for part in parts]
        if all(layer.mags for layer in layers):
            return layers
        arrays = tuple(_array(layer, stack, conversion) for layer in layers)
        filling = _filling(dataset, stack, parts, arrays, category, dtype, conversion)
    except BaseException:
        for added in set(dataset.layers) - before:
            dataset.delete_layer(added)
        raise
    fill(filling, running)
    for array, part in zip(arrays, parts, strict=True):
        array.layer.register_array(array.mag, array.folder, array.info)
        _describe(array, part)
    return layers


def _layer(
    dataset: Dataset,
    stack: Stack,
    part: Part,
    category: str,
    dtype: np.dtype[Any],
    conversion: Conversion,
    *,
    unfinished: bool,
) -> Layer:
    """Make the layer, or take up one that an earlier call made and did not fill."""
    box, channels = _box(stack, conversion), part.channels[1] - part.channels[0]
    if part.name in dataset.layers:
        if not unfinished:
            raise NameTakenError(f"Adding layer {part.name} failed. There is already a layer with this name")
        layer = dataset.layers[part.name]
        same = (layer.category, layer.dtype, layer.num_channels) == (category, dtype, channels)
        if layer.mags or (
            same and layer.bounding_box.size_xyz == box.size and layer.bounding_box.topleft_xyz == box.topleft
        ):
            return layer
        dataset.delete_layer(part.name)
    try:
        layer = dataset.add_layer(
            part.name,
            category,
            dtype=dtype,
            num_channels=channels,
            data_format=conversion.data_format,
            bounding_box=box,
        )
    except ArgumentError as error:
        raise UnsupportedImageDataError(error.message, error.hint or "pass dtype to convert the images") from error
    axes = _written_axes(stack, conversion)
    if axes and layer.data_format == "wkw":
        raise AgreementError(f"WKW has no axis {axes[0][0]} beyond x, y and z", "choose zarr3, or one timepoint")
    layer.properties.additional_axes = [
        AdditionalAxis(axis, (0, length), number) for number, (axis, length) in enumerate(axes)
    ]
    dataset.save()
    return layer


def _dtype(stack: Stack, conversion: Conversion) -> np.dtype[Any]:
    """Choose what values are converted to: what is asked for, else the dtype of the first image."""
    if conversion.dtype is not None:
        return given_dtype(conversion.dtype)
    other = next((file for file in stack.files if file.dtype != stack.dtype), None)
    if other is not None:
        warnings.warn(
            f"[WARNING] {other.path} is of {other.dtype}: it is converted to {stack.dtype}, as the first image is, "
            "and values that this cannot hold wrap around.",
            stacklevel=6,
        )
    return stack.dtype


def _is_unfinished(dataset: Dataset, name: str) -> bool:
    """Say whether a conversion, whose first layer is of a name, was cut off."""
    jobs = dataset.path / FOLDER
    return _marker(dataset.path).is_file() or any((jobs / f"images {name}{end}").exists() for end in ("", ".partial"))


def _written_axes(stack: Stack, conversion: Conversion) -> tuple[tuple[str, int], ...]:
    """Give the further axes that the layer has; those of which one place was chosen are none."""
    if conversion.timepoint is None:
        return stack.further
    return tuple((axis, length) for axis, length in stack.further if axis != _time_axis(stack))


def _time_axis(stack: Stack) -> str:
    names = [axis for axis, _ in stack.further]
    if not names:
        raise UnsupportedImageDataError(f"{stack.first.path} has no time points", "leave timepoint out")
    return "t" if "t" in names else names[0]


def _places(stack: Stack, conversion: Conversion) -> tuple[tuple[int, ...], ...]:
    """Give the places along the stack's further axes that are written."""
    ranges = [range(length) for _, length in stack.further]
    if conversion.timepoint is not None:
        at = [axis for axis, _ in stack.further].index(_time_axis(stack))
        if not 0 <= conversion.timepoint < len(ranges[at]):
            raise UnsupportedImageDataError(f"there is no timepoint {conversion.timepoint}, but {len(ranges[at])}")
        ranges[at] = range(conversion.timepoint, conversion.timepoint + 1)
    return tuple(product(*ranges))


def _box(stack: Stack, conversion: Conversion) -> BoundingBox:
    width, height = (stack.height, stack.width) if conversion.swap_xy else (stack.width, stack.height)
    mag = Mag(conversion.mag)
    topleft = Vec3Int.from_vec_or_int(conversion.topleft)
    if any(topleft % mag.to_vec3_int()):
        raise AgreementError(f"topleft {topleft} is not aligned with mag {mag}", "give multiples of the mag")
    if stack.uneven:
        warnings.warn(
            f"[WARNING] Some images are larger than expected: all are padded to {width} x {height} voxels.",
            stacklevel=6,
        )
    return BoundingBox(topleft, Vec3Int(width, height, stack.depth) * mag.to_vec3_int())


def _array(layer: Layer, stack: Stack, conversion: Conversion) -> NewArray:
    """Choose the form of the array; raises AgreementError for a batch that does not go with it."""
    mag = Mag(conversion.mag)
    chunk, shard = conversion.chunk_shape, conversion.shard_shape
    if layer.data_format == "zarr3" and shard is None and conversion.chunks_per_shard is None:
        shard = _FLAT_SHARD
    if stack.depth == 1 and layer.data_format != "wkw":
        chunk = chunk or (32, 32, 1)
        shard = None if layer.data_format == "zarr" else conversion.shard_shape or (4096, 4096, 1)
    info = layer.new_array_info(
        mag, chunk, shard, conversion.chunks_per_shard, compress=conversion.compress, codec=conversion.codec
    )
    whole = info.compressed or info.data_format != "wkw"
    unit = info.shard_shape.z if whole else info.chunk_shape.z
    if conversion.batch_size is not None and conversion.batch_size % unit:
        what = "shard-size" if whole else "chunk-size"
        raise AgreementError(f"batch_size {conversion.batch_size} must be divisible by z {what} {unit}")
    return NewArray(layer, mag, info)


def _filling(
    dataset: Dataset,
    stack: Stack,
    parts: Sequence[Part],
    arrays: tuple[NewArray, ...],
    category: str,
    dtype: np.dtype[Any],
    conversion: Conversion,
) -> Filling:
    targets = tuple(array.target() for array in arrays)
    info = arrays[0].info
    channels = tuple(part.channels for part in parts)
    voxel_bytes = sum(b - a for a, b in channels) * dtype.itemsize
    work, piece = choose_work(stack, voxel_bytes, info, targets[0])
    if conversion.batch_size is not None:
        work, piece = (edges.with_z(conversion.batch_size) for edges in (work, piece))
    places = _places(stack, conversion)
    stage = ImageStage(
        "images",
        stack,
        targets,
        channels,
        conversion.orientation,
        np.dtype(dtype),
        places,
        work,
        piece,
    )
    settings = ImageSettings(
        images=_state(stack),
        parts=tuple(parts),
        category=category,
        orientation=conversion.orientation,
        dtype=dtype.name,
        box=str(arrays[0].layer.bounding_box),
        mag=str(arrays[0].mag),
        form=f"{info} {info.codec}",
        places=places,
    )
    name = f"images {parts[0].name}"
    return Filling(dataset, name, settings, arrays, (stage, ShardStage("images", targets, stage.chunk_memory())))


def _state(stack: Stack) -> str:
    """A hash of the images' names, sizes and times."""
    digest = hashlib.blake2b(digest_size=16)
    for file in stack.files:
        stat = file.path.stat()
        digest.update(f"{file.path.absolute()} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _describe(array: NewArray, part: Part) -> None:
    """Note what the values are: the largest segment, or the range and colour in which a layer is shown."""
    layer, path = array.layer, array.layer.dataset.path
    if layer.category == "segmentation":
        layer.largest_segment_id = largest_segment(path, layer.name) or 0  # type: ignore[attr-defined]
        return
    low, high = (each if math.isfinite(each) else None for each in value_range(path, layer.name))
    layer.default_view_configuration = LayerViewConfiguration(color=part.color, min=low, max=high)
