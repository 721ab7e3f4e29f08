"""Reading the cells of a CSV file of extracts: numbers, texts, and lists or dicts as Python writes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from swath.kernels.json import ARRAY, FALSE, GOOD, NULL, NUMBER, OBJECT, TRUE
from swath.panoptes.cells import column_of
from swath.panoptes.decode import JsonColumn, Nodes
from swath.panoptes.literals import parse_literal, parse_number
from swath.panoptes.values import text_column
from swath.tables import JSON, TEXT

_DEEPEST = 4
_NAMES_IN_JSON = ((r"None|nan", "null"), ("True", "true"), ("False", "false"))
_BOOLEANS = {"True": True, "False": False}


def parse_cells(texts: pa.Array) -> pa.Array:
    """Read a column of cells into values of one type; an empty cell is null."""
    texts = pc.if_else(pc.equal(texts, ""), None, texts)
    if texts.null_count == len(texts):
        return pa.nulls(len(texts))
    if pc.all(pc.starts_with(texts, "[")).as_py():
        lists = _parse_lists(texts)
        if lists is not None:
            return lists
    encoded = texts.dictionary_encode()
    values = column_of([parse_cell(text) for text in encoded.dictionary.to_pylist()])
    return values.take(encoded.indices)


def parse_cell(text: str) -> Any:
    """Read one cell: a list, dict, number or truth value where it is one, else the text as it stands."""
    if "[" in text or "{" in text:
        return parse_literal(text)
    number = parse_number(text)
    return _BOOLEANS.get(text, text) if number is None else number


def _parse_lists(texts: pa.Array) -> pa.Array | None:
    """Read lists as JSON where that says the same; None where some cell has to be read more carefully."""
    if pc.any(pc.match_substring_regex(texts, r'["\\]')).as_py():
        return None
    column = JsonColumn.parse(text_column(pc.fill_null(_in_json(texts), "").cast(TEXT)))
    there = texts.is_valid().to_numpy(zero_copy_only=False)
    if (column.errors[there] != GOOD).any():
        return None
    return _nested(column, column.roots, 0)


def _in_json(texts: pa.Array) -> pa.Array:
    """Write literals as JSON; where there are strings, names such as None may be words of theirs and are left."""
    if pc.any(pc.match_substring(texts, "'")).as_py():
        return pc.replace_substring(texts, "'", '"')
    for pattern, replacement in _NAMES_IN_JSON:
        if pc.any(pc.match_substring_regex(texts, pattern)).as_py():
            texts = pc.replace_substring_regex(texts, pattern, replacement)
    return texts


def _nested(column: JsonColumn, nodes: Nodes, depth: int) -> pa.Array | None:
    """The values of nodes that are all lists of one depth, or leaves of one kind; None where they are mixed."""
    empty = (nodes < 0) | column.are(nodes, NULL)
    if column.are(nodes[~empty], ARRAY).all() and not empty.all() and depth < _DEEPEST:
        owners, elements = column.elements(nodes)
        inner = _nested(column, elements, depth + 1)
        return None if inner is None else _listed(owners, inner, empty)
    return _leaves(column, nodes, empty)


def _listed(owners: npt.NDArray[np.int64], inner: pa.Array, empty: npt.NDArray[np.bool_]) -> pa.Array:
    offsets = np.zeros(empty.size + 1, np.int64)
    np.cumsum(np.bincount(owners, minlength=empty.size), out=offsets[1:])
    return pa.LargeListArray.from_arrays(pa.array(offsets), inner, mask=pa.array(empty) if empty.any() else None)


def _leaves(column: JsonColumn, nodes: Nodes, empty: npt.NDArray[np.bool_]) -> pa.Array | None:
    there = nodes[~empty]
    if there.size == 0:
        return pa.nulls(nodes.size)
    if column.are(there, NUMBER).all():
        return _numbers(column, nodes, empty)
    if column.are_text(there).all():
        return column.texts(nodes)
    if column.are(there, OBJECT).all():
        return pc.if_else(pa.array(empty), None, column.raw(nodes).cast(JSON))
    if column.are(there, TRUE, FALSE).all():
        return column.booleans(nodes)
    return None


def _numbers(column: JsonColumn, nodes: Nodes, empty: npt.NDArray[np.bool_]) -> pa.Array:
    """Numbers as integers if all are, else as floats."""
    values = column.numbers(nodes)
    known = values[~empty]
    if (np.abs(known) < 2**53).all() and (known == np.rint(known)).all() and not _have_points(column, nodes):
        return pa.array(np.where(empty, 0, values).astype(np.int64), mask=empty)
    return pa.array(values, mask=empty)


def _have_points(column: JsonColumn, nodes: Nodes) -> bool:
    return bool(pc.any(pc.match_substring_regex(column.raw(nodes), r"[.eE]")).as_py())
