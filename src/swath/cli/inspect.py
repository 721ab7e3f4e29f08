"""``swath inspect``, ``swath verify`` and ``swath schema``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swath.cli import options
from swath.cli.output import print_object, print_rows
from swath.errors import UsageError

if TYPE_CHECKING:
    from swath.engine.inspection import Inspection

_TABLE = ("table", "partitions", "rows", "files", "bytes")
_PART = ("table", "path", "rows", "bytes", "checksum")


def inspect(
    out: Annotated[Path, typer.Argument(help="A dataset that Swath wrote, finished or not.")],
    part_list: Annotated[
        bool, typer.Option("--part-list", help="List every file too; with --format csv, the files only.")
    ] = False,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Show what an output holds: tables, partitions, rows, inputs, settings, versions, rejects.

    Example: swath inspect out

    Example: swath inspect out --part-list --format csv
    """
    from swath.engine.inspection import inspect as look  # noqa: PLC0415

    found = look(out)
    parts = _parts(out) if part_list else []
    if form is options.Format.json:
        return print_object(found.as_json() | ({"parts": parts} if part_list else {}))
    if form is options.Format.csv:
        return print_rows(parts, _PART, "csv") if part_list else print_rows(found.tables, _TABLE, "csv")
    _describe(found)
    if part_list:
        typer.echo()
        print_rows(parts, _PART, "table")
    return None


def _parts(out: Path) -> list[dict[str, Any]]:
    """The files of a finished output; raises OutputError where it is not finished."""
    from swath.engine.dataset import Dataset  # noqa: PLC0415

    parts: list[dict[str, Any]] = Dataset.open(out).manifest.content["parts"]
    return parts


def _describe(found: Inspection) -> None:
    """Print an inspection for people."""
    for name, value in found.about.items():
        typer.echo(f"{name}: {value}")
    typer.echo()
    print_rows(found.tables, _TABLE, "table")
    for title, numbers in (("counts", found.counts), ("set aside", found.rejects)):
        if numbers:
            typer.echo(f"\n{title}:")
            for name, number in numbers.items():
                typer.echo(f"  {name}: {number:,}")


def verify(
    out: Annotated[Path, typer.Argument(help="A finished dataset that Swath wrote.")],
    form: options.FormatOption = options.Format.table,
) -> None:
    """Read an output again and compare every file with what was written.

    Example: swath verify out
    """
    from swath.engine.dataset import Dataset  # noqa: PLC0415

    dataset = Dataset.open(out)
    damages = list(dataset.damages())
    parts = dataset.manifest.content["parts"]
    if form is not options.Format.table:
        print_rows([{"damage": damage} for damage in damages], ("damage",), form.value)
    for damage in damages if form is options.Format.table else ():
        typer.echo(damage)
    if damages:
        raise typer.Exit(1)
    if form is options.Format.table:
        typer.echo(f"{len(parts):,} files, {sum(part['rows'] for part in parts):,} rows: all as written")


def schema(
    table: Annotated[str | None, typer.Argument(help="Show this table only.")] = None,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Show every table that Swath writes: columns, types, units, meanings.

    Example: swath schema marks
    """
    from swath.schemas import ALL_TABLES  # noqa: PLC0415

    rows: list[dict[str, Any]] = [
        {"command": command, "table": one.name, "column": column["name"], **column}
        for command, tables in ALL_TABLES.items()
        for one in tables
        for column in one.describe()
        if table in (None, one.name)
    ]
    if not rows:
        names = sorted({one.name for tables in ALL_TABLES.values() for one in tables})
        raise UsageError(f"there is no table {table!r}", "one of " + ", ".join(names))
    print_rows(rows, ("command", "table", "column", "dtype", "unit", "meaning"), form.value)
