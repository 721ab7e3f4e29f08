"""The catalogue as the published CSV files."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from swath.engine.dataset import Dataset
from swath.planet4.tables import BLOTCHES, FANS
from swath.tables import Table

_FROM_METADATA = frozenset({"l_s", "map_scale", "north_azimuth"})
_PRINTED_AS_NUMBER = frozenset({"n_votes"})


def write_catalog_csv(catalogue: str | Path, directory: str | Path) -> list[Path]:
    """Write ``fans.csv`` and ``blotches.csv`` from an output of ``planet4 catalog``, whole or not at all.

    Numbers are as published: positions of two decimals, places of up to seven, and what comes from the metadata with
    exactly seven, unless the markings were numbered anew. Gives the paths. Raises OutputError where there is no output.
    """
    dataset = Dataset.open(catalogue)
    renumbered = bool(dataset.manifest.content["settings"]["renumber"])
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(dataset, table, folder / f"{table.name}.csv", padded=not renumbered) for table in (FANS, BLOTCHES)]


def _write(dataset: Dataset, table: Table, path: Path, *, padded: bool) -> Path:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    columns = ", ".join(_printed(column.name, padded=padded) for column in table.columns)
    files = [str(file) for file in dataset.files(table.name)]
    try:
        with duckdb.connect(":memory:", config={"threads": 1}) as connection:
            source = "read_parquet($files)" if files else "(SELECT " + ", ".join(_empty(table)) + " LIMIT 0)"
            query = f"COPY (SELECT {columns} FROM {source}) TO '{_quoted(temporary)}' (HEADER, DELIMITER ',')"
            connection.execute(query, {"files": files} if files else {})
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _printed(name: str, *, padded: bool) -> str:
    if padded and name in _FROM_METADATA:
        return f'printf(\'%.7f\', "{name}") AS "{name}"'
    if name in _PRINTED_AS_NUMBER:
        return f'CAST("{name}" AS DOUBLE) AS "{name}"'
    return f'"{name}"'


def _empty(table: Table) -> list[str]:
    return [f'CAST(NULL AS {column.sql_type}) AS "{column.name}"' for column in table.columns]


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
