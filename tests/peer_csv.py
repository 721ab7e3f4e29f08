"""Reading the CSV files of panoptes_aggregation, by column name and parsed value."""

import ast
import csv
import math
import re
import sys
from pathlib import Path

csv.field_size_limit(sys.maxsize)


def rows_of(path):
    with Path(path).open(encoding="utf-8", newline="") as file:
        return [{name: value_of(text) for name, text in row.items() if text != ""} for row in csv.DictReader(file)]


def value_of(text):
    """A cell as a value: a number, a truth value, a list or dict, else text; nan in lists is None."""
    if text in ("True", "False"):
        return text == "True"
    if re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", text):
        return float(text)
    if text[:1] in "[{":
        try:
            return plain(ast.literal_eval(re.sub(r"\bnan\b", "None", text)))
        except (ValueError, SyntaxError):
            return text
    return text


def plain(value):
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return value


def close(one, other):
    """Whether two values are the same, floats to the last digits that a sum's order decides."""
    if isinstance(one, float) and isinstance(other, float):
        return one == other or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(close, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(close(one[key], other[key]) for key in one)
    return one == other


def difference(found, expected):
    """The first difference between two lists of rows, None where they are the same."""
    for number, (one, other) in enumerate(zip(found, expected, strict=False)):
        for name in sorted(one.keys() | other.keys()):
            if not close(one.get(name), other.get(name)):
                return f"row {number}, {name}: {one.get(name)!r}, expected {other.get(name)!r}"
    if len(found) != len(expected):
        return f"{len(found)} rows, expected {len(expected)}"
    return None
