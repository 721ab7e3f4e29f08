"""``swath volume from-images`` and ``downsample``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swath.cli import options
from swath.cli.output import print_rows
from swath.cli.volume_copy import running_as
from swath.cli.volume_options import (
    ChunkShape,
    CodecOption,
    DataFormatOption,
    DatasetPath,
    NewDataset,
    ShardShape,
    read_lengths,
    read_numbers,
    stored_as,
)

if TYPE_CHECKING:
    from swath.volume import Dataset


class Category(StrEnum):
    """What a layer shows."""

    color = "color"
    segmentation = "segmentation"


class Mapping(StrEnum):
    """Which files make a layer."""

    inspect_single_file = "inspect-single-file"
    inspect_every_file = "inspect-every-file"
    layer_per_file = "layer-per-file"
    single_layer = "single-layer"
    layer_per_folder = "layer-per-folder"
    layer_per_toplevel_folder = "layer-per-toplevel-folder"

    @property
    def strategy(self) -> str:
        """The library's name for it."""
        name = self.value.replace("-", "_")
        return name if name.startswith("inspect") else f"enforce_{name}"


class Compat(StrEnum):
    """Whose accidents are reproduced."""

    peer = "peer"


class Sampling(StrEnum):
    """How mags grow."""

    anisotropic = "anisotropic"
    isotropic = "isotropic"
    constant_z = "constant-z"


class Interpolation(StrEnum):
    """What a block of voxels becomes."""

    default = "default"
    median = "median"
    mode = "mode"
    nearest = "nearest"
    bilinear = "bilinear"
    bicubic = "bicubic"
    max = "max"
    min = "min"
    mean = "mean"


LayerName = Annotated[str | None, typer.Option(help="Name of the layer; of several, what theirs begin with.")]
CompatOption = Annotated[Compat | None, typer.Option("--compat", help="Do as webknossos where it errs; see the page.")]
Columns = ("layer", "category", "dtype", "channels", "mags", "topleft", "size")


