"""``swath volume datasets``, ``download`` and ``upload``: the server is that of WK_URL, the token WK_TOKEN."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from swath.cli import options
from swath.cli.output import print_rows
from swath.cli.progress import listening
from swath.cli.volume_copy import running_as
from swath.cli.volume_options import DataFormatOption, DatasetPath, read_box
from swath.errors import UsageError


def datasets(
    organization: Annotated[str | None, typer.Option(help="Organization [default: the user's].")] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="Only those with this tag; repeatable.")] = None,
    form: options.FormatOption = options.Format.table,
) -> None:
    """List the datasets of a server, that of WK_URL with the token WK_TOKEN.

    Example: WK_URL=http://127.0.0.1:9000 swath volume datasets
    """
    from swath.volume.remote.listing import get_remote_datasets  # noqa: PLC0415

    listed = get_remote_datasets(organization_id=organization, tags=tag)
    rows = [{"name": name, "id": identity} for identity, name in listed.names.items()]
    print_rows(rows, ("name", "id"), form.value)


def download(
    dataset: Annotated[str, typer.Argument(help="Name, id or address of a dataset.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the dataset.")],
    layer: Annotated[list[str] | None, typer.Option("--layer", help="Only this layer; repeatable.")] = None,
    mag: Annotated[list[str] | None, typer.Option("--mag", help="Only this mag, such as 2-2-1; repeatable.")] = None,
    bbox: Annotated[
        str | None, typer.Option("--bbox", help="Only this box, in finest voxels: X,Y,Z,WIDTH,HEIGHT,DEPTH.")
    ] = None,
    data_format: DataFormatOption = None,
    sharing_token: Annotated[str | None, typer.Option(help="Token of the dataset, where it is shared so.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a dataset that stands there.")] = False,
    memory: options.Memory = None,
    workers: options.WorkerCount = None,
    progress: options.ProgressOption = options.Progress.auto,
) -> None:
    """Download a dataset, or a part of one, from a server: WK_URL, WK_TOKEN; cut off, the same command goes on.

    Example: WK_URL=http://127.0.0.1:9000 swath volume download retina -o retina --mag 4-4-2
    """
    from swath.volume.properties.model import FILE_NAME  # noqa: PLC0415
    from swath.volume.remote.download import REQUESTS_AT_ONCE  # noqa: PLC0415
    from swath.volume.remote.download import download as library  # noqa: PLC0415

    if (output / FILE_NAME).exists() and not overwrite:
        raise UsageError(f"there is a dataset at {output} already", "choose another folder, or pass --overwrite")
    threads = options.Executor.threads
    with running_as(memory, workers or REQUESTS_AT_ONCE, threads, None, None, progress) as running:
        library(
            dataset,
            sharing_token=sharing_token,
            layers=layer,
            mags=mag,
            bbox=None if bbox is None else read_box(bbox),
            path=output,
            exist_ok=overwrite,
            data_format=data_format.value if data_format else None,
            running=running,
        )
    typer.echo(f"wrote {output}")


def upload(
    dataset: DatasetPath,
    name: Annotated[str | None, typer.Option(help="Name on the server [default: that of the dataset].")] = None,
    jobs: Annotated[int, typer.Option(help="Pieces that are sent at a time.", min=1)] = 5,
    progress: options.ProgressOption = options.Progress.auto,
) -> None:
    """Upload a dataset to a server: WK_URL, WK_TOKEN; cut off, the same command sends what is missing.

    Example: WK_URL=http://127.0.0.1:9000 swath volume upload retina --name retina_2
    """
    from swath.volume import Dataset  # noqa: PLC0415

    with listening(progress) as listener:
        there = Dataset.open(dataset, read_only=True).upload(name, jobs=jobs, on_event=listener)
    typer.echo(there.url)
