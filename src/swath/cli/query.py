"""``swath query``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swath.cli.output import print_rows
from swath.cli.result import opened, write_result
from swath.errors import InputError, UsageError

if TYPE_CHECKING:
    from swath.query import Outputs

_WHOLE = re.compile(r"[+-]?(0|[1-9]\d*)", re.ASCII)
_NUMBER = re.compile(r"[+-]?((0|[1-9]\d*)(\.\d+)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
"""Numbers as people write them: 007, 1_000 and nan stay texts."""


class QueryFormat(StrEnum):
    """How a result is written."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


def query(
    out: Annotated[Path, typer.Argument(help="A dataset that Swath wrote.")],
    sql: Annotated[
        str | None, typer.Argument(help="One SELECT in DuckDB's SQL; without it the tables are listed.")
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option("--as", help="A further output, NAME=OUT: its tables are NAME.table; repeatable."),
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Read the SQL from this file.")] = None,
    ready: Annotated[bool, typer.Option("--ready", help="Run the ready question of that name, or list them.")] = False,
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", help="Fill $name, NAME=VALUE: a number where it reads as one, else, or in '', a text."),
    ] = None,
    form: Annotated[
        QueryFormat | None, typer.Option("--format", help="How to write [default: as -o ends, else table].")
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the result into this file.")] = None,
    memory: Annotated[str, typer.Option(help="Memory that the query may take.")] = "2G",
    timeout: Annotated[float, typer.Option(help="Seconds that the query may take.")] = 3600.0,
) -> None:
    """Ask an output with SQL; every table is a view of its name. Times are in UTC.

    Example: swath query out "SELECT workflow_id, count(*) FROM marks GROUP BY ALL"

    Example: swath query out "FROM subjects WHERE subject_id = $id" -p id=500

    Example: swath query out --ready marks_per_tool -o tools.csv
    """
    from swath.engine.memory import parse_size  # noqa: PLC0415
    from swath.query import Outputs, stream  # noqa: PLC0415

    outputs = Outputs.open(out, _pairs(also, "--as"))
    text = _text(outputs, sql, file, ready=ready)
    parameters = {name: _typed(value) for name, value in _pairs(parameter, "-p").items()}
    chosen = _format(form, output)
    _spare(outputs, output)
    if text is None:
        if parameters:
            raise UsageError("-p fills a statement, and there is none", "give the SQL")
        return _list(outputs, chosen, output, ready=ready)
    batches = stream(outputs, text, parameters, memory=parse_size(memory), timeout=timeout)
    return write_result(batches, chosen.value, output)


def _text(outputs: Outputs, sql: str | None, file: Path | None, *, ready: bool) -> str | None:
    """The statement to run, or None where the tables or ready questions are to be listed."""
    from swath.sql import ready_query  # noqa: PLC0415

    if file is None:
        return ready_query(sql, outputs.tables).text if ready and sql is not None else sql
    if sql is not None or ready:
        raise UsageError("the SQL is given twice", "give it as text, with --file or with --ready")
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is no text in UTF-8", "save it as UTF-8") from error


def _list(outputs: Outputs, form: QueryFormat, output: Path | None, *, ready: bool) -> None:
    from swath.sql import ready_queries  # noqa: PLC0415

    if form is QueryFormat.parquet:
        raise UsageError("a list is not written as Parquet", "give --format table, csv or json")
    rows = outputs.listing()
    if ready:
        rows = [{"name": one.name, "question": one.question} for one in ready_queries(outputs.tables)]
    with opened(output) as target:
        print_rows(rows, ("name", "question") if ready else ("table", "rows", "columns"), form.value, target)


def _format(form: QueryFormat | None, output: Path | None) -> QueryFormat:
    if form is None:
        ending = output.suffix.lstrip(".").lower() if output else ""
        form = QueryFormat(ending) if ending in set(QueryFormat) else QueryFormat.table
    if form is QueryFormat.parquet and output is None:
        raise UsageError("Parquet is not for the screen", "give -o FILE")
    return form


def _spare(outputs: Outputs, output: Path | None) -> None:
    """Refuse to write into a dataset."""
    for dataset in outputs.datasets.values():
        if output is not None and output.resolve().is_relative_to(dataset.root.resolve()):
            raise UsageError(f"{output} lies within {dataset.root}, which stays as it is", "choose another -o")


def _pairs(texts: Sequence[str] | None, option: str) -> dict[str, str]:
    """Read NAME=VALUE options; raises UsageError where one is none, or a name comes twice."""
    pairs: dict[str, str] = {}
    for text in texts or ():
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"{option} {text!r} is not NAME=VALUE", f"such as {option} name=value")
        if name in pairs:
            raise UsageError(f"{option} gives {name} twice", "give each name once")
        pairs[name] = value
    return pairs


def _typed(text: str) -> Any:
    """Read a parameter as a whole number, a number, or else a text; in single quotes it is a text for sure."""
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
