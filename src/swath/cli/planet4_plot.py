"""``swath planet4 plot``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

plot = typer.Typer(help="Pictures of tiles and observations.", no_args_is_help=True, rich_markup_mode=None)

Picture = Annotated[Path, typer.Option("-o", "--output", help="The picture to write: .png, .pdf or .svg.")]


class View(StrEnum):
    """What of a tile is drawn."""

    pipeline = "pipeline"
    raw = "raw"
    clustered = "clustered"
    final = "final"


@plot.command()
def tile(
    tile_id: Annotated[str, typer.Argument(help="Tile id, also in short: r8y.")],
    production: Annotated[Path, typer.Argument(help="An output of produce.")],
    output: Picture,
    view: Annotated[View, typer.Option("--show", help="All steps in six panels, or one of them.")] = View.pipeline,
    image: Annotated[Path | None, typer.Option(help="The tile's picture, PNG or JPEG; blank without.")] = None,
) -> None:
    """Draw what volunteers drew on a tile, what was clustered, and what is final.

    Example: swath planet4 plot tile r8y production -o r8y.png
    """
    from swath.planet4.pictures.tile import plot_tile  # noqa: PLC0415

    typer.echo(str(plot_tile(production, tile_id, output, view=view.value, image=image)))


@plot.command()
def azimuth(
    obsid: Annotated[str, typer.Argument(help="HiRISE observation id.")],
    catalogue: Annotated[Path, typer.Argument(help="An output of catalog or produce, or published files.")],
    output: Picture,
    segment: Annotated[float, typer.Option(help="Degrees of a segment.")] = 3.6,
) -> None:
    """Draw the directions of an observation's fans on the ground, around the compass.

    Example: swath planet4 plot azimuth ESP_012143_0985 production -o azimuth.png
    """
    from swath.planet4.pictures.azimuth import plot_azimuth  # noqa: PLC0415
    from swath.planet4.published import Catalogue  # noqa: PLC0415

    typer.echo(str(plot_azimuth(Catalogue.open(catalogue), obsid, output, segment=segment)))
