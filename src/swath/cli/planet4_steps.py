"""``swath planet4 reduce, clean, cluster, combine, ground`` and ``catalog``: the steps of the production."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swath.cli import options
from swath.cli.progress import listening
from swath.cli.summary import report

if TYPE_CHECKING:
    from collections.abc import Callable

    from swath.engine.run import Outcome, Running


class Rules(StrEnum):
    """Whose cleaning."""

    panoptes = "panoptes"
    zooniverse_v1 = "zooniverse-v1"
    legacy = "legacy"


class Algorithm(StrEnum):
    """What clusters."""

    dbscan = "dbscan"
    hdbscan = "hdbscan"


AsPublished = Annotated[bool, typer.Option("--as-published", help="Repeat the accidents of the published production.")]
TileCoords = Annotated[Path | None, typer.Option(help="Tile coordinates of the catalogue, CSV or Parquet.")]
Metadata = Annotated[Path | None, typer.Option(help="Observation metadata of the catalogue, CSV or Parquet.")]
Regions = Annotated[Path | None, typer.Option(help="Regions of interest by obsid (obsid, roi_name), CSV or Parquet.")]


def run_step(
    step: Callable[[Running], Outcome],
    memory: str | None,
    workers: int | None,
    executor: options.Executor,
    progress: options.Progress,
    overwrite: bool,
) -> Outcome:
    """Run a step with the options that all of them have."""
    with listening(progress) as listener:
        running = options.make_running(
            memory=memory,
            workers=workers,
            executor=executor,
            scheduler=None,
            scheduler_file=None,
            strict=False,
            overwrite=overwrite,
            listener=listener,
            preferred="threads",
        )
        return step(running)


def reduce(
    export: Annotated[Path, typer.Argument(help="The old site's CSV export, one row a marking.")],
    output: options.Output,
    keep_dirt: Annotated[bool, typer.Option("--keep-dirt", help="Leave the cleaning out.")] = False,
    keep_duplicates: Annotated[
        bool, typer.Option("--keep-duplicates", help="Keep all classifications of a volunteer and tile.")
    ] = False,
    memory: options.Memory = None,
    workers: options.WorkerCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    progress: options.ProgressOption = options.Progress.auto,
    overwrite: options.Overwrite = False,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Reduce the old site's export: times, tutorials, cleaning, one classification of a volunteer and tile.

    Example: swath planet4 reduce 2019-02-03_planet_four_classifications.csv -o old_markings
    """
    from swath.planet4.legacy import LegacySettings, reduce_legacy  # noqa: PLC0415

    settings = LegacySettings(keep_dirt, keep_duplicates)
    report(
        run_step(
            lambda running: reduce_legacy(export, output, settings=settings, running=running),
            *(memory, workers, executor, progress, overwrite),
        ),
        form,
    )


