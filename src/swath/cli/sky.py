"""``swath sky``."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swath.cli import options, sky_store
from swath.cli.output import print_rows
from swath.cli.progress import listening
from swath.cli.summary import report, show_plan
from swath.errors import UsageError

if TYPE_CHECKING:
    from swath.sky.config import Observer
    from swath.sky.directories import Found


class Dark(StrEnum):
    """What is subtracted."""

    scalar = "scalar"
    pixel = "pixel"


class Stack(StrEnum):
    """How dark frames are stacked."""

    mean = "mean"
    median = "median"


sky = typer.Typer(
    help="Night-sky brightness from RAW frames of digital cameras.", no_args_is_help=True, rich_markup_mode=None
)

for command in (
    sky_store.thumbnail,
    sky_store.summary,
    sky_store.reorganize,
    sky_store.clear,
    sky_store.backup,
    sky_store.backups,
    sky_store.restore,
):
    sky.command()(command)
sky.add_typer(sky_store.config, name="config")

Store = Annotated[Path, typer.Argument(help="An output of swath sky reduce.")]
Configuration = Annotated[
    Path | None, typer.Option("--config", help="The observer's configuration: TOML, or an ini file of AZOTEA.")
]


@sky.command()
def init(file: Annotated[Path, typer.Argument(help="File to write.")] = Path("sky.toml")) -> None:
    """Write a commented configuration; a file that stands is never overwritten.

    Example: swath sky init sky.toml
    """
    from swath.sky.config import write_template  # noqa: PLC0415

    write_template(file)
    typer.echo(f"wrote {file}: put in who observes and where")


@sky.command()
def cameras(form: options.FormatOption = options.Format.table) -> None:
    """List cameras and their Bayer patterns; any other is read by the pattern that its RAW files name.

    Example: swath sky cameras
    """
    from swath.sky.cameras import KNOWN_CAMERAS  # noqa: PLC0415

    rows = [{"model": model, "pattern": pattern} for model, pattern in KNOWN_CAMERAS.items()]
    print_rows(rows, ("model", "pattern"), form.value)


@sky.command()
def reduce(
    work_dir: Annotated[Path, typer.Option("--work-dir", "-w", help="Directory of frames, or of such directories.")],
    output: options.Output,
    config: Configuration = None,
    recursive: Annotated[bool, typer.Option("--recursive", help="Take directories of any depth.")] = False,
    multiuser: Annotated[
        Path | None,
        typer.Option(help="Directory of configurations, NAME.toml or NAME.ini for each sub-directory NAME."),
    ] = None,
    roi: Annotated[
        list[str] | None,
        typer.Option(help="Region in pixels of a plane: [NAME=]WIDTH,HEIGHT or [NAME=]X0,Y0,WIDTH,HEIGHT; repeatable."),
    ] = None,
    camera_file: Annotated[Path | None, typer.Option(help="Bayer patterns by model, as AZOTEA's camera.ini.")] = None,
    dark: Annotated[
        Dark, typer.Option(help="scalar, as AZOTEA; or pixel: master dark frames of equal ISO and exposure.")
    ] = Dark.scalar,
    stack: Annotated[Stack, typer.Option(help="How --dark pixel stacks dark frames.")] = Stack.mean,
    keep_blocks: Annotated[
        bool, typer.Option("--keep-blocks", help="Keep what new regions can be measured from without decoding again.")
    ] = False,
    memory: options.Memory = None,
    workers: options.WorkerCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    scheduler: options.Scheduler = None,
    scheduler_file: options.SchedulerFile = None,
    progress: options.ProgressOption = options.Progress.auto,
    strict: options.Strict = False,
    reset: Annotated[bool, typer.Option("--reset", "--overwrite", help="Measure every frame anew.")] = False,
    dry_run: options.DryRun = False,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Measure the frames of a night into a store; run again, it reads only what is new or changed.

    Example: swath sky reduce --work-dir nights --config sky.toml -o sky
    """
    from swath.engine.plan import plan  # noqa: PLC0415
    from swath.sky import reduce as library  # noqa: PLC0415
    from swath.sky.cameras import read_cameras  # noqa: PLC0415

    found = _found(work_dir, config, multiuser, roi or [], recursive=recursive)
    patterns = read_cameras(camera_file) if camera_file else {}
    method = stack.value if dark is Dark.pixel else dark.value
    with listening(progress) as listener:
        running = options.make_running(
            memory=memory,
            workers=workers,
            executor=executor,
            scheduler=scheduler,
            scheduler_file=scheduler_file,
            strict=strict,
            overwrite=reset,
            listener=listener,
            preferred="threads",
        )
        if dry_run:
            job = library.reduce_job(found, cameras=patterns, dark=method, keep_blocks=keep_blocks)
            return show_plan(plan(job, running), form)
        outcome = library.reduce(found, output, cameras=patterns, dark=method, keep_blocks=keep_blocks, running=running)
    return report(outcome, form)


