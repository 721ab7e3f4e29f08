"""Commands of ``swath sky`` around the measuring: pictures of frames and nights, sorting, backups, configurations."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from swath.cli import options
from swath.cli.output import print_rows
from swath.errors import UsageError

Store = Annotated[Path, typer.Argument(help="An output of swath sky reduce.")]

config = typer.Typer(help="Configurations of observers.", no_args_is_help=True, rich_markup_mode=None)


class Way(StrEnum):
    """How files go to their night."""

    copy = "copy"
    move = "move"
    link = "link"


def thumbnail(
    frame: Annotated[Path, typer.Argument(help="A RAW or FITS frame.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Picture to write: .png, .svg or .pdf.")],
    observer: Annotated[
        Path | None, typer.Option("--config", help="The observer's configuration, which names the regions.")
    ] = None,
    roi: Annotated[
        list[str] | None,
        typer.Option(help="Region in pixels of a plane: [NAME=]WIDTH,HEIGHT or [NAME=]X0,Y0,WIDTH,HEIGHT; repeatable."),
    ] = None,
) -> None:
    """Draw a frame in small, with its regions.

    Example: swath sky thumbnail nights/IMG_0001.CR2 --config sky.toml -o frame.png
    """
    from swath.sky.config import Observer, read_observer  # noqa: PLC0415
    from swath.sky.regions import parse_region  # noqa: PLC0415
    from swath.sky.thumbnail import thumbnail as draw  # noqa: PLC0415

    regions = tuple(parse_region(text) for text in roi or ())
    draw(frame, output, regions or (read_observer(observer) if observer else Observer()).regions)
    typer.echo(str(output))


def summary(
    store: Store,
    night: Annotated[str, typer.Argument(help="The night, YYYY-MM-DD.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Picture to write: .png, .svg or .pdf.")],
    region: Annotated[str, typer.Option(help="Region.")] = "centre",
) -> None:
    """Draw a night on one page: its brightness, its frames in numbers, and some of them in small.

    Example: swath sky summary sky 2020-03-25 -o night.png
    """
    from swath.sky.summary import summary as draw  # noqa: PLC0415

    typer.echo(f"wrote {output}: {draw(store, night, output, region=region)} frames")


def reorganize(
    source: Annotated[Path, typer.Argument(help="Directory of frames.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Directory that gets one directory a night.")],
    way: Annotated[Way, typer.Option(help="Copy, move or link the files.")] = Way.copy,
    recursive: Annotated[bool, typer.Option("--recursive", help="Take directories of any depth.")] = False,
    dry_run: options.DryRun = False,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Sort frames into one directory a night, from noon to noon, by the date in their EXIF fields.

    Example: swath sky reorganize card -o nights --way move --dry-run
    """
    from swath.sky.reorganize import carry_out, plan_nights  # noqa: PLC0415

    placements = plan_nights(source, output, recursive=recursive)
    if not dry_run:
        carry_out(placements, way.value)
    rows = [{"file": str(p.source), "goes to": str(p.target or ""), "stays because": p.why} for p in placements]
    print_rows(rows, ("file", "goes to", "stays because"), form.value)
    stays = sum(placement.target is None for placement in placements)
    if form is options.Format.table:
        nights = len({p.target.parent for p in placements if p.target})
        typer.echo(f"{len(rows) - stays} files into {nights} nights, {stays} stay{', nothing was done' * dry_run}")
    if stays:
        raise typer.Exit(3)


def clear(
    store: Store,
    session: Annotated[list[int] | None, typer.Option(help="A session; repeatable.")] = None,
    last: Annotated[bool, typer.Option("--last", help="The session that was taken last.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="The whole store.")] = False,
) -> None:
    """Take sessions out of a store, or delete it; the frames themselves are never touched.

    Example: swath sky clear sky --last
    """
    from swath.sky.backups import clear_all  # noqa: PLC0415
    from swath.sky.forget import forget, last_session  # noqa: PLC0415

    if sum((bool(session), last, everything)) != 1:
        raise UsageError("say what to clear", "give --session, --last or --all")
    if everything:
        clear_all(store)
        typer.echo(f"deleted {store}")
        return
    outcome = forget(store, tuple(session or (last_session(store),)))
    typer.echo(f"{outcome.dataset.manifest.content['counts']['frames forgotten']} frames forgotten")


def backup(
    store: Store,
    output: Annotated[Path, typer.Option("-o", "--output", help="Directory of backups.")],
    comment: Annotated[str, typer.Option(help="A remark to keep with it.")] = "",
) -> None:
    """Copy a store into a directory of backups.

    Example: swath sky backup sky -o backups --comment "before the new camera"
    """
    from swath.sky.backups import back_up  # noqa: PLC0415

    typer.echo(str(back_up(store, output, comment)))


def backups(
    directory: Annotated[Path, typer.Argument(help="Directory of backups.")],
    form: options.FormatOption = options.Format.table,
) -> None:
    """List the backups in a directory.

    Example: swath sky backups backups
    """
    from swath.sky.backups import backups as listed  # noqa: PLC0415

    print_rows(listed(directory), ("name", "frames", "made", "comment"), form.value)


def restore(
    copy: Annotated[Path, typer.Argument(help="A backup.")],
    store: Annotated[Path, typer.Argument(help="The store to put it in the place of.")],
) -> None:
    """Put a backup in the place of a store.

    Example: swath sky restore backups/sky.20261120T200801 sky
    """
    from swath.sky.backups import restore as put_back  # noqa: PLC0415

    put_back(copy, store)
    typer.echo(f"{store} is as {copy}")


@config.command()
def show(
    file: Annotated[Path | None, typer.Argument(help="A configuration; without, the commented template.")] = None,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Show what a configuration means.

    Example: swath sky config show azotea.ini
    """
    from swath.sky.config import TEMPLATE, differences, read_observer  # noqa: PLC0415

    if file is None:
        typer.echo(TEMPLATE, nl=False)
        return
    print_rows(differences(read_observer(file)), ("setting", "value"), form.value)


@config.command()
def diff(
    file: Annotated[Path, typer.Argument(help="A configuration: TOML, or an ini file of AZOTEA.")],
    form: options.FormatOption = options.Format.table,
) -> None:
    """Show what of a configuration is not the default.

    Example: swath sky config diff azotea.ini
    """
    from swath.sky.config import differences, read_observer  # noqa: PLC0415

    differing = [row for row in differences(read_observer(file)) if row["differs"]]
    print_rows(differing, ("setting", "value", "default"), form.value)
