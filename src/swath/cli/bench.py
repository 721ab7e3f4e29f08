"""``swath bench``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from swath.cli import options
from swath.cli.output import print_object, print_rows


def bench(
    export: Annotated[Path, typer.Argument(help="A Panoptes classification export of your own.")],
    workers: options.WorkerCount = None,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Convert an export into a temporary directory and say how fast it went, stage by stage, against a plain read.

    Example: swath bench classifications.csv
    """
    from swath.bench import bench as measure  # noqa: PLC0415

    found = measure(export, workers=workers)
    if form is options.Format.json:
        return print_object(found.as_json())
    print_rows(found.stages, ("stage", "seconds", "chunks", "share"), form.value)
    if form is options.Format.table:
        typer.echo()
        for name, value in found.figures.items():
            typer.echo(f"{name}: {value}")
    return None
