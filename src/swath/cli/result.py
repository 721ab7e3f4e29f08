"""Writing what a query gave, to the screen or into a file that appears whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from swath.cli.output import print_rows
from swath.errors import QueryError

if TYPE_CHECKING:
    import pyarrow as pa

_GROUP_ROWS = 100_000
_GROUP_BYTES = 64 << 20


def write_result(batches: Iterator[pa.RecordBatch], form: str, output: Path | None) -> None:
    """Write record batches as ``table``, ``csv``, ``json`` or ``parquet``; all but a table as they come."""
    first = next(batches)
    if form == "parquet" and output is not None:
        with appearing(output) as path:
            _write_parquet(first.schema, chain([first], batches), path)
        return
    with opened(output) as target:
        print_rows(_rows(chain([first], batches)), first.schema.names, form, target)


@contextmanager
def opened(output: Path | None) -> Iterator[IO[str] | None]:
    """Open a text file that appears when it is whole; None, which is the screen, without a path."""
    if output is None:
        yield None
        return
    with appearing(output) as path, path.open("w", encoding="utf-8", newline="") as target:
        yield target


@contextmanager
def appearing(output: Path) -> Iterator[Path]:
    """Give a path to write to that becomes ``output`` at the end, or goes away where that fails.

    A pipe or a device is written to as it is.
    """
    if output.exists() and not output.is_file():
        yield output
        return
    temporary = output.with_name(f".{output.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(output)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _rows(batches: Iterator[pa.RecordBatch]) -> Iterator[dict[str, Any]]:
    for batch in batches:
        try:
            yield from batch.to_pylist(maps_as_pydicts="lossy")
        except (ValueError, OverflowError) as error:  # nanoseconds, or times beyond year 9999
            raise QueryError(f"a value cannot be written: {error}", "cast the column to VARCHAR") from error


def _write_parquet(schema: pa.Schema, batches: Iterator[pa.RecordBatch], path: Path) -> None:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for group in _groups(batches):
                writer.write_table(pa.Table.from_batches(group))
    except pa.ArrowNotImplementedError as error:
        raise QueryError(f"Parquet cannot hold this: {error}", "cast the column to VARCHAR") from error


def _groups(batches: Iterator[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """Gather batches into row groups of a good size."""
    group: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        group.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if rows >= _GROUP_ROWS or size >= _GROUP_BYTES:
            yield group
            group, rows, size = [], 0, 0
    if group:
        yield group
