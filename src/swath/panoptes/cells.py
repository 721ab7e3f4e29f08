"""Cells of extracts and reductions: values of any shape in Arrow columns of one type each.

A column's type is a depth of lists and a kind of leaf. Leaves that are dicts, or of mixed kinds, stand as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pyarrow as pa

from swath.tables import BOOL, FLOAT64, INT64, JSON, TEXT

_LEAVES = {"null": pa.null(), "bool": BOOL, "int": INT64, "float": FLOAT64, "text": TEXT, "json": JSON}
_KINDS = {bool: "bool", float: "float", str: "text", type(None): "null"}
_LONGEST_INT = 2**63


@dataclass(frozen=True)
class CellType:
    """The type of a column: ``depth`` lists around leaves of kind null, bool, int, float, text or json."""

    depth: int
    leaf: str

    @property
    def arrow(self) -> pa.DataType:
        """The type in Arrow."""
        dtype = _LEAVES[self.leaf]
        for _ in range(self.depth):
            dtype = pa.large_list(dtype)
        return dtype

    @classmethod
    def of_arrow(cls, dtype: pa.DataType) -> CellType:
        """The cell type of an Arrow type; raises KeyError for one that no cells have."""
        depth = 0
        while pa.types.is_large_list(dtype) or pa.types.is_list(dtype):
            dtype, depth = dtype.value_type, depth + 1
        return cls(depth, {leaf: name for name, leaf in _LEAVES.items()}[dtype])


NOTHING = CellType(0, "null")
ANYTHING = CellType(0, "json")


def joined(one: CellType, other: CellType) -> CellType:
    """The narrowest type that holds the values of both."""
    for inner, outer in ((one, other), (other, one)):
        if inner.leaf == "null" and inner.depth <= outer.depth:
            return outer
    if one.depth != other.depth:
        return ANYTHING
    if one.leaf == other.leaf:
        return one
    numbers = {one.leaf, other.leaf} == {"int", "float"}
    return CellType(one.depth, "float" if numbers else "json")


def type_of(value: Any) -> CellType:
    """The type of one value; raises TypeError for one that JSON does not have."""
    if isinstance(value, list | tuple):
        inner = reduce(joined, map(type_of, value), NOTHING)
        return CellType(inner.depth + 1, inner.leaf)
    if isinstance(value, Mapping):
        return ANYTHING
    if isinstance(value, int) and not isinstance(value, bool):
        return CellType(0, "int" if -_LONGEST_INT <= value < _LONGEST_INT else "json")
    kind = _KINDS.get(type(value))
    if kind is None:
        raise TypeError(f"a value of type {type(value).__name__} cannot stand in a column")
    return CellType(0, kind)


def column_of(values: Sequence[Any]) -> pa.Array:
    """Make the column of some values, None where there is none."""
    return array_of(values, reduce(joined, map(type_of, values), NOTHING))


def array_of(values: Iterable[Any], cell: CellType) -> pa.Array:
    """Make a column of a type that holds all values."""
    if cell.leaf == "json":
        values = [_as_json(value, cell.depth) for value in values]
    return pa.array(values, cell.arrow)


def _as_json(value: Any, depth: int) -> Any:
    if value is None:
        return None
    if depth:
        return [_as_json(item, depth - 1) for item in value]
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def values_of(column: pa.Array | pa.ChunkedArray) -> list[Any]:
    """The values of a column, JSON leaves decoded."""
    cell = CellType.of_arrow(column.type)
    values: list[Any] = column.to_pylist()
    if cell.leaf != "json":
        return values
    texts = list(_leaves(values, cell.depth))
    decoded = iter(json.loads(f"[{','.join(texts)}]"))
    return [_replaced(value, cell.depth, decoded) for value in values]


def _leaves(values: Iterable[Any], depth: int) -> Iterator[Any]:
    """The leaves of nested lists that are there, in order."""
    for value in values:
        if value is not None and depth:
            yield from _leaves(value, depth - 1)
        elif value is not None:
            yield value


def _replaced(value: Any, depth: int, leaves: Iterator[Any]) -> Any:
    """A nested list with other leaves, taken in order."""
    if value is None:
        return None
    return [_replaced(item, depth - 1, leaves) for item in value] if depth else next(leaves)


def conformed(column: pa.Array | pa.ChunkedArray, cell: CellType) -> pa.Array | pa.ChunkedArray:
    """A column in a type that is at least as wide as its own."""
    if column.type == cell.arrow:
        return column
    own = CellType.of_arrow(column.type)
    if own.leaf != "null" and cell.leaf == "json":
        return array_of(values_of(column), cell)
    if own.depth == cell.depth:
        return column.cast(cell.arrow)
    return array_of(values_of(column), cell)
