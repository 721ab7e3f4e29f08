"""Columns of values as the texts of their cells, the way Python writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from swath import compute as pc
from swath.kernels.lines import bracket_lists
from swath.panoptes.cells import CellType, values_of
from swath.panoptes.text import TextColumn
from swath.panoptes.values import text_column
from swath.tables import TEXT

_PLAIN_FROM, _PLAIN_TO = 1e-4, 1e10
"""Between these Arrow writes the digits of a float as Python does; beyond them its exponents are others."""
_POINT_AND_ZERO = pa.scalar(".0", TEXT), pa.scalar("", TEXT)


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
    if cell.depth == 0 and cell.leaf == "int":
        return _integers(column, as_floats=not whole_numbers)
    return _literals(column)


def _integers(column: pa.Array, *, as_floats: bool) -> pa.Array:
    """Integers as Python writes them, or the floats of the same values; often, as with votes, all are one."""
    bounds = pc.min_max(column)
    if bounds["min"].is_valid and bounds["min"] == bounds["max"]:
        value = bounds["min"].as_py()
        text = pa.scalar(repr(float(value)) if as_floats else str(value), TEXT)
        return pc.if_else(column.is_valid(), text, pa.scalar(None, TEXT))
    return _literals(column.cast(pa.float64()) if as_floats else column)


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
