"""``swath volume view``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from swath.cli import options
from swath.cli.output import print_rows
from swath.cli.volume_options import DatasetPath, read_numbers

_COLUMNS = ("layer", "category", "dtype", "mag", "value")


def view(
    dataset: DatasetPath,
    output: Annotated[Path, typer.Option("-o", "--output", help="Picture to write: .png, or a page: .html.")],
    at: Annotated[str | None, typer.Option(help="Place in finest voxels: X,Y,Z [default: the middle].")] = None,
    extent: Annotated[str | None, typer.Option(help="Box around it, in finest voxels: N or X,Y,Z.")] = None,
    layer: Annotated[list[str] | None, typer.Option(help="Layer to show; repeatable [default: all].")] = None,
    mag: Annotated[str | None, typer.Option(help="Mag [default: the finest that fits].")] = None,
    pixels: Annotated[int, typer.Option(min=16, max=8192, help="Pixels along the longest edge.")] = 512,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Draw slices through a place, at right angles, and list what is there.

    Example: swath volume view retina -o place.html --at 1200,900,64 --extent 512
    """
    from swath.volume import Dataset  # noqa: PLC0415
    from swath.volume.page import values_at  # noqa: PLC0415
    from swath.volume.page import view as library  # noqa: PLC0415

    shown = library(
        Dataset.open(dataset, read_only=True),
        output,
        at=read_numbers(at, "--at") if at else None,
        extent=read_numbers(extent, "--extent") if extent else None,
        layers=layer,
        mag=mag,
        pixels=pixels,
    )
    print_rows(values_at(shown), _COLUMNS, form.value)
    if form is options.Format.table:
        typer.echo(f"wrote {output}: {', '.join(map(str, shown.at))}")
