"""What a query may see: the tables of one output or several, and the files inside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swath.engine.catalog import view_query
from swath.engine.dataset import Dataset
from swath.errors import QueryError, UsageError
from swath.query.request import View

_RESERVED = frozenset({"main", "temp", "system", "memory", "information_schema", "pg_catalog"})
"""Schemas and catalogues that DuckDB has of itself."""


@dataclass(frozen=True)
class Outputs:
    """Outputs by schema; the first has none, its tables go by their plain names."""

    datasets: Mapping[str, Dataset]

    @classmethod
    def open(cls, out: str | Path, also: Mapping[str, str | Path] | None = None) -> Outputs:
        """Open an output, and others that stand in schemas of the names in ``also``.

        Raises OutputError where one is no finished output, UsageError for a name that cannot be a schema's.
        """
        _check_names(also or {})
        return cls({"": Dataset.open(out), **{name: Dataset.open(path) for name, path in (also or {}).items()}})

    @property
    def tables(self) -> list[str]:
        """The names of the first output's tables."""
        return list(self.datasets[""].manifest.tables)

    def views(self) -> tuple[View, ...]:
        """All tables as views; raises QueryError where a file is gone or lies outside its output."""
        return tuple(
            View(schema, table, view_query(description, files), files)
            for schema, dataset in self.datasets.items()
            for table, description in dataset.manifest.tables.items()
            for files in (_own_files(dataset, table, description["partition_by"]),)
        )

    def listing(self) -> list[dict[str, Any]]:
        """One record a view: table, rows, columns."""
        return [
            {
                "table": f"{schema}.{name}" if schema else name,
                "rows": table["rows"],
                "columns": ", ".join(f"{column['name']} {column['dtype']}" for column in table["columns"]),
            }
            for schema, dataset in self.datasets.items()
            for name, table in dataset.manifest.tables.items()
        ]


def _check_names(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if not name.isidentifier() or name.lower() in _RESERVED:
            raise UsageError(
                f"{name!r} cannot name an output", "use letters, digits and _, and no name of DuckDB's own"
            )
        if name.lower() in seen:
            raise UsageError(f"two outputs are named {name!r}", "upper and lower case are the same in SQL")
        seen.add(name.lower())


def _own_files(dataset: Dataset, table: str, keys: Iterable[str]) -> tuple[str, ...]:
    """A table's files, each where the manifest has it and nowhere else."""
    root = dataset.root.resolve()
    _refuse_partition_above(root, table, keys)
    return tuple(str(_inside(root, part["path"])) for part in dataset.manifest.parts_of(table))


def _inside(root: Path, part: str) -> Path:
    path = root / part
    try:
        resolved = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise QueryError(f"{path} is missing", "swath verify shows damage") from error
    if resolved != path or not resolved.is_relative_to(root):
        raise QueryError(f"{path} leads elsewhere, by a link or '..'", "make the output again, without links in it")
    return resolved


def _refuse_partition_above(root: Path, table: str, keys: Iterable[str]) -> None:
    """Refuse an output below a directory such as ``workflow_id=7``: that would be read as each row's partition."""
    taken = {key.lower() for key in keys}
    for directory in root.parts:
        key, equals, _ = directory.partition("=")
        if equals and key.lower() in taken:
            raise QueryError(
                f"{root} lies below {directory}, which would be read as a partition of {table}",
                "rename that directory, or move the output",
            )
