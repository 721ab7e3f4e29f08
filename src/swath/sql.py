"""SQL files by name: joins, and ready questions. They lie in ``sql/`` of the project, and in the wheel."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from swath.errors import UsageError


@dataclass(frozen=True)
class ReadyQuery:
    """A ready question: its name, what it asks, the tables that it needs, its SQL."""

    name: str
    question: str
    tables: tuple[str, ...]
    text: str


@cache
def load_sql(name: str) -> str:
    """Read an SQL file, such as ``planet4/places``."""
    return (_folder() / f"{name}.sql").read_text(encoding="utf-8")


def _folder() -> Path:
    shipped = Path(__file__).with_name("_sql")
    return shipped if shipped.is_dir() else Path(__file__).parents[2] / "sql"


def ready_queries(present: Collection[str] | None = None) -> list[ReadyQuery]:
    """Ready questions by name, all of them or those that the tables in ``present`` can answer.

    The first comment line of each file asks, the second lists the tables.
    """
    found = []
    for path in sorted((_folder() / "ready").glob("*.sql")):
        text = load_sql(f"ready/{path.stem}")
        first, second = (line.removeprefix("-- ") for line in text.splitlines()[:2])
        tables = tuple(name.strip() for name in second.removeprefix("tables:").split(","))
        if present is None or set(tables) <= set(present):
            found.append(ReadyQuery(path.stem, first, tables, text))
    return found


def ready_query(name: str, present: Collection[str] | None = None) -> ReadyQuery:
    """One ready question; raises UsageError where there is none of the name, or ``present`` lacks its tables."""
    known = {query.name: query for query in ready_queries()}
    if name not in known:
        close = get_close_matches(name, known, 1)
        hint = f"do you mean {close[0]}?" if close else "swath query OUT --ready lists them"
        raise UsageError(f"there is no ready question {name!r}", hint)
    if present is not None and not set(known[name].tables) <= set(present):
        raise UsageError(
            f"{name} asks the tables {', '.join(known[name].tables)}, which this output has not all",
            "swath query OUT --ready lists the questions that it can answer",
        )
    return known[name]
