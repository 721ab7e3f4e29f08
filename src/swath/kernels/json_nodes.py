"""What the nodes of a tape of JSON values are, and where their texts stand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled
from swath.kernels.json import ESCAPED, STRING

Kinds = npt.NDArray[np.uint8]
Nodes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]


@compiled
def are_of_kinds(kind: Kinds, nodes: Nodes, kinds: int) -> Mask:
    """Which nodes, of shape (nodes,), are of one of some kinds, given as bits: 1 << NUMBER | 1 << NULL."""
    out = np.empty(nodes.size, np.bool_)
    for p in range(nodes.size):
        out[p] = (kinds >> np.int64(kind[nodes[p]])) & 1
    return out


@compiled
def string_spans(kind: Kinds, start: Nodes, stop: Nodes, nodes: Nodes) -> tuple[Nodes, Nodes, Mask, Mask]:
    """Where the strings among nodes stand, without their quotes; other nodes have an empty span.

    Gives starts, stops, whether a string has escapes, and which nodes are strings.
    """
    starts = np.zeros(nodes.size, np.int32)
    stops = np.zeros(nodes.size, np.int32)
    escaped = np.zeros(nodes.size, np.bool_)
    strings = np.zeros(nodes.size, np.bool_)
    for p in range(nodes.size):
        found = kind[nodes[p]]
        if found == STRING or found == ESCAPED:
            starts[p], stops[p] = start[nodes[p]], stop[nodes[p]]
            escaped[p] = found == ESCAPED
            strings[p] = True
    return starts, stops, escaped, strings


@compiled
def value_spans(
    kind: Kinds, start: Nodes, stop: Nodes, nodes: Nodes, width: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Where the JSON texts of nodes begin and end, quotes of ``width`` bytes included; empty where none is there."""
    starts = np.zeros(nodes.size, np.int64)
    stops = np.zeros(nodes.size, np.int64)
    for p in range(nodes.size):
        if nodes[p] >= 0:
            quotes = width if kind[nodes[p]] == STRING or kind[nodes[p]] == ESCAPED else 0
            starts[p], stops[p] = start[nodes[p]] - quotes, stop[nodes[p]] + quotes
    return starts, stops
