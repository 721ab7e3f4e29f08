"""Extracts and reductions in pandas: the functions by which users of panoptes_aggregation read its CSV files.

Names and arguments are those of ``panoptes_aggregation.csv_utils``. Cells are parsed as literals, never evaluated, and
a data column is one whose name begins with ``data.``. Needs pandas, which Swath itself does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from swath.errors import MissingExtraError, UsageError
from swath.panoptes.flat import flatten, nest
from swath.panoptes.literals import parse_literal, parse_number

if TYPE_CHECKING:
    import pandas as pd

_NAMES = {"None": None, "True": True, "False": False}


def _pandas() -> Any:
    try:
        import pandas  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("swath.panoptes.csv_utils needs pandas", "pip install pandas") from error
    return pandas


def flatten_data(data: pd.DataFrame | dict[str, Any], json_column: str = "data") -> pd.DataFrame:
    """Give the dicts of a column a column for each of their names, nested ones joined with dots after ``data.``.

    ``data`` is a data frame, or a dict of lists of equal length; the column is taken out of it. Rows keep their index,
    and a missing cell has no values. Raises UsageError where a cell is neither a dict nor missing.
    """
    pandas = _pandas()
    cells = data.pop(json_column)
    frame = pandas.DataFrame(data)
    flat = pandas.DataFrame([_flat(cell, json_column) for cell in cells], index=frame.index)
    return pandas.concat([frame, flat.add_prefix(f"{json_column}.")], axis=1)


def _flat(cell: Any, column: str) -> dict[str, Any]:
    if isinstance(cell, Mapping):
        return flatten(cell)
    if _is_missing(cell):
        return {}
    raise UsageError(f"a cell of {column} is no dict: {str(cell)[:60]}", "parse the cells first, with json_non_null")


def unflatten_data(
    row: pd.Series | Mapping[str, Any],
    json_column: str = "data",
    renest: bool = True,
) -> dict[str, Any]:
    """Give the data of one row as a dict, lists and dicts in its cells parsed; what is missing is left out.

    With ``renest`` names are split at their dots into nested dicts. Raises ValueError for a name that is both a value
    and the beginning of longer names.
    """
    prefix = f"{json_column}."
    flat = {
        name.removeprefix(prefix): parse_literal(value) if isinstance(value, str) else value
        for name, value in row.items()
        if name.startswith(prefix) and not _is_missing(value)
    }
    return nest(flat) if renest else flat


def json_non_null(value: Any) -> Any:
    """Parse a cell: a list, dict, number, ``True``, ``False`` or ``None``; everything else stays as it is."""
    if not isinstance(value, str):
        return value
    if "[" in value or "{" in value:
        return parse_literal(value)
    text = value.strip()
    if text in _NAMES:
        return _NAMES[text]
    try:
        return int(text, 0)
    except ValueError:
        number = None if text.isdigit() else parse_number(text)
    return value if number is None else number


def unjson_dataframe(data_frame: pd.DataFrame, json_column: str = "data") -> None:
    """Parse the cells of every data column, in place; what is missing stays."""
    pandas = _pandas()
    for name in data_frame.columns:
        if name.startswith(f"{json_column}.") and not pandas.api.types.is_numeric_dtype(data_frame[name]):
            data_frame[name] = data_frame[name].astype(object).map(json_non_null)


def order_columns(
    data_frame: pd.DataFrame, json_column: str = "data", front: Sequence[str] = ("choice",)
) -> pd.DataFrame:
    """Put the data columns last and in order of name, but those of ``front`` (without ``data.``) before the others."""
    prefix = f"{json_column}."
    data = sorted(name for name in data_frame.columns if name.startswith(prefix))
    first = [prefix + name for name in front if prefix + name in data]
    others = [name for name in data_frame.columns if name not in data]
    return data_frame[others + first + [name for name in data if name not in first]]


def find_non_built_in_data_types(dictionary: Mapping[str, Any]) -> dict[str, str]:
    """Tell where nested dicts and lists hold values that are not of Python's own types.

    Gives, by the path of names joined with slashes, a message that names the module of the type; of several in one
    list the last counts.
    """
    found: dict[str, str] = {}
    for name, value in dictionary.items():
        _note(name, value, found)
    return found


def _note(path: str, value: Any, found: dict[str, str]) -> None:
    if isinstance(value, Mapping):
        for name, item in value.items():
            _note(f"{path}/{name}", item, found)
    elif isinstance(value, list):
        for item in value:
            _note(path, item, found)
    elif type(value).__module__ != "builtins":
        found[path] = f"Contains non built-in data type: {type(value).__module__}"


def _is_missing(value: Any) -> bool:
    """Say whether pandas holds a cell to be missing; a list or a dict never is."""
    return not isinstance(value, list | tuple | set | Mapping) and bool(_pandas().isna(value))
