"""Reading the cells of a CSV file of extracts: numbers, texts, and lists or dicts as Python writes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.kernels.csv import MIXED, has_quotes
from swath.kernels.distinct import group_equal_texts
from swath.kernels.json import ARRAY, FALSE, GOOD, NULL, NUMBER, OBJECT, TRUE
from swath.kernels.literals import any_fraction, literals_to_json
from swath.kernels.number_lists import read_number_lists
from swath.panoptes.cells import CellType, column_of, conformed, joined
from swath.panoptes.decode import JsonColumn, Nodes
from swath.panoptes.literals import parse_literal, parse_number
from swath.panoptes.text import Fields, TextColumn
from swath.panoptes.values import text_column
from swath.tables import JSON

Mask = npt.NDArray[np.bool_]

_DEEPEST = 4
_OPENING = (ord("["), ord("{"))
_BOOLEANS = {"True": True, "False": False}


def parse_cells(texts: pa.Array) -> pa.Array:
    """Read a column of cells into values of one type; an empty cell is null."""
    cells = text_column(texts)
    there = ~cells.empty
    if not there.any():
        return pa.nulls(len(texts))
    if np.isin(cells.data[cells.offsets[:-1][there]], _OPENING).all():
        nested = _parse_nested(cells, there)
        if nested is not None:
            return nested
    encoded = cells.arrow(there).dictionary_encode()
    values = column_of([parse_cell(text) for text in encoded.dictionary.to_pylist()])
    return values.take(encoded.indices)


def parse_number_lists(fields: Fields) -> pa.Array | None:
    """Read a column of cells where they stand, if all are lists of plain numbers, or empty; None where they are not."""
    if (fields.styles == MIXED).any():
        return None
    read, offsets, values, fractions = read_number_lists(fields.data, fields.starts, fields.stops)
    if not read or not values.size:
        return None
    numbers = _typed(values, np.zeros(values.size, np.bool_), fractions=fractions)
    empty = fields.stops <= fields.starts
    return pa.LargeListArray.from_arrays(pa.array(offsets), numbers, mask=pa.array(empty) if empty.any() else None)


def distinct_texts(fields: Fields) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """The distinct texts of cells, which repeat much, and which of them each cell is; equal ones are found in place."""
    if (fields.styles == MIXED).any() or has_quotes(fields.data, fields.starts, fields.stops):
        return fields.texts().arrow(), np.arange(len(fields))
    firsts, places = group_equal_texts(fields.data, fields.starts, fields.stops)
    return fields.take(firsts).texts().arrow(), places


def parse_cell(text: str) -> Any:
    """Read one cell: a list, dict, number or truth value where it is one, else the text as it stands.

    What a number would not be written as, such as 007, is a text.
    """
    if "[" in text or "{" in text:
        return parse_literal(text)
    number = parse_number(text)
    return number if number is not None and str(number) == text else _BOOLEANS.get(text, text)


def _parse_nested(cells: TextColumn, there: Mask) -> pa.Array | None:
    """Read lists and dicts as JSON where that says the same, and the few others by themselves.

    None where their kinds are mixed, so that all have to be read by themselves.
    """
    offsets, data, same = literals_to_json(cells.data, cells.offsets)
    column = JsonColumn.parse(TextColumn(offsets, data))
    odd = np.flatnonzero(there & ~(same & (column.errors == GOOD)))
    nodes = column.roots.copy()
    nodes[odd] = -1
    values = _nested(column, nodes, 0)
    if values is None or odd.size == 0:
        return values
    others = column_of([parse_cell(cells.at(row)) for row in odd.tolist()])
    cell = joined(CellType.of_arrow(values.type), CellType.of_arrow(others.type))
    both = pa.concat_arrays([conformed(values, cell), conformed(others, cell)])
    places = np.arange(len(values))
    places[odd] = len(values) + np.arange(odd.size)
    return both.take(pa.array(places))


def _nested(column: JsonColumn, nodes: Nodes, depth: int) -> pa.Array | None:
    """The values of nodes that are all lists of one depth, or leaves of one kind; None where they are mixed."""
    empty = (nodes < 0) | column.are(nodes, NULL)
    if column.are(nodes[~empty], ARRAY).all() and not empty.all() and depth < _DEEPEST:
        owners, elements = column.elements(nodes)
        inner = _nested(column, elements, depth + 1)
        return None if inner is None else _listed(owners, inner, empty)
    return _leaves(column, nodes, empty)


def _listed(owners: npt.NDArray[np.int64], inner: pa.Array, empty: Mask) -> pa.Array:
    offsets = np.zeros(empty.size + 1, np.int64)
    np.cumsum(np.bincount(owners, minlength=empty.size), out=offsets[1:])
    return pa.LargeListArray.from_arrays(pa.array(offsets), inner, mask=pa.array(empty) if empty.any() else None)


def _leaves(column: JsonColumn, nodes: Nodes, empty: Mask) -> pa.Array | None:
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


def _numbers(column: JsonColumn, nodes: Nodes, empty: Mask) -> pa.Array:
    there = nodes[~empty]
    fractions = any_fraction(column.data, column.start[there], column.stop[there])
    return _typed(column.numbers(nodes), empty, fractions=fractions)


def _typed(values: npt.NDArray[np.float64], empty: Mask, *, fractions: bool) -> pa.Array:
    """Numbers as integers if all are written so, else as floats."""
    if not fractions and (np.abs(values[~empty]) < 2**53).all():
        return pa.array(np.where(empty, 0, values).astype(np.int64), mask=empty)
    return pa.array(values, mask=empty)
