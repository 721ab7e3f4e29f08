"""What the process that answers a query is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from swath.engine.catalog import quoted


@dataclass(frozen=True)
class View:
    """A table as a query sees it: its schema (empty for the first output), name, SELECT and files."""

    schema: str
    table: str
    query: str
    files: tuple[str, ...]

    @property
    def name(self) -> str:
        """The view's name in SQL."""
        return f"{quoted(self.schema)}.{quoted(self.table)}" if self.schema else quoted(self.table)

    @property
    def shown(self) -> str:
        """The view's name for people."""
        return f"{self.schema}.{self.table}" if self.schema else self.table


@dataclass(frozen=True)
class Request:
    """One statement, the views that it may read, and its limits: bytes of memory, threads (None: all)."""

    sql: str
    parameters: Mapping[str, Any]
    views: tuple[View, ...]
    memory: int
    threads: int | None
