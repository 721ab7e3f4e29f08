"""``swath volume compress``, ``copy``, ``crop`` and ``export``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swath.cli import options
from swath.cli.progress import listening
from swath.cli.volume_options import (
    Box,
    ChunkShape,
    CodecOption,
    DataFormatOption,
    DatasetPath,
    NewDataset,
    ShardShape,
    read_box,
    stored_as,
)

if TYPE_CHECKING:
    from swath.engine.run import Running

Without = Annotated[list[str] | None, typer.Option("--without", help="Layer to leave out; repeatable.")]


@contextmanager
def running_as(
    memory: str | None,
    workers: int | None,
    executor: options.Executor,
    scheduler: str | None,
    scheduler_file: Path | None,
    progress: options.Progress,
) -> Iterator[Running]:
    """Give how to run, with the progress shown meanwhile."""
    with listening(progress) as listener:
        yield options.make_running(
            memory=memory,
            workers=workers,
            executor=executor,
            scheduler=scheduler,
            scheduler_file=scheduler_file,
            strict=False,
            overwrite=False,
            listener=listener,
            preferred="threads",
        )


def compress(
    dataset: DatasetPath,
    codec: CodecOption = None,
    memory: options.Memory = None,
    workers: options.WorkerCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    scheduler: options.Scheduler = None,
    scheduler_file: options.SchedulerFile = None,
    progress: options.ProgressOption = options.Progress.auto,
) -> None:
    """Compress in place every mag that is not compressed yet; cut off, the same command goes on.

    Example: swath volume compress retina
    """
    from swath.volume import Dataset  # noqa: PLC0415

    with running_as(memory, workers, executor, scheduler, scheduler_file, progress) as running:
        Dataset.open(dataset).compress(codec=codec, running=running)
    typer.echo(f"compressed {dataset}")


def copy(
    dataset: DatasetPath,
    output: NewDataset,
    data_format: DataFormatOption = None,
    chunk_shape: ChunkShape = None,
    shard_shape: ShardShape = None,
    codec: CodecOption = None,
    compress: Annotated[
        bool | None, typer.Option("--compress/--no-compress", help="Compressed or not [default: as it is].")
    ] = None,
    without: Without = None,
    memory: options.Memory = None,
    workers: options.WorkerCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    scheduler: options.Scheduler = None,
    scheduler_file: options.SchedulerFile = None,
    progress: options.ProgressOption = options.Progress.auto,
) -> None:
    """Copy a dataset, in another format if one is given; cut off, the same command goes on.

    Example: swath volume copy retina -o retina-zarr --data-format zarr3 --shard-shape 256
    """
    from swath.volume import Dataset  # noqa: PLC0415

    with running_as(memory, workers, executor, scheduler, scheduler_file, progress) as running:
        Dataset.open(dataset, read_only=True).copy_dataset(
            output,
            layers_to_ignore=without,
            running=running,
            **stored_as(data_format, chunk_shape, shard_shape, codec=codec, compress=compress),
        )
    typer.echo(f"wrote {output}")


def crop(
    dataset: DatasetPath,
    output: NewDataset,
    bbox: Box,
    data_format: DataFormatOption = None,
    chunk_shape: ChunkShape = None,
    shard_shape: ShardShape = None,
    without: Without = None,
    memory: options.Memory = None,
    workers: options.WorkerCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    scheduler: options.Scheduler = None,
    scheduler_file: options.SchedulerFile = None,
    progress: options.ProgressOption = options.Progress.auto,
) -> None:
    """Copy what lies in a box into a new dataset, where it keeps its place.

    Example: swath volume crop retina -o corner --bbox 0,0,0,512,512,128
    """
    from swath.volume import Dataset  # noqa: PLC0415
    from swath.volume.copying.crop import crop as library  # noqa: PLC0415

    with running_as(memory, workers, executor, scheduler, scheduler_file, progress) as running:
        library(
            Dataset.open(dataset, read_only=True),
            output,
            read_box(bbox),
            layers_to_ignore=without,
            running=running,
            **stored_as(data_format, chunk_shape, shard_shape),
        )
    typer.echo(f"wrote {output}")


def export(
    dataset: DatasetPath,
    layer: Annotated[str, typer.Argument(help="Layer.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the slices, new or empty.")],
    mag: Annotated[str | None, typer.Option(help="Mag, such as 2-2-1 [default: the finest].")] = None,
    bbox: Annotated[
        str | None, typer.Option("--bbox", help="Box in finest voxels: X,Y,Z,WIDTH,HEIGHT,DEPTH [default: all].")
    ] = None,
    memory: options.Memory = None,
    workers: options.WorkerCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    scheduler: options.Scheduler = None,
    scheduler_file: options.SchedulerFile = None,
    progress: options.ProgressOption = options.Progress.auto,
) -> None:
    """Write a layer as TIFF files, one a slice: z000000.tif and so on; cut off, the same command goes on.

    Example: swath volume export retina color -o slices --mag 2
    """
    from swath.volume import Dataset  # noqa: PLC0415
    from swath.volume.export import export as library  # noqa: PLC0415

    opened = Dataset.open(dataset, read_only=True).get_layer(layer)
    box = read_box(bbox) if bbox is not None else None
    with running_as(memory, workers, executor, scheduler, scheduler_file, progress) as running:
        number = library(opened, output, mag=mag, bounding_box=box, running=running)
    typer.echo(f"wrote {output}: {number} slices")