@sky.command()
def export(
    store: Store,
    output: Annotated[Path, typer.Option("-o", "--output", help="CSV or Parquet file to write.")],
    columns: Annotated[int, typer.Option(help="21 as AZOTEA 0.3.16, or 29 with the master darks as 0.3.39.")] = 21,
    session: Annotated[int | None, typer.Option(help="One session.")] = None,
    night: Annotated[str | None, typer.Option(help="One night, YYYY-MM-DD.")] = None,
    month: Annotated[str | None, typer.Option(help="One month, YYYY-MM.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="First night.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last night.")] = None,
    observer: Annotated[str | None, typer.Option(help="One observer.")] = None,
    region: Annotated[str, typer.Option(help="Region.")] = "centre",
) -> None:
    """Write the light frames as AZOTEA's CSV, or as Parquet with the same columns.

    Example: swath sky export sky -o sky.csv --columns 29 --month 2020-03
    """
    from swath.sky.export import Choice  # noqa: PLC0415
    from swath.sky.export import export as library  # noqa: PLC0415

    if sum(given is not None for given in (night, month, first or last)) > 1:
        raise UsageError("the nights are given twice", "give --night, --month, or --from and --to")
    if month is not None:
        first, last = f"{month}-01", f"{month}-31"
    choice = Choice(session, observer, night or first, night or last, region)
    typer.echo(f"wrote {output}: {library(store, output, columns=columns, choice=choice)} frames")


@sky.command()
def frames(store: Store, form: options.FormatOption = options.Format.table) -> None:
    """List the frames of a store.

    Example: swath sky frames sky --format csv
    """
    from swath.sky import listings  # noqa: PLC0415

    print_rows(listings.frames(store), listings.FRAME_COLUMNS, form.value)


@sky.command()
def sessions(store: Store, form: options.FormatOption = options.Format.table) -> None:
    """List the sessions of a store: a session is the frames of one directory.

    Example: swath sky sessions sky
    """
    from swath.sky import listings  # noqa: PLC0415

    print_rows(listings.sessions(store), listings.SESSION_COLUMNS, form.value)


@sky.command()
def nights(store: Store, form: options.FormatOption = options.Format.table) -> None:
    """List the nights of a store: a night is from noon to noon of the camera's clock.

    Example: swath sky nights sky
    """
    from swath.sky import listings  # noqa: PLC0415

    print_rows(listings.nights(store), listings.NIGHT_COLUMNS, form.value)


@sky.command()
def plot(
    store: Store,
    output: Annotated[Path, typer.Option("-o", "--output", help="Picture to write: .png, .svg or .pdf.")],
    night: Annotated[str | None, typer.Option(help="One night, YYYY-MM-DD.")] = None,
    region: Annotated[str, typer.Option(help="Region.")] = "centre",
) -> None:
    """Draw the signal of the four Bayer planes over time; dotted lines are changes of exposure.

    Example: swath sky plot sky -o night.png --night 2020-03-25
    """
    from swath.sky.plot import plot as library  # noqa: PLC0415

    typer.echo(f"wrote {output}: {library(store, output, night=night, region=region)} frames")


def _found(
    work_dir: Path, config: Path | None, multiuser: Path | None, roi: list[str], *, recursive: bool
) -> list[Found]:
    """Find the files, each with its observer."""
    from swath.sky.config import Observer, read_observer  # noqa: PLC0415
    from swath.sky.directories import find_frames, find_frames_of_observers  # noqa: PLC0415

    if multiuser is None:
        observer = read_observer(config) if config else Observer()
        return find_frames(work_dir, _with_regions(observer, roi), recursive=recursive)
    if config is not None:
        raise UsageError("the observers are given twice", "give --config or --multiuser")
    found = find_frames_of_observers(work_dir, multiuser, recursive=recursive)
    return [replace(item, observer=item.observer and _with_regions(item.observer, roi)) for item in found]


def _with_regions(observer: Observer, roi: list[str]) -> Observer:
    from swath.sky.regions import parse_region  # noqa: PLC0415

    regions = tuple(parse_region(text) for text in roi)
    names = [region.name for region in regions]
    if len(names) != len(set(names)):
        raise UsageError("two regions have one name", "give each a name: --roi NAME=WIDTH,HEIGHT")
    return replace(observer, regions=regions) if regions else observer
