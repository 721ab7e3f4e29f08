"""``swath planet4 produce``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swath.cli import options
from swath.cli.output import print_object, print_rows
from swath.cli.planet4_steps import AsPublished, Metadata, Regions, TileCoords
from swath.cli.progress import listening

if TYPE_CHECKING:
    from swath.engine.run import Outcome
    from swath.planet4.produce import ProduceSettings


def produce(
    classifications: Annotated[
        list[Path], typer.Argument(help="Classification exports: CSV, plain or compressed with gzip or zstd.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Directory to write the datasets of all steps into.")],
    subjects: Annotated[Path | None, typer.Option(help="The subjects export, for the pictures' addresses.")] = None,
    tile_coords: TileCoords = None,
    metadata: Metadata = None,
    regions: Regions = None,
    parameters: Annotated[Path | None, typer.Option(help="TOML file of the parameters of clustering.")] = None,
    cut: Annotated[float, typer.Option(help="Vote ratio that a fan or blotch needs more than to win a fnotch.")] = 0.5,
    flip_blotch_angle: Annotated[
        bool, typer.Option("--flip-blotch-angle", help="Mend the angle of blotches, which Panoptes stores mirrored.")
    ] = False,
    as_published: AsPublished = False,
    renumber: Annotated[bool, typer.Option("--renumber", help="Number the markings anew, without gaps.")] = False,
    memory: options.Memory = None,
    workers: options.WorkerCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    scheduler: options.Scheduler = None,
    scheduler_file: options.SchedulerFile = None,
    progress: options.ProgressOption = options.Progress.auto,
    strict: options.Strict = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace steps that were made of other inputs or settings.")
    ] = False,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Produce the catalogue: convert and clean, cluster, combine, place on Mars, and write it as published.

    Example: swath planet4 produce planet-four-classifications.csv --subjects planet-four-subjects.csv
    --tile-coords tile_coords.csv --metadata metadata.csv -o production
    """
    from swath.planet4 import produce as library  # noqa: PLC0415
    from swath.planet4.lookups import LookupFiles  # noqa: PLC0415

    settings = _settings(parameters, cut, flip=flip_blotch_angle, as_published=as_published, renumber=renumber)
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
        outcomes = library.produce(
            classifications, output, lookups=lookups, regions=regions, settings=settings, running=running
        )
    _report(output, outcomes, library.production_report(outcomes), form)


def _settings(
    parameters: Path | None, cut: float, *, flip: bool, as_published: bool, renumber: bool
) -> ProduceSettings:
    """Put the settings of all steps together."""
    from dataclasses import replace  # noqa: PLC0415

    from swath.planet4.catalog import CatalogSettings  # noqa: PLC0415
    from swath.planet4.clustering.settings import ClusterSettings, read_settings  # noqa: PLC0415
    from swath.planet4.combine import CombineSettings  # noqa: PLC0415
    from swath.planet4.convert import ConvertSettings  # noqa: PLC0415
    from swath.planet4.produce import ProduceSettings  # noqa: PLC0415

    clustering = read_settings(parameters) if parameters else ClusterSettings()
    return ProduceSettings(
        ConvertSettings(clean=True, flip_blotch_angle=flip),
        replace(clustering, as_published=as_published or clustering.as_published),
        CombineSettings(cut, as_published),
        CatalogSettings(renumber),
    )


def _report(root: Path, outcomes: dict[str, Outcome], report: dict[str, Any], form: options.Format) -> None:
    """Print what each step came to, and leave with status 3 where rows were set aside."""
    if form is options.Format.json:
        print_object(report)
    else:
        rows = [_row(name, step, outcomes[name]) for name, step in report["steps"].items()]
        print_rows(rows, ("step", "rows", "seconds"), form.value)
    if form is options.Format.table:
        for name, step in report["steps"].items():
            for noted in _noted(step):
                typer.echo(f"{name}: {noted}")
        typer.echo(f"\nall counts: {root / 'report.json'}; the published CSV files: {root / 'published'}")
        typer.echo(f'next: swath query {root / "catalog"} "SELECT * FROM fans LIMIT 5"')
    if any(step["set_aside"] for step in report["steps"].values()):
        raise typer.Exit(3)


def _row(name: str, step: dict[str, Any], outcome: Outcome) -> dict[str, Any]:
    return {
        "step": name,
        "rows": sum(number for table, number in step["rows"].items() if table != "quarantine"),
        "seconds": "up to date" if outcome.unchanged else step["seconds"],
    }


def _noted(step: dict[str, Any]) -> list[str]:
    """What of a step was dropped, set aside, or lacks something."""
    dropped = [f"{number:,} {what}" for what, number in step["counts"].items() if number and _worth_noting(what)]
    return dropped + [f"{number:,} set aside: {reason}" for reason, number in step["set_aside"].items()]


def _worth_noting(what: str) -> bool:
    """Whether a count is of what was dropped or lacks something."""
    return any(
        word in what for word in ("without", "removed", "incomplete", "out of", "too few", "opposing", "skipped")
    )