def clean(
    markings: Annotated[Path, typer.Argument(help="An output of convert, or Parquet files of its columns.")],
    output: options.Output,
    rules: Annotated[Rules, typer.Option(help="Whose cleaning.")] = Rules.panoptes,
    memory: options.Memory = None,
    workers: options.WorkerCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    progress: options.ProgressOption = options.Progress.auto,
    overwrite: options.Overwrite = False,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Clean markings: drop incomplete ones and those outside of the tile, and add x_angle and y_angle.

    Example: swath planet4 clean markings -o clean
    """
    from swath.planet4.clean import CleanSettings, clean_markings  # noqa: PLC0415

    settings = CleanSettings(rules.value)
    report(
        run_step(
            lambda running: clean_markings(markings, output, settings=settings, running=running),
            *(memory, workers, executor, progress, overwrite),
        ),
        form,
    )


def cluster(
    markings: Annotated[Path, typer.Argument(help="An output of convert --clean or clean, or Parquet files.")],
    output: options.Output,
    parameters: Annotated[Path | None, typer.Option(help="TOML file of parameters, as an output keeps it.")] = None,
    min_samples_factor: Annotated[
        float | None, typer.Option(help="Smallest cluster, by the tile's classifications [default: 0.13].")
    ] = None,
    fan_eps: Annotated[float | None, typer.Option(help="Distance of fans in px [default: 10].")] = None,
    fan_angle_eps: Annotated[float | None, typer.Option(help="Distance of fans' angles [default: 20].")] = None,
    blotch_eps: Annotated[float | None, typer.Option(help="Distance of blotches in px [default: 10].")] = None,
    blotch_radius_eps: Annotated[float | None, typer.Option(help="Distance of their radii [default: 30].")] = None,
    blotch_large_eps: Annotated[float | None, typer.Option(help="Distance in the second run [default: 25].")] = None,
    blotch_large_radius_eps: Annotated[
        float | None, typer.Option(help="Distance of radii in the second run [default: 50].")
    ] = None,
    algorithm: Annotated[Algorithm | None, typer.Option(help="dbscan, or hdbscan as an experiment.")] = None,
    as_published: AsPublished = False,
    memory: options.Memory = None,
    workers: options.WorkerCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    progress: options.ProgressOption = options.Progress.auto,
    overwrite: options.Overwrite = False,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Cluster the fans and blotches of each tile, and average each cluster with one vote a volunteer.

    Example: swath planet4 cluster markings -o clusters

    Example: swath planet4 cluster markings --fan-eps 12 -o wider
    """
    from swath.planet4.clustering.job import cluster as cluster_markings  # noqa: PLC0415
    from swath.planet4.clustering.settings import ClusterSettings, read_settings  # noqa: PLC0415

    given = {
        "min_samples_factor": min_samples_factor,
        "fan_eps": fan_eps,
        "fan_angle_eps": fan_angle_eps,
        "blotch_eps": blotch_eps,
        "blotch_radius_eps": blotch_radius_eps,
        "blotch_large_eps": blotch_large_eps,
        "blotch_large_radius_eps": blotch_large_radius_eps,
        "algorithm": algorithm and algorithm.value,
        "as_published": as_published or None,
    }
    settings = read_settings(parameters) if parameters else ClusterSettings()
    settings = replace(settings, **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    report(
        run_step(
            lambda running: cluster_markings(markings, output, settings=settings, running=running),
            *(memory, workers, executor, progress, overwrite),
        ),
        form,
    )


def combine(
    clusters: Annotated[Path, typer.Argument(help="An output of cluster.")],
    output: options.Output,
    cut: Annotated[float, typer.Option(help="Vote ratio that a fan or blotch needs more than to win a fnotch.")] = 0.5,
    as_published: AsPublished = False,
    memory: options.Memory = None,
    workers: options.WorkerCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    progress: options.ProgressOption = options.Progress.auto,
    overwrite: options.Overwrite = False,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Combine the clusters of each tile: of a fan and a blotch at one place the votes decide.

    Example: swath planet4 combine clusters -o combined
    """
    from swath.planet4.combine import CombineSettings  # noqa: PLC0415
    from swath.planet4.combine import combine as combine_clusters  # noqa: PLC0415

    settings = CombineSettings(cut, as_published)
    report(
        run_step(
            lambda running: combine_clusters(clusters, output, settings=settings, running=running),
            *(memory, workers, executor, progress, overwrite),
        ),
        form,
    )


def ground(
    combined: Annotated[Path, typer.Argument(help="An output of combine.")],
    output: options.Output,
    tile_coords: TileCoords = None,
    metadata: Metadata = None,
    regions: Regions = None,
    memory: options.Memory = None,
    workers: options.WorkerCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    progress: options.ProgressOption = options.Progress.auto,
    overwrite: options.Overwrite = False,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Place the final markings on Mars, by the centres of their observations' tiles, with season and Mars year.

    Example: swath planet4 ground combined --tile-coords tile_coords.csv --metadata metadata.csv -o ground
    """
    from swath.planet4.ground import GroundFiles  # noqa: PLC0415
    from swath.planet4.ground import ground as place_markings  # noqa: PLC0415

    files = GroundFiles(tile_coords, metadata, regions)
    report(
        run_step(
            lambda running: place_markings(combined, output, files=files, running=running),
            *(memory, workers, executor, progress, overwrite),
        ),
        form,
    )


def catalog(
    combined: Annotated[Path, typer.Argument(help="An output of combine.")],
    output: options.Output,
    ground_places: Annotated[Path | None, typer.Option("--ground", help="An output of ground.")] = None,
    campt: Annotated[Path | None, typer.Option(help="Directory of results of campt: OBSID_campt_out.csv.")] = None,
    metadata: Metadata = None,
    renumber: Annotated[bool, typer.Option("--renumber", help="Number the markings anew, without gaps.")] = False,
    csv: Annotated[Path | None, typer.Option(help="Directory to write the published CSV files into.")] = None,
    memory: options.Memory = None,
    workers: options.WorkerCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    progress: options.ProgressOption = options.Progress.auto,
    overwrite: options.Overwrite = False,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Make the published catalogue of fans and of blotches from final markings, places and metadata.

    Example: swath planet4 catalog combined --ground ground --metadata metadata.csv -o catalog --csv published
    """
    from swath.planet4.catalog import CatalogSettings, CatalogSources  # noqa: PLC0415
    from swath.planet4.catalog import catalog as make_catalog  # noqa: PLC0415
    from swath.planet4.catalog_csv import write_catalog_csv  # noqa: PLC0415

    sources, settings = CatalogSources(ground_places, campt, metadata), CatalogSettings(renumber)
    outcome = run_step(
        lambda running: make_catalog(combined, output, sources=sources, settings=settings, running=running),
        *(memory, workers, executor, progress, overwrite),
    )
    if csv is not None:
        write_catalog_csv(output, csv)
    report(outcome, form)
