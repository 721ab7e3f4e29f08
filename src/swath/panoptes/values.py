"""Answers in typed columns: text, number, list of texts, and JSON for what none of them holds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.kernels import json as kernel
from swath.kernels.times import format_times, parse_times
from swath.panoptes.decode import Floats, JsonColumn, Mask, Nodes
from swath.panoptes.text import TextColumn
from swath.tables import TEXT, TIME

_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"


def text_numbers(texts: pa.Array) -> Floats:
    """Read texts that are decimal numbers, blanks around allowed; NaN for others."""
    if texts.null_count == len(texts):
        return np.full(len(texts), np.nan)
    trimmed = pc.utf8_trim_whitespace(texts)
    numeric = pc.fill_null(pc.match_substring_regex(trimmed, _NUMBER), fill_value=False)
    plain = pc.if_else(numeric, trimmed, pa.scalar(None, TEXT))
    return pc.cast(plain, pa.float64()).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def text_column(texts: pa.Array) -> TextColumn:
    """Take an Arrow array of texts as offsets and bytes, null as empty."""
    array = pc.fill_null(texts, "").cast(TEXT)
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return TextColumn(bounds, np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8))


def times(texts: TextColumn) -> pa.Array:
    """Read times in UTC; null for what is no time."""
    values, good = parse_times(texts.data, texts.offsets)
    return pa.array(values, mask=~good).cast(TIME)


def time_texts(times: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Times as exports write them, such as 2024-02-23 16:17:42 UTC; null where there is none."""
    values = times.cast(pa.int64())
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    texts = format_times(pc.fill_null(values, 0).to_numpy())
    offsets = np.arange(len(values) + 1, dtype=np.int64) * texts.shape[1]
    return TextColumn(offsets, texts.ravel()).arrow(values.is_valid().to_numpy(zero_copy_only=False))


def list_array(owners: npt.NDArray[np.int64], items: pa.Array, valid: Mask) -> pa.Array:
    """Make an array of lists from items and the (ascending) positions that own them; null where not ``valid``."""
    offsets = np.zeros(valid.size + 1, np.int64)
    np.cumsum(np.bincount(owners, minlength=valid.size), out=offsets[1:])
    if not valid.size:
        return pa.array([], pa.large_list(items.type))
    return pa.LargeListArray.from_arrays(pa.array(offsets), items, mask=pa.array(~valid))


def scalar_texts(column: JsonColumn, nodes: Nodes) -> pa.Array:
    """The texts of strings, and numbers and truth values as they stand; null for null, lists and objects."""
    scalar = column.are(nodes, kernel.NUMBER, kernel.TRUE, kernel.FALSE)
    if not scalar.any():
        return column.texts(nodes)
    raw = column.raw(np.where(scalar, nodes, -1).astype(np.int32))
    return pc.coalesce(column.texts(nodes), raw)


def any_texts(column: JsonColumn, nodes: Nodes) -> pa.Array:
    """The texts of strings, and every other value as its JSON text; null for null."""
    other = ~column.are_text(nodes) & ~column.are(nodes, kernel.NULL)
    return pc.coalesce(column.texts(nodes), column.raw(np.where(other, nodes, -1).astype(np.int32)))


def typed_values(column: JsonColumn, nodes: Nodes) -> dict[str, pa.Array]:
    """Put values into value_text, value_number, value_list and value_json, each null where it does not fit.

    A list of plain values is a list of their texts; a list with anything else in it, an object, true and false are
    JSON.
    """
    texts = column.texts(nodes)
    numbers = np.where(column.are(nodes, kernel.NUMBER), column.numbers(nodes), text_numbers(texts))
    owners, elements = column.elements(nodes)
    plain = column.are(nodes, kernel.ARRAY)
    plain[owners[column.are(elements, kernel.OBJECT, kernel.ARRAY)]] = False
    kept = plain[owners]
    lists = list_array(owners[kept], scalar_texts(column, elements[kept]), plain)
    other = column.are(nodes, kernel.ARRAY, kernel.OBJECT, kernel.TRUE, kernel.FALSE) & ~plain
    return {
        "value_text": texts,
        "value_number": pa.array(numbers, from_pandas=True),
        "value_list": lists,
        "value_json": column.raw(np.where(other, nodes, -1).astype(np.int32)),
    }
