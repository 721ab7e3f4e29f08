"""Printing results: as a table, as JSON or as CSV."""

from __future__ import annotations

import csv
import json
import math
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

Row = Mapping[str, Any]

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Characters that move the cursor, break lines, or turn the direction of writing."""


def print_rows(rows: Iterable[Row], columns: Sequence[str], form: str, file: IO[str] | None = None) -> None:
    """Print rows with these columns as ``table``, ``json`` (an array of objects) or ``csv``."""
    file = file or sys.stdout
    {"table": _print_table, "json": _print_json, "csv": _print_csv}[form](rows, columns, file)


def print_object(value: Any, file: IO[str] | None = None) -> None:
    """Print one value as JSON."""
    (file or sys.stdout).write(json.dumps(plain(value), indent=1, ensure_ascii=False) + "\n")


def plain(value: Any) -> Any:
    """Make a value of JSON's types: times as ISO 8601, NaN and infinities as null, bytes as hexadecimal digits."""
    if isinstance(value, float | Decimal):
        return _number(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if isinstance(value, str | int | bool | None) else str(value)


def _number(value: float | Decimal) -> float | None:
    """A number of JSON's; of a decimal without a fraction all digits."""
    if not math.isfinite(value):
        return None
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else float(value)


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
    return json.dumps(shown, ensure_ascii=False) if isinstance(shown, list | dict | bool) else shown


def _print_table(rows: Iterable[Row], columns: Sequence[str], file: IO[str]) -> None:
    """Draw columns with blanks between; numbers to the right, nothing cut off."""
    from rich.cells import cell_len  # noqa: PLC0415  (wide characters take two places)

    values = [[plain(row[column]) for column in columns] for row in rows]
    right = [_are_numbers(row[place] for row in values) for place in range(len(columns))]
    cells = [[_shown(name) for name in columns], *([_shown(value) for value in row] for row in values)]
    widths = [max(cell_len(row[place]) for row in cells) for place in range(len(columns))]
    cells.insert(1, ["-" * width for width in widths])
    for row in cells:
        padded = [
            " " * (width - cell_len(text)) + text if to_right else text + " " * (width - cell_len(text))
            for text, width, to_right in zip(row, widths, right, strict=True)
        ]
        file.write("  ".join(padded).rstrip() + "\n")


def _are_numbers(values: Iterable[Any]) -> bool:
    """Say whether there is a number among the values, and nothing but numbers and nulls."""
    present = [value for value in values if value is not None]
    return bool(present) and all(type(value) in (int, float) for value in present)


def _shown(value: Any) -> str:
    """A plain value as one line; control characters escaped, for texts of volunteers go to a terminal."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.10g}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
