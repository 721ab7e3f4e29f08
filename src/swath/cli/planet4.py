"""``swath planet4``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from swath.cli import options, planet4_steps
from swath.cli.output import print_object, print_rows
from swath.cli.planet4_plot import plot
from swath.cli.planet4_produce import produce
from swath.cli.planet4_stats import stats
from swath.cli.progress import listening
from swath.cli.summary import report, show_plan

planet4 = typer.Typer(
    help="Planet Four: from the Panoptes export to the catalogue.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for step in (
    planet4_steps.reduce,
    planet4_steps.clean,
    planet4_steps.cluster,
    planet4_steps.combine,
    planet4_steps.ground,
    planet4_steps.catalog,
    produce,
):
    planet4.command()(step)
planet4.add_typer(plot, name="plot")
planet4.add_typer(stats, name="stats")


@planet4.command()
def convert(
    classifications: Annotated[
        list[Path], typer.Argument(help="Classification exports: CSV, plain or compressed with gzip or zstd.")
    ],
    output: options.Output,
    subjects: Annotated[Path | None, typer.Option(help="The subjects export, for the pictures' addresses.")] = None,
    tile_coords: Annotated[Path | None, typer.Option(help="Tile coordinates of the catalogue, CSV or Parquet.")] = None,
    metadata: Annotated[
        Path | None, typer.Option(help="Observation metadata of the catalogue, CSV or Parquet.")
    ] = None,
    clean: Annotated[bool, typer.Option("--clean", help="Clean the markings, and add x_angle and y_angle.")] = False,
    flip_blotch_angle: Annotated[
        bool,
        typer.Option("--flip-blotch-angle", help="Mend the angle of blotches, which Panoptes stores mirrored."),
    ] = False,
    workflow: Annotated[list[int] | None, typer.Option(help="Workflow id; repeatable [default: 12978].")] = None,
    memory: options.Memory = None,
    workers: options.WorkerCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    scheduler: options.Scheduler = None,
    scheduler_file: options.SchedulerFile = None,
    chunk_size: options.ChunkSize = "64M",
    progress: options.ProgressOption = options.Progress.auto,
    strict: options.Strict = False,
    overwrite: options.Overwrite = False,
    dry_run: options.DryRun = False,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Convert the Planet Four export into the catalogue production format, one row a marking.

    Example: swath planet4 convert planet-four-classifications.csv --subjects planet-four-subjects.csv
    --tile-coords tile_coords.csv --metadata metadata.csv -o markings
    """
    from swath.engine.plan import plan  # noqa: PLC0415
    from swath.planet4 import convert as library  # noqa: PLC0415
    from swath.planet4.lookups import LookupFiles  # noqa: PLC0415

    chosen = tuple(sorted(set(workflow))) if workflow else (library.MAIN_WORKFLOW,)
    settings = library.ConvertSettings(chosen, clean, flip_blotch_angle, options.chunk_bytes(chunk_size))
    lookups = LookupFiles(subjects, tile_coords, metadata)
    with listening(progress) as listener:
        running = options.make_running(
            memory=memory,
            workers=workers,
            executor=executor,
            scheduler=scheduler,
            scheduler_file=scheduler_file,
            strict=strict,
            overwrite=overwrite,
            listener=listener,
            preferred="threads",
        )
        if dry_run:
            return show_plan(plan(library.convert_job(classifications, lookups, settings), running), form)
        outcome = library.convert(classifications, output, lookups=lookups, settings=settings, running=running)
    return report(outcome, form)


@planet4.command()
def compare(
    out: Annotated[Path, typer.Argument(help="An output of swath planet4 convert.")],
    tile_coords: Annotated[Path, typer.Option(help="Tile coordinates of the published catalogue, CSV or Parquet.")],
    form: options.FormatOption = options.Format.table,
) -> None:
    """Compare an output with the published catalogue: observations and tiles in both, new, and only in the catalogue.

    Example: swath planet4 compare markings --tile-coords tile_coords.csv
    """
    from swath.planet4.compare import compare as compare_outputs  # noqa: PLC0415

    comparison = compare_outputs(out, tile_coords)
    if form is options.Format.json:
        return print_object(comparison.as_json())
    print_rows(comparison.rows(), ("level", "what", "count"), form.value)
    if form is options.Format.table:
        typer.echo("\nnew observations:")
        for obsid in comparison.new_obsids:
            typer.echo(f"  {obsid}")
    return None
