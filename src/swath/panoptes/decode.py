"""JSON columns: parsed once into a tape, then walked a whole column at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from swath.kernels import json as kernel
from swath.panoptes.text import TextColumn

Nodes = npt.NDArray[np.int32]
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

MISSING = 255
"""The kind of a node that is not there."""


@dataclass(frozen=True)
class JsonColumn:
    """A column of JSON texts; a node is a value in it, -1 a value that is missing.

    ``roots`` are the texts' outermost nodes, -1 where a text is no JSON and ``errors`` says why.
    """

    data: npt.NDArray[np.uint8]
    kind: npt.NDArray[np.uint8]
    start: Nodes
    stop: Nodes
    following: Nodes
    roots: Nodes
    errors: npt.NDArray[np.uint8]

    @classmethod
    def parse(cls, texts: TextColumn) -> JsonColumn:
        """Parse a column of texts."""
        capacity = kernel.count_nodes_at_most(texts.data, len(texts))
        return cls(texts.data, *kernel.build_tape(texts.data, texts.offsets, capacity))

    def kinds(self, nodes: Nodes) -> npt.NDArray[np.uint8]:
        """The kinds of nodes, MISSING for those that are not there."""
        if not self.kind.size:
            return np.full(nodes.size, MISSING, np.uint8)
        return np.where(nodes >= 0, self.kind[nodes], MISSING).astype(np.uint8)

    def are(self, nodes: Nodes, *kinds: int) -> Mask:
        """Which nodes are there and of one of the kinds."""
        return np.isin(self.kinds(nodes), kinds)

    def are_text(self, nodes: Nodes) -> Mask:
        """Which nodes are strings."""
        return self.are(nodes, kernel.STRING, kernel.ESCAPED)

    def elements(self, nodes: Nodes) -> tuple[npt.NDArray[np.int64], Nodes]:
        """The elements of arrays: the position in ``nodes`` of each one's array, and the element's node."""
        return kernel.list_elements(self.kind, self.following, nodes)  # type: ignore[no-any-return]

    def members(self, nodes: Nodes) -> tuple[npt.NDArray[np.int64], Nodes]:
        """The members of objects: the position in ``nodes`` of each one's object, and the key's node.

        The value's node is the one after the key's.
        """
        return kernel.list_members(self.kind, self.following, nodes)  # type: ignore[no-any-return]

    def fields(self, nodes: Nodes, names: Sequence[str]) -> dict[str, Nodes]:
        """The value nodes of named fields in objects; of a repeated key the last counts."""
        ordered, text, bounds = _name_table(tuple(names))
        found, odd = kernel.find_fields(
            self.data, self.kind, self.start, self.stop, self.following, nodes, text, bounds
        )
        if odd.any():
            self._find_escaped(nodes, np.flatnonzero(odd), ordered, found)
        return {name: found[place] for place, name in enumerate(ordered)}

    def _find_escaped(
        self, nodes: Nodes, places: npt.NDArray[np.int64], ordered: Sequence[str], found: Nodes
    ) -> None:
        """Look again through the few objects that have keys with escapes."""
        owners, keys = self.members(nodes[places])
        where = {name: place for place, name in enumerate(ordered)}
        for owner, key, name in zip(owners, keys, self.texts(keys).to_pylist(), strict=True):
            if name in where:
                found[where[name], places[owner]] = key + 1

    def match_keys(self, keys: Nodes, names: Sequence[str], starts: Nodes, stops: Nodes) -> dict[str, Mask]:
        """Which keys, their texts within ``starts`` and ``stops``, are each of the names."""
        ordered, text, bounds = _name_table(tuple(names))
        matched = kernel.match_names(self.data, starts, stops, text, bounds)
        return {name: matched == place for place, name in enumerate(ordered)}

    def texts(self, nodes: Nodes) -> pa.Array:
        """The texts of strings, escapes decoded; null for other nodes."""
        valid = self.are_text(nodes)
        places = np.where(valid, nodes, 0)
        starts = np.where(valid, self._at(self.start, places), 0).astype(np.int32)
        stops = np.where(valid, self._at(self.stop, places), 0).astype(np.int32)
        escaped = self.are(nodes, kernel.ESCAPED)
        return TextColumn(*kernel.gather_strings(self.data, starts, stops, escaped)).arrow(valid)

    def raw(self, nodes: Nodes) -> pa.Array:
        """The JSON texts of nodes as they stand; null for missing ones."""
        valid = nodes >= 0
        quotes = self.are_text(nodes).astype(np.int32)
        places = np.where(valid, nodes, 0)
        starts = np.where(valid, self._at(self.start, places) - quotes, 0).astype(np.int32)
        stops = np.where(valid, self._at(self.stop, places) + quotes, 0).astype(np.int32)
        return TextColumn(*kernel.gather_spans(self.data, starts, stops)).arrow(valid)

    def numbers(self, nodes: Nodes) -> Floats:
        """The values of numbers, correctly rounded; NaN for other nodes. Takes and gives any shape."""
        flat = nodes.ravel()
        places = np.flatnonzero(self.are(flat, kernel.NUMBER))
        found = flat[places]
        spans = TextColumn(*kernel.gather_spans(self.data, self.start[found], self.stop[found]))
        values = np.full(flat.size, np.nan)
        values[places] = pc.cast(spans.arrow(), pa.float64()).to_numpy(zero_copy_only=False)
        return values.reshape(nodes.shape)

    def booleans(self, nodes: Nodes) -> pa.Array:
        """The values of true and false; null for other nodes."""
        kinds = self.kinds(nodes)
        known = (kinds == kernel.TRUE) | (kinds == kernel.FALSE)
        return pa.array(kinds == kernel.TRUE, mask=~known)

    def _at(self, bounds: Nodes, places: Nodes) -> Nodes:
        return bounds[places] if bounds.size else np.zeros(places.size, np.int32)


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
