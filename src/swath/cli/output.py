"""Printing results on stdout: as a table, as JSON or as CSV."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import IO, Any

Row = Mapping[str, Any]


def print_rows(rows: Iterable[Row], columns: Sequence[str], form: str, file: IO[str] | None = None) -> None:
    """Print rows with these columns as ``table``, ``json`` (an array of objects) or ``csv``."""
    file = file or sys.stdout
    {"table": _print_table, "json": _print_json, "csv": _print_csv}[form](rows, columns, file)


def print_object(value: Any, file: IO[str] | None = None) -> None:
    """Print one value as JSON."""
    (file or sys.stdout).write(json.dumps(plain(value), indent=1, ensure_ascii=False) + "\n")


def plain(value: Any) -> Any:
    """Make a value of JSON's types: times as ISO 8601, NaN and infinities as null, maps as objects."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        pairs = value and all(isinstance(item, tuple) and len(item) == 2 for item in value)
        return {str(k): plain(v) for k, v in value} if pairs else [plain(item) for item in value]
    return value if isinstance(value, str | int | bool | None) else str(value)


def _print_json(rows: Iterable[Row], columns: Sequence[str], file: IO[str]) -> None:
    separator = "["
    for row in rows:
        shown = {column: plain(row[column]) for column in columns}
        file.write(separator + "\n " + json.dumps(shown, ensure_ascii=False))
        separator = ","
    file.write("[]\n" if separator == "[" else "\n]\n")


def _print_csv(rows: Iterable[Row], columns: Sequence[str], file: IO[str]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)


def _cell(value: Any) -> Any:
    shown = plain(value)
    return json.dumps(shown, ensure_ascii=False) if isinstance(shown, list | dict) else shown


def _print_table(rows: Iterable[Row], columns: Sequence[str], file: IO[str]) -> None:
    """Draw columns with blanks between; numbers to the right."""
    cells = [[_shown(row[column]) for column in columns] for row in rows]
    numeric = [all(_is_number(row[place]) for row in cells) and bool(cells) for place in range(len(columns))]
    widths = [max([len(name), *(len(row[place]) for row in cells)]) for place, name in enumerate(columns)]
    for row in [list(columns), ["-" * width for width in widths], *cells]:
        padded = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        ]
        file.write("  ".join(padded).rstrip() + "\n")


def _shown(value: Any) -> str:
    shown = plain(value)
    if shown is None:
        return ""
    if isinstance(shown, bool):
        return str(shown).lower()
    if isinstance(shown, int):
        return str(shown)
    if isinstance(shown, float):
        return f"{shown:.10g}"
    text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
    return text.replace("\n", "\\n").replace("\t", "\\t")


def _is_number(text: str) -> bool:
    return not text or text.replace(",", "").replace(".", "", 1).lstrip("-").isdigit()
