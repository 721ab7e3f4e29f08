"""Cells as Python literals, the form that panoptes_aggregation gives lists and dicts in its CSV files."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from swath.kernels.lines import bracket_lists
from swath.panoptes.cells import CellType, values_of
from swath.panoptes.text import TextColumn
from swath.panoptes.values import text_column
from swath.tables import TEXT

_PLAIN_FROM, _PLAIN_TO = 1e-4, 1e10
"""Between these Arrow writes the digits of a float as Python does; beyond them its exponents are others."""
_POINT_AND_ZERO = pa.scalar(".0", TEXT), pa.scalar("", TEXT)

_NAMES = {"nan": None, "null": None, "true": True, "false": False}


def cell_texts(column: pa.Array | pa.ChunkedArray, *, whole_numbers: bool = True) -> pa.Array:
    """The cells of a column as texts, null where there is none.

    Texts stand as they are, all else as Python writes it. Without ``whole_numbers`` an integer is written as a float,
    which pandas makes of a column with gaps.
    """
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    cell = CellType.of_arrow(column.type)
    if cell.depth == 0 and cell.leaf == "text":
        return column
    if cell.depth == 0 and cell.leaf == "json":
        return _each_distinct(column, lambda value: value if isinstance(value, str) else repr(value))
    if cell.depth == 0 and cell.leaf == "int" and not whole_numbers:
        column = column.cast(pa.float64())
    return _literals(column)


def _literals(column: pa.Array) -> pa.Array:
    """The cells of a column as Python literals, null where there is none."""
    if pa.types.is_large_list(column.type):
        return _lists(column)
    if pa.types.is_integer(column.type) or pa.types.is_null(column.type):
        return column.cast(TEXT)
    if pa.types.is_floating(column.type):
        return _floats(column)
    return _each_distinct(column, repr)


def _lists(column: pa.Array) -> pa.Array:
    bounds = column.offsets.to_numpy()
    inner = text_column(pc.fill_null(_literals(column.values.slice(bounds[0], bounds[-1] - bounds[0])), "None"))
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    listed = TextColumn(*bracket_lists(inner.data, inner.offsets, bounds - bounds[0], valid))
    return listed.arrow(valid if column.null_count else None)


def _floats(column: pa.Array) -> pa.Array:
    """Floats as Python writes them: 1.0, not 1, and 1e-05, not 0.00001."""
    texts = column.cast(TEXT)
    values = pc.fill_null(column, 0.5).to_numpy(zero_copy_only=False)
    sizes = np.abs(values)
    plain = (sizes == 0) | ((sizes >= _PLAIN_FROM) & (sizes < _PLAIN_TO))
    whole = plain & (values == np.rint(values))
    if whole.any():
        texts = pc.if_else(pa.array(whole), pc.binary_join_element_wise(texts, *_POINT_AND_ZERO), texts)
    if plain.all():
        return texts
    return pc.replace_with_mask(texts, pa.array(~plain), pa.array([repr(v) for v in values[~plain].tolist()], TEXT))


def _each_distinct(column: pa.Array, write: Callable[[Any], str]) -> pa.Array:
    """Write each distinct value once."""
    encoded = column.dictionary_encode()
    texts = pa.array([write(value) for value in values_of(encoded.dictionary)], TEXT)
    return texts.take(encoded.indices)


def parse_literal(text: str) -> Any:
    """Read a cell: a list or dict where it is one, else the text as it stands.

    Names that other writers use (nan, null, true, false) stand for None, True and False.
    """
    if "[" not in text and "{" not in text:
        return text
    try:
        return _plain(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, TypeError, KeyError, MemoryError, RecursionError):
        return text


def _plain(node: ast.expr) -> Any:
    """Turn a syntax tree of literals into their value; raises ValueError or KeyError for anything else."""
    match node:
        case ast.Constant(value=value) if not isinstance(value, bytes | complex | type(...)):
            return value
        case ast.Name(id=name):
            return _NAMES[name]
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_plain(item) for item in items]
        case ast.Dict(keys=keys, values=values):
            return {_key(key): _plain(value) for key, value in zip(keys, values, strict=True)}
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_plain(operand)
        case ast.Call(func=ast.Name(id="Counter" | "OrderedDict"), args=[inside], keywords=[]):
            return dict(_plain(inside))
    raise ValueError("no literal")


def _key(node: ast.expr | None) -> str:
    if node is None:
        raise ValueError("no literal")
    return str(_plain(node))


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?)")


def parse_number(text: str) -> int | float | None:
    """Read a whole or decimal number, None where the text is none."""
    if not _NUMBER.fullmatch(text):
        return None
    if text.lstrip("+-").isdigit():
        return int(text)
    value = float(text)
    return value if math.isfinite(value) else None
