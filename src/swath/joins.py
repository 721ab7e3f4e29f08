"""Joins in DuckDB: every thread has a connection of its own, with the look-up tables loaded once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import duckdb
import pyarrow as pa

_here = threading.local()

Tables = Mapping[str, pa.Table]


def join(
    lookups: Hashable, load: Callable[[], Tables], query: str, frames: Tables, parameters: Mapping[str, Any]
) -> pa.Table:
    """Run a query over look-up tables and some frames.

    ``lookups`` names the look-up tables: ``load`` is called the first time that this thread sees the name.
    """
    connection = _connection(lookups, load)
    for name, frame in frames.items():
        connection.register(name, frame)
    try:
        result: pa.Table = connection.sql(query, params=dict(parameters)).to_arrow_table()
    finally:
        for name in frames:
            connection.unregister(name)
    return result


def _connection(lookups: Hashable, load: Callable[[], Tables]) -> duckdb.DuckDBPyConnection:
    known: dict[Hashable, duckdb.DuckDBPyConnection] = vars(_here).setdefault("known", {})
    if lookups not in known:
        connection = duckdb.connect(":memory:", config={"threads": 1})
        for name, table in load().items():
            connection.register("loaded", table)
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM loaded")
            connection.unregister("loaded")
        known[lookups] = connection
    return known[lookups]
