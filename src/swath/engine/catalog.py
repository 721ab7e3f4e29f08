"""The query catalogue: a CREATE VIEW for each table of an output, for Swath and for a plain DuckDB."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from swath.engine.dataset import Manifest


def quoted(identifier: str) -> str:
    """Quote an SQL identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote an SQL text literal."""
    return "'" + text.replace("'", "''") + "'"


def glob_literally(path: str) -> str:
    """Write a path so that a glob takes none of its characters for a wildcard."""
    return "".join(f"[{character}]" if character in "*?[" else character for character in path)


def view_query(table: dict[str, Any], files: Iterable[str]) -> str:
    """Write the SELECT that reads a table: its columns in order, over these files or globs."""
    columns = table["columns"]
    listed = ", ".join(literal(file) for file in files)
    if not listed:
        empty = ", ".join(f"CAST(NULL AS {c['dtype']}) AS {quoted(c['name'])}" for c in columns)
        return f"SELECT {empty} WHERE false"
    names = ", ".join(quoted(column["name"]) for column in columns)
    options = "hive_partitioning = false"
    if table["partition_by"]:
        types = {column["name"]: column["dtype"] for column in columns}
        hive = ", ".join(f"{quoted(key)}: {types[key]}" for key in table["partition_by"])
        options = f"hive_partitioning = true, hive_types = {{{hive}}}"
    return f"SELECT {names} FROM read_parquet([{listed}], {options})"


def catalog_sql(manifest: Manifest, out: Path) -> str:
    """Write ``catalog.sql``, which gives a plain DuckDB a view for each table, from any directory."""
    root = glob_literally(out.as_posix())
    shown = root.replace("\n", " ").replace("\r", " ")
    lines = [f"-- Views over {shown}. If the output was moved, replace that path throughout.\n"]
    for name, table in manifest.tables.items():
        pattern = [f"{root}/{name}/**/*.parquet"] if table["rows"] else []
        lines.append(f"-- {table['meaning']}")
        lines.append(f"CREATE OR REPLACE VIEW {quoted(name)} AS {view_query(table, pattern)};\n")
    return "\n".join(lines)
