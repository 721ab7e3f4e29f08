"""SQL over what was written: read-only, and shut off from everything but the outputs' own files."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from swath.engine.catalog import literal, quoted, view_query
from swath.engine.dataset import Dataset
from swath.errors import QueryError, UsageError

BATCH_ROWS = 50_000

_EXPLAIN = re.compile(r"\s*EXPLAIN(\s+ANALYZE)?\s+(\([^)]*\))?", re.IGNORECASE)


class Session:
    """A sandboxed connection with a view for each table of some outputs.

    ``out`` gives the views their plain names; the outputs in ``also`` stand in schemas of their names. ``memory`` is
    in bytes, ``timeout`` in seconds.
    """

    def __init__(
        self,
        out: str | Path,
        *,
        also: Mapping[str, str | Path] | None = None,
        memory: int = 2 << 30,
        timeout: float = 3600.0,
    ) -> None:
        self.timeout = timeout
        self.datasets = {"": Dataset.open(out)}
        for name, path in (also or {}).items():
            if not name.isidentifier():
                raise UsageError(f"{name!r} cannot name an output", "use letters, digits and _")
            self.datasets[name] = Dataset.open(path)
        self._connection = duckdb.connect(":memory:", config={"memory_limit": f"{memory // (1 << 20)}MB"})
        self._make_views()

    def _make_views(self) -> None:
        connection = self._connection
        allowed = []
        for schema, dataset in self.datasets.items():
            if schema:
                connection.execute(f"CREATE SCHEMA {quoted(schema)}")
            for table, description in dataset.manifest.tables.items():
                files = [str(path) for path in _own_files(dataset, table)]
                allowed += files
                name = f"{quoted(schema)}.{quoted(table)}" if schema else quoted(table)
                self._create_view(name, view_query(description, files))
        _lock(connection, allowed)

    def _create_view(self, name: str, query: str) -> None:
        try:
            self._connection.execute(f"CREATE VIEW {name} AS {query}")
        except duckdb.Error as error:
            raise QueryError(
                f"the table {name} cannot be read: {_first_line(error)}", "swath verify shows damage"
            ) from error

    def run(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Iterator[pa.RecordBatch]:
        """Run one reading statement; ``parameters`` fill its ``$name``s. Yields record batches, at least one.

        Raises QueryError for SQL that is wrong, that does not only read, or that takes too long or too much memory.
        """
        self._check(sql)
        with self._limited():
            try:
                reader = self._connection.sql(sql, params=dict(parameters or {})).to_arrow_reader(BATCH_ROWS)
                empty = True
                for batch in reader:
                    empty = False
                    yield batch
                if empty:
                    yield pa.RecordBatch.from_pylist([], schema=reader.schema)
            except duckdb.InterruptException as error:
                raise QueryError(f"the query took longer than {self.timeout:g} s", "give --timeout more") from error
            except (duckdb.OutOfMemoryException, MemoryError) as error:
                raise QueryError("the query needs more memory than its limit", "give --memory more") from error
            except (duckdb.Error, ValueError) as error:
                raise QueryError(_first_line(error), self._hint(error)) from error

    def _check(self, sql: str) -> None:
        """Refuse what is not one statement that only reads; to explain a statement may be to run it."""
        try:
            statements = self._connection.extract_statements(sql)
        except duckdb.Error as error:
            raise QueryError(_first_line(error), "check the SQL") from error
        if len(statements) != 1:
            raise QueryError(f"{len(statements)} statements, one is expected", "run them one after another")
        kind = statements[0].type
        if kind == duckdb.StatementType.EXPLAIN:
            self._check(_EXPLAIN.sub("", sql, count=1))
        elif kind != duckdb.StatementType.SELECT:
            raise QueryError(f"{kind.name} statements are not allowed", "outputs are read-only: write a SELECT")

    def _hint(self, error: Exception) -> str:
        if isinstance(error, duckdb.PermissionException):
            return "a query reads the tables of its outputs and nothing else"
        if isinstance(error, duckdb.CatalogException):
            return "the tables are " + ", ".join(self.datasets[""].manifest.tables)
        return "swath query OUT lists the tables and their columns"

    @contextmanager
    def _limited(self) -> Iterator[None]:
        timer = threading.Timer(self.timeout, self._connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def views(self) -> list[dict[str, Any]]:
        """One record a view: name, rows, columns."""
        return [
            {
                "table": f"{schema}.{name}" if schema else name,
                "rows": table["rows"],
                "columns": ", ".join(f"{c['name']} {c['dtype']}" for c in table["columns"]),
            }
            for schema, dataset in self.datasets.items()
            for name, table in dataset.manifest.tables.items()
        ]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def query(out: str | Path, sql: str, parameters: Mapping[str, Any] | None = None, **options: Any) -> pa.Table:
    """Run one reading statement over an output and give its result whole; options as of ``Session``."""
    with Session(out, **options) as session:
        return pa.Table.from_batches(list(session.run(sql, parameters)))


def _own_files(dataset: Dataset, table: str) -> list[Path]:
    """A table's files with links resolved; raises QueryError where one lies outside the output."""
    root = dataset.root.resolve()
    files = []
    for path in dataset.files(table):
        try:
            resolved = path.resolve(strict=True)
        except OSError as error:
            raise QueryError(f"{path} is missing", "swath verify shows damage") from error
        if not resolved.is_relative_to(root):
            raise QueryError(f"{path} leads out of {dataset.root}", "make the output again")
        files.append(resolved)
    return files


def _lock(connection: duckdb.DuckDBPyConnection, allowed: list[str]) -> None:
    """Shut the connection off from all but the allowed files, and keep it so."""
    settings = {
        "temp_directory": "''",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",
        "python_scan_all_frames": "false",
        "allowed_paths": "[" + ", ".join(literal(path) for path in allowed) + "]",
        "enable_external_access": "false",
        "lock_configuration": "true",
    }
    for name, value in settings.items():
        connection.execute(f"SET {name} = {value}")


def _first_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return " ".join(line.strip() for line in lines[:2]) if lines else type(error).__name__
