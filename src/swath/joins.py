"""Joins in DuckDB: the look-up tables are loaded once a process, and every thread has a cursor of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    import duckdb

_here = threading.local()
_loading = threading.Lock()
_databases: dict[Hashable, duckdb.DuckDBPyConnection] = {}

Tables = Mapping[str, pa.Table]


def join(
    lookups: Hashable, load: Callable[[], Tables], query: str, frames: Tables, parameters: Mapping[str, Any]
) -> pa.Table:
    """Run a query over look-up tables and some frames.

    ``lookups`` names the look-up tables: ``load`` is called the first time that this process sees the name.
    """
    connection = _cursor(lookups, load)
    for name, frame in frames.items():
        connection.register(name, frame)
    try:
        result: pa.Table = connection.sql(query, params=dict(parameters)).to_arrow_table()
    finally:
        for name in frames:
            connection.unregister(name)
    return result


def _cursor(lookups: Hashable, load: Callable[[], Tables]) -> duckdb.DuckDBPyConnection:
    """The cursor of this thread into the database of some look-up tables."""
    cursors: dict[Hashable, duckdb.DuckDBPyConnection] = vars(_here).setdefault("cursors", {})
    if lookups not in cursors:
        with _loading:
            if lookups not in _databases:
                _databases[lookups] = _load(load())
            cursors[lookups] = _databases[lookups].cursor()
    return cursors[lookups]


def _load(tables: Tables) -> duckdb.DuckDBPyConnection:
    import duckdb  # noqa: PLC0415

    database = duckdb.connect(":memory:", config={"threads": 1})
    for name, table in tables.items():
        database.register("loaded", table)
        database.execute(f"CREATE TABLE {name} AS SELECT * FROM loaded")
        database.unregister("loaded")
    return database
