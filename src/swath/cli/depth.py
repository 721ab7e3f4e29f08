"""``swath depth``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from swath.cli import depth_extract, depth_files, depth_results, options
from swath.cli.depth_options import OF_FLOOR, OF_READING, Compat, ConfigFile, read_configuration, takes_parameters
from swath.cli.output import print_rows

depth = typer.Typer(
    help="Depth video of mice: aligned crops, scalars, results for MoSeq.", no_args_is_help=True, rich_markup_mode=None
)

Recording = Annotated[Path, typer.Argument(help="A recording: .dat, .avi, .mkv or .tar.gz.")]


@depth.command()
@takes_parameters(OF_READING)
def background(
    recording: Recording,
    given: Mapping[str, Any],
    config: ConfigFile = None,
    compat: Compat = False,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Find the empty arena: the median of every 500th frame, written as TIFF and PNG.

    Example: swath depth background session_1/depth.dat
    """
    from swath.depth.arena_files import background as library  # noqa: PLC0415
    from swath.depth.config import make_settings  # noqa: PLC0415

    row = library(recording, make_settings(read_configuration(config), given, compat=compat))
    print_rows([row], tuple(row), form.value)


@depth.command()
@takes_parameters(OF_FLOOR)
def roi(
    recording: Recording,
    given: Mapping[str, Any],
    config: ConfigFile = None,
    compat: Compat = False,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Find the floor, where the mouse can be, written as TIFF and PNG with the background and the first frame.

    Example: swath depth roi session_1/depth.dat --bg-roi-dilate 10 10
    """
    from swath.depth.arena_files import roi as library  # noqa: PLC0415
    from swath.depth.config import make_settings  # noqa: PLC0415

    row = library(recording, make_settings(read_configuration(config), given, compat=compat))
    print_rows([row], tuple(row), form.value)


for command in (
    depth_extract.extract,
    depth_results.aggregate,
    depth_results.index,
    depth_results.status,
    depth_files.copy_slice,
    depth_files.convert,
    depth_results.metadata_to_yaml,
    depth_files.config,
):
    depth.command()(command)
