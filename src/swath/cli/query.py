"""``swath query``."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swath.cli.output import print_rows
from swath.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa


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
    also: Annotated[list[str] | None, typer.Option("--as", help="A further output: NAME=OUT; repeatable.")] = None,
    file: Annotated[Path | None, typer.Option(help="Read the SQL from this file.")] = None,
    ready: Annotated[bool, typer.Option("--ready", help="Run the ready question of that name, or list them.")] = False,
    parameter: Annotated[list[str] | None, typer.Option("-p", help="Fill $name: NAME=VALUE; repeatable.")] = None,
    form: Annotated[QueryFormat, typer.Option("--format", help="How to write the result.")] = QueryFormat.table,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the result into this file.")] = None,
    memory: Annotated[str, typer.Option(help="Memory that the query may take.")] = "2G",
    timeout: Annotated[float, typer.Option(help="Seconds that the query may take.")] = 3600.0,
) -> None:
    """Ask an output with SQL; every table is a view of its name.

    Example: swath query out "SELECT workflow_id, count(*) FROM classifications GROUP BY ALL"

    Example: swath query out --ready marks_per_tool --format csv -o tools.csv
    """
    from swath.engine.memory import parse_size  # noqa: PLC0415
    from swath.query import Session  # noqa: PLC0415

    outputs = {name: Path(path) for name, path in (_pair(text, "--as") for text in also or ())}
    if sum((sql is not None and not ready, file is not None)) > 1:
        raise UsageError("the SQL is given twice", "give it as text or with --file")
    with Session(out, also=outputs, memory=parse_size(memory), timeout=timeout) as session:
        if ready and sql is None:
            return _list_ready(session.datasets[""].manifest.tables, form)
        text = _text(sql, file, ready=ready)
        if text is None:
            return print_rows(session.views(), ("table", "rows", "columns"), _plain(form))
        parameters = {name: _typed(value) for name, value in (_pair(p, "-p") for p in parameter or ())}
        return _write(session.run(text, parameters), form, output)


def _text(sql: str | None, file: Path | None, *, ready: bool) -> str | None:
    from swath.sql import ready_query  # noqa: PLC0415

    if ready and sql is not None:
        return ready_query(sql).text
    return file.read_text(encoding="utf-8") if file is not None else sql


def _list_ready(tables: dict[str, Any], form: QueryFormat) -> None:
    from swath.sql import ready_queries  # noqa: PLC0415

    fitting = [q for q in ready_queries() if set(q.tables) <= set(tables)]
    print_rows([{"name": q.name, "question": q.question} for q in fitting], ("name", "question"), _plain(form))


def _plain(form: QueryFormat) -> str:
    if form is QueryFormat.parquet:
        raise UsageError("a list is not written as Parquet", "give --format table, csv or json")
    return form.value


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"{option} {text!r} is not NAME=VALUE", f"such as {option} name=value")
    return name, value


def _typed(text: str) -> Any:
    """Read a parameter as a whole number, a number, or else a text."""
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def _write(batches: Iterator[pa.RecordBatch], form: QueryFormat, output: Path | None) -> None:
    first = next(batches)
    if form is QueryFormat.parquet:
        if output is None:
            raise UsageError("Parquet is not for the screen", "give -o FILE")
        return _write_parquet(first, batches, output)
    rows = _rows(first, batches)
    if output is None:
        return print_rows(rows, first.schema.names, form.value)
    with output.open("w", encoding="utf-8", newline="") as target:
        return print_rows(rows, first.schema.names, form.value, target)


def _rows(first: pa.RecordBatch, batches: Iterator[pa.RecordBatch]) -> Iterator[dict[str, Any]]:
    yield from first.to_pylist()
    for batch in batches:
        yield from batch.to_pylist()


def _write_parquet(first: pa.RecordBatch, batches: Iterator[pa.RecordBatch], output: Path) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415

    with pq.ParquetWriter(output, first.schema, compression="zstd") as writer:
        writer.write_batch(first)
        for batch in batches:
            writer.write_batch(batch)
