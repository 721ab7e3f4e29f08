"""A DuckDB connection with some views that reads their files and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

from swath.engine.catalog import literal, quoted
from swath.errors import QueryError
from swath.query.request import Request, View


def open_sandbox(request: Request) -> duckdb.DuckDBPyConnection:
    """Open a connection with a request's views and limits; raises QueryError where a view cannot be made."""
    config: dict[str, Any] = {"memory_limit": f"{request.memory >> 20}MiB", "temp_directory": ""}
    if request.threads:
        config["threads"] = request.threads
    connection = duckdb.connect(":memory:", config=config)
    # Locked before the views are made: what a manifest says becomes part of their SQL.
    _lock(connection, [file for view in request.views for file in view.files])
    for schema in dict.fromkeys(view.schema for view in request.views if view.schema):
        connection.execute(f"CREATE SCHEMA {quoted(schema)}")
    for view in request.views:
        _create(connection, view)
    return connection


def _lock(connection: duckdb.DuckDBPyConnection, files: Sequence[str]) -> None:
    """Shut the connection off from all but these files, and keep it so; answers are in UTC everywhere."""
    settings = {
        "TimeZone": "'UTC'",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",
        "python_scan_all_frames": "false",
        "allowed_paths": "[" + ", ".join(map(literal, files)) + "]",
        "enable_external_access": "false",
        "lock_configuration": "true",
    }
    for name, value in settings.items():
        connection.execute(f"SET {name} = {value}")


def _create(connection: duckdb.DuckDBPyConnection, view: View) -> None:
    try:
        (statement,) = connection.extract_statements(f"CREATE VIEW {view.name} AS {view.query}")
        connection.execute(statement)
    except (duckdb.Error, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise QueryError(f"the table {view.shown} cannot be read: {reason}", "swath verify shows damage") from error
