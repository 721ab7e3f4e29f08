"""``swath panoptes``: configuration, extraction and reduction, with the arguments of panoptes_aggregation."""

from __future__ import annotations

import typer

from swath.cli.panoptes_aggregate import aggregate
from swath.cli.panoptes_config import config, extractors, reducers
from swath.cli.panoptes_steps import extract, reduce
from swath.cli.panoptes_tune import plot, tune

panoptes = typer.Typer(
    help="Zooniverse Panoptes: extracts and consensus, as panoptes_aggregation gives them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for command in (config, extract, reduce, aggregate, tune, plot, extractors, reducers):
    panoptes.command()(command)
