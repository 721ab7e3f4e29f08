"""JSON columns: parsed once into a tape, then walked a whole column at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.kernels import json as kernel
from swath.kernels import json_nodes, json_text, json_walk
from swath.kernels.csv import PLAIN, QUOTED, gather_fields
from swath.panoptes.text import Fields, TextColumn
from swath.tables import TEXT

Nodes = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

REASONS = {
    kernel.SYNTAX: "not JSON",
    kernel.BAD_STRING: "a broken string",
    kernel.TOO_DEEP: f"nested deeper than {kernel.MAX_DEPTH}",
    kernel.BAD_NUMBER: "NaN, Infinity or a broken number",
    kernel.CUT_OFF: "cut off",
}
"""Why a text is no JSON, in words."""


@dataclass(frozen=True)
class JsonColumn:
    """A column of JSON texts; a node is a value in it, -1 a value that is missing.

    ``width`` is 2 where every quote in the data is doubled, else 1. ``roots`` are the texts' outermost nodes, -1
    where a text is no JSON and ``errors`` says why.
    """

    data: npt.NDArray[np.uint8]
    width: int
    kind: npt.NDArray[np.uint8]
    start: Nodes
    stop: Nodes
    following: Nodes
    roots: Nodes
    errors: npt.NDArray[np.uint8]

    @classmethod
    def parse(cls, texts: TextColumn) -> JsonColumn:
        """Parse a column of texts."""
        return cls._parse(texts.data, texts.offsets[:-1], texts.offsets[1:], 1)

    @classmethod
    def parse_fields(cls, fields: Fields) -> JsonColumn:
        """Parse fields of a CSV file, where they stand if they are all in quotes."""
        if fields.all_doubled():
            return cls._parse(fields.data, fields.starts, fields.stops, 2)
        return cls.parse(fields.texts())

    @classmethod
    def _parse(cls, data: npt.NDArray[np.uint8], starts: Offsets, stops: Offsets, width: int) -> JsonColumn:
        capacity = kernel.count_nodes_at_most(starts, stops)
        return cls(data, width, *kernel.build_tape(data, starts, stops, width, capacity))

    def kinds(self, nodes: Nodes) -> npt.NDArray[np.uint8]:
        """The kinds of nodes, MISSING for those that are not there."""
        return self.kind[nodes]

    def are(self, nodes: Nodes, *kinds: int) -> Mask:
        """Which nodes are there and of one of the kinds."""
        flat = np.ascontiguousarray(nodes.ravel(), np.int32)
        return json_nodes.are_of_kinds(self.kind, flat, sum(1 << kind for kind in kinds)).reshape(nodes.shape)

    def are_text(self, nodes: Nodes) -> Mask:
        """Which nodes are strings."""
        return self.are(nodes, kernel.STRING, kernel.ESCAPED)

    def elements(self, nodes: Nodes) -> tuple[npt.NDArray[np.int64], Nodes]:
        """The elements of arrays: the position in ``nodes`` of each one's array, and the element's node."""
        return json_walk.list_elements(self.kind, self.following, nodes)

    def members(self, nodes: Nodes) -> tuple[npt.NDArray[np.int64], Nodes]:
        """The members of objects: the position in ``nodes`` of each one's object, and the key's node.

        The value's node is the one after the key's.
        """
        return json_walk.list_members(self.kind, self.following, nodes)

    def fields(self, nodes: Nodes, names: Sequence[str]) -> dict[str, Nodes]:
        """The value nodes of named fields in objects; of a repeated key the last counts."""
        return self.fields_and_others(nodes, names)[0]

    def fields_and_others(self, nodes: Nodes, names: Sequence[str]) -> tuple[dict[str, Nodes], npt.NDArray[np.int32]]:
        """The value nodes of named fields in objects, and how many members of each object are none of them."""
        ordered, text, bounds = _name_table(tuple(names))
        found, others, odd = json_walk.find_fields(
            self.data, self.kind, self.start, self.stop, self.following, nodes, text, bounds
        )
        if odd.any():
            self._find_escaped(nodes, np.flatnonzero(odd), ordered, found)
        return {name: found[place] for place, name in enumerate(ordered)}, others

    def _find_escaped(self, nodes: Nodes, places: npt.NDArray[np.int64], ordered: Sequence[str], found: Nodes) -> None:
        """Look again through the few objects that have keys with escapes."""
        owners, keys = self.members(nodes[places])
        where = {name: place for place, name in enumerate(ordered)}
        for owner, key, name in zip(owners, keys, self.texts(keys).to_pylist(), strict=True):
            if name in where:
                found[where[name], places[owner]] = key + 1

    def match_spans(self, starts: Nodes, stops: Nodes, names: Sequence[str]) -> dict[str, Mask]:
        """Which spans of the data are each of the names."""
        ordered, text, bounds = _name_table(tuple(names))
        matched = json_walk.match_names(self.data, starts, stops, text, bounds)
        return {name: matched == place for place, name in enumerate(ordered)}

    def texts(self, nodes: Nodes) -> pa.Array:
        """The texts of strings, escapes decoded; null for other nodes."""
        if _none_there(nodes):
            return pa.nulls(nodes.size, TEXT)
        flat = np.ascontiguousarray(nodes, np.int32)
        starts, stops, escaped, strings = json_nodes.string_spans(self.kind, self.start, self.stop, flat)
        copied = json_text.gather_strings(self.data, starts, stops, escaped, self.width)
        return TextColumn(*copied).arrow(strings)

    def raw(self, nodes: Nodes) -> pa.Array:
        """The JSON texts of nodes as they stand; null for missing ones."""
        if _none_there(nodes):
            return pa.nulls(nodes.size, TEXT)
        flat = np.ascontiguousarray(nodes, np.int32)
        starts, stops = json_nodes.value_spans(self.kind, self.start, self.stop, flat, self.width)
        style = PLAIN if self.width == 1 else QUOTED
        copied = gather_fields(self.data, starts, stops, np.full(nodes.size, style, np.uint8))
        return TextColumn(*copied).arrow(nodes >= 0)

    def numbers(self, nodes: Nodes) -> Floats:
        """The values of numbers, correctly rounded; NaN for other nodes. Their shape is (rows,) or (fields, rows)."""
        if _none_there(nodes):
            return np.full(nodes.shape, np.nan)
        shaped = nodes if nodes.ndim == 2 else nodes.reshape(1, -1)
        values, left = json_text.parse_numbers(self.data, self.kind, self.start, self.stop, shaped)
        if left.any():
            rest = shaped[left]
            spans = TextColumn(*json_text.gather_spans(self.data, self.start[rest], self.stop[rest]))
            values[left] = pc.cast(spans.arrow(), pa.float64()).to_numpy(zero_copy_only=False)
        return values.reshape(nodes.shape)

    def booleans(self, nodes: Nodes) -> pa.Array:
        """The values of true and false; null for other nodes."""
        if _none_there(nodes):
            return pa.nulls(nodes.size, pa.bool_())
        return pa.array(self.are(nodes, kernel.TRUE), mask=~self.are(nodes, kernel.TRUE, kernel.FALSE))


def _none_there(nodes: Nodes) -> bool:
    """Whether all nodes are missing, as those of most fields that some project may have."""
    return not nodes.size or bool(nodes.max() < 0)


@lru_cache(maxsize=64)
def _name_table(
    names: tuple[str, ...],
) -> tuple[tuple[str, ...], npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Sort names by length, as the kernels want them: the names, their bytes and bounds."""
    ordered = tuple(sorted(names, key=lambda name: (len(name.encode()), name)))
    encoded = [name.encode() for name in ordered]
    bounds = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(name) for name in encoded], out=bounds[1:])
    return ordered, np.frombuffer(b"".join(encoded), np.uint8), bounds
