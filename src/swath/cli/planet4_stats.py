"""``swath planet4 stats``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swath.cli import options
from swath.cli.output import print_object, print_rows

if TYPE_CHECKING:
    import pyarrow as pa

stats = typer.Typer(help="Statistics of a catalogue.", no_args_is_help=True, rich_markup_mode=None)

CatalogueArgument = Annotated[Path, typer.Argument(help="An output of catalog or produce, or published files.")]
TileCoords = Annotated[Path, typer.Option(help="Tile coordinates of the catalogue, CSV or Parquet.")]
Metadata = Annotated[Path, typer.Option(help="Observation metadata of the catalogue, CSV or Parquet.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="A Parquet or CSV file to write instead.")]


class Kind(StrEnum):
    """Which markings count."""

    both = "both"
    fan = "fan"
    blotch = "blotch"


class Average(StrEnum):
    """The average of a tile's scatters."""

    median = "median"
    mean = "mean"


@stats.command()
def quality(
    catalogue: CatalogueArgument,
    kind: Annotated[Kind, typer.Option(help="Which markings count.")] = Kind.both,
    min_votes: Annotated[int, typer.Option(help="Votes that a marking needs for its scatter to count.")] = 5,
    average: Annotated[Average, typer.Option(help="The average of a tile's scatters.")] = Average.median,
    output: Output = None,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Rate each tile: how many volunteers back its markings, and how much they disagree.

    Example: swath planet4 stats quality production -o quality.csv
    """
    from swath.planet4.published import Catalogue  # noqa: PLC0415
    from swath.planet4.statistics.quality import QualitySettings, tile_quality  # noqa: PLC0415

    settings = QualitySettings(kind.value, min_votes, average=average.value)
    _give(tile_quality(Catalogue.open(catalogue), settings), output, form)


@stats.command()
def coverage(
    catalogue: CatalogueArgument,
    by_obsid: Annotated[bool, typer.Option("--by-obsid", help="One row an observation.")] = False,
    output: Output = None,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Give the share of each tile that its markings cover.

    Example: swath planet4 stats coverage production --by-obsid
    """
    from swath.planet4.published import Catalogue  # noqa: PLC0415
    from swath.planet4.statistics.coverage import obsid_coverage, tile_coverage  # noqa: PLC0415

    tiles = tile_coverage(Catalogue.open(catalogue))
    _give(obsid_coverage(tiles) if by_obsid else tiles, output, form)


@stats.command()
def activity(
    catalogue: CatalogueArgument,
    tile_coords: TileCoords,
    metadata: Metadata,
    output: Output = None,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Give the density of markings on each tile's ground, and tell busy tiles from quiet ones.

    Example: swath planet4 stats activity production --tile-coords tile_coords.csv --metadata metadata.csv
    """
    from swath.planet4.published import Catalogue  # noqa: PLC0415
    from swath.planet4.statistics.activity import tile_activity  # noqa: PLC0415

    _give(tile_activity(Catalogue.open(catalogue), tile_coords, metadata), output, form)


def _give(table: pa.Table, output: Path | None, form: options.Format) -> None:
    """Print a table, or write it."""
    if output is not None:
        _write(table, output)
        typer.echo(f"{output}: {table.num_rows:,} rows")
    elif form is options.Format.json:
        print_object(table.to_pylist())
    else:
        print_rows(table.to_pylist(), tuple(table.column_names), form.value)


def _write(table: pa.Table, path: Path) -> None:
    import io  # noqa: PLC0415

    import pyarrow.parquet as pq  # noqa: PLC0415
    from pyarrow import csv  # noqa: PLC0415

    from swath.engine.files import write_atomically  # noqa: PLC0415
    from swath.errors import UsageError  # noqa: PLC0415

    sink = io.BytesIO()
    if path.suffix == ".parquet":
        pq.write_table(table, sink)
    elif path.suffix == ".csv":
        csv.write_csv(table, sink)
    else:
        raise UsageError(f"a table cannot be {path.name!r}", "end its name with .parquet or .csv")
    write_atomically(path, sink.getbuffer())