def from_images(
    images: Annotated[Path, typer.Argument(help="Folder of images, or one image.")],
    output: NewDataset,
    voxel_size: Annotated[str, typer.Option(help="Lengths of a voxel in nanometres: 11.24,11.24,28.")],
    name: Annotated[str | None, typer.Option(help="Name of the dataset [default: that of its folder].")] = None,
    mapping: Annotated[Mapping, typer.Option("--map", help="Which files make a layer.")] = Mapping.inspect_single_file,
    layer_name: LayerName = None,
    category: Annotated[Category | None, typer.Option(help="What layers show [default: guessed].")] = None,
    data_format: DataFormatOption = None,
    chunk_shape: ChunkShape = None,
    shard_shape: ShardShape = None,
    codec: CodecOption = None,
    uncompressed: Annotated[bool, typer.Option("--uncompressed", help="Do not compress.")] = False,
    dtype: Annotated[str | None, typer.Option(help="Convert values, such as to uint8.")] = None,
    channel: Annotated[int | None, typer.Option(help="Take one channel; the first is 0.")] = None,
    timepoint: Annotated[int | None, typer.Option(help="Take one point of time; the first is 0.")] = None,
    topleft: Annotated[str, typer.Option(help="Place of the first voxel: X,Y,Z.")] = "0,0,0",
    swap_xy: Annotated[bool, typer.Option("--swap-xy", help="Exchange x and y.")] = False,
    flip_x: Annotated[bool, typer.Option("--flip-x", help="Reverse x.")] = False,
    flip_y: Annotated[bool, typer.Option("--flip-y", help="Reverse y.")] = False,
    flip_z: Annotated[bool, typer.Option("--flip-z", help="Reverse z.")] = False,
    max_layers: Annotated[int, typer.Option(help="Most layers that channels become.")] = 20,
    downsample: Annotated[bool, typer.Option("--downsample", help="Make the coarser mags too.")] = False,
    compat: CompatOption = None,
    memory: options.Memory = None,
    workers: options.WorkerCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    scheduler: options.Scheduler = None,
    scheduler_file: options.SchedulerFile = None,
    progress: options.ProgressOption = options.Progress.auto,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Make a dataset of images: stacks of flat ones, or volumes; cut off, the same command goes on.

    Example: swath volume from-images stack -o retina --voxel-size 11.24,11.24,28 --downsample
    """
    from swath.volume.images.convert import from_images as library  # noqa: PLC0415

    turned: dict[str, Any] = {"swap_xy": swap_xy, "flip_x": flip_x, "flip_y": flip_y, "flip_z": flip_z}
    with running_as(memory, workers, executor, scheduler, scheduler_file, progress) as running:
        dataset = library(
            images,
            output,
            read_lengths(voxel_size),
            name,
            map_filepath_to_layer_name=mapping.strategy,
            layer_name=layer_name,
            layer_category=category.value if category else None,
            dtype=dtype,
            channel=channel,
            timepoint=timepoint,
            topleft=read_numbers(topleft, "--topleft"),
            **turned,
            max_layers=max_layers,
            compat=compat.value if compat else None,
            downsample=downsample,
            running=running,
            **stored_as(data_format, chunk_shape, shard_shape, codec=codec, compress=not uncompressed),
        )
    print_rows(_rows(dataset), Columns, form.value)


def downsample(
    dataset: DatasetPath,
    layer: Annotated[list[str] | None, typer.Option(help="Layer; repeatable [default: all].")] = None,
    from_mag: Annotated[
        str | None, typer.Option(help="Mag to begin with [default: the coarsest; to overwrite, the finest].")
    ] = None,
    coarsest_mag: Annotated[str | None, typer.Option(help="Mag to end with [default: of about 100 voxels].")] = None,
    interpolation: Annotated[
        Interpolation, typer.Option("--interpolation", help="default is mode for segmentations, else median.")
    ] = Interpolation.default,
    sampling: Annotated[Sampling, typer.Option("--sampling", help="How mags grow.")] = Sampling.anisotropic,
    chunk_shape: ChunkShape = None,
    shard_shape: ShardShape = None,
    codec: CodecOption = None,
    uncompressed: Annotated[bool, typer.Option("--uncompressed", help="Do not compress.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Make mags anew that are there.")] = False,
    compat: CompatOption = None,
    memory: options.Memory = None,
    workers: options.WorkerCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    scheduler: options.Scheduler = None,
    scheduler_file: options.SchedulerFile = None,
    progress: options.ProgressOption = options.Progress.auto,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Add the coarser mags of layers; cut off, the same command goes on.

    Example: swath volume downsample retina --layer color --coarsest-mag 16
    """
    from swath.volume import Dataset  # noqa: PLC0415

    opened = Dataset.open(dataset)
    with running_as(memory, workers, executor, scheduler, scheduler_file, progress) as running:
        for name in layer or list(opened.layers):
            chosen = opened.get_layer(name)
            chosen.downsample(
                from_mag=chosen.get_finest_mag().mag if overwrite and from_mag is None else from_mag,
                coarsest_mag=coarsest_mag,
                interpolation_mode=interpolation.value,
                sampling_mode=sampling.value.replace("-", "_"),
                allow_overwrite=overwrite,
                compat=compat.value if compat else None,
                running=running,
                **stored_as(None, chunk_shape, shard_shape, codec=codec, compress=not uncompressed),
            )
    print_rows(_rows(opened), Columns, form.value)


def _rows(dataset: Dataset) -> list[dict[str, Any]]:
    """One record a layer."""
    return [
        {
            "layer": layer.name,
            "category": layer.category,
            "dtype": str(layer.dtype),
            "channels": layer.num_channels,
            "mags": " ".join(str(mag) for mag in layer.mags),
            "topleft": ",".join(str(at) for at in layer.bounding_box.topleft_xyz),
            "size": ",".join(str(length) for length in layer.bounding_box.size_xyz),
        }
        for layer in dataset.layers.values()
    ]
