"""Walking a tape of JSON values a whole column at a time: elements, members, fields by name."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.bits import AHEAD, fetch, read_word
from swath.kernels.compiled import compiled, compiled_borrowing
from swath.kernels.json import ARRAY, ESCAPED, OBJECT

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]
Nodes = npt.NDArray[np.int32]


@compiled
def list_elements(kind: npt.NDArray[np.uint8], following: Nodes, nodes: Nodes) -> tuple[Offsets, Nodes]:
    """List the elements of array nodes: whose they are (positions in ``nodes``) and which nodes. Others have none."""
    count = 0
    for p in range(nodes.size):
        if nodes[p] >= 0 and kind[nodes[p]] == ARRAY:
            child = nodes[p] + 1
            while child < following[nodes[p]]:
                count += 1
                child = following[child]
    owners = np.empty(count, np.int64)
    elements = np.empty(count, np.int32)
    o = 0
    for p in range(nodes.size):
        if nodes[p] >= 0 and kind[nodes[p]] == ARRAY:
            child = nodes[p] + 1
            while child < following[nodes[p]]:
                owners[o] = p
                elements[o] = child
                o += 1
                child = following[child]
    return owners, elements


@compiled
def list_members(kind: npt.NDArray[np.uint8], following: Nodes, nodes: Nodes) -> tuple[Offsets, Nodes]:
    """List the members of object nodes: whose they are (positions in ``nodes``) and their key nodes. Others have none.

    A member's value is the node after its key.
    """
    count = 0
    for p in range(nodes.size):
        if nodes[p] >= 0 and kind[nodes[p]] == OBJECT:
            child = nodes[p] + 1
            while child < following[nodes[p]]:
                count += 1
                child = following[child + 1]
    owners = np.empty(count, np.int64)
    keys = np.empty(count, np.int32)
    o = 0
    for p in range(nodes.size):
        if nodes[p] >= 0 and kind[nodes[p]] == OBJECT:
            child = nodes[p] + 1
            while child < following[nodes[p]]:
                owners[o] = p
                keys[o] = child
                o += 1
                child = following[child + 1]
    return owners, keys


@compiled
def match_names(data: Bytes, starts: Nodes, stops: Nodes, names: Bytes, bounds: Offsets) -> npt.NDArray[np.int16]:
    """Find each text, data[starts[i]:stops[i]], among names, names[bounds[k]:bounds[k + 1]]: k, or -1.

    Names are sorted by length.
    """
    out = np.empty(starts.size, np.int16)
    for t in range(starts.size):
        out[t] = _name_of(data, starts[t], stops[t], names, bounds)
    return out


@compiled_borrowing
def _name_of(data: Bytes, start: int, stop: int, names: Bytes, bounds: Offsets) -> int:
    length = stop - start
    for k in range(bounds.size - 1):
        size = bounds[k + 1] - bounds[k]
        if size < length:
            continue
        if size > length:
            break
        same = True
        for j in range(size):
            if data[start + j] != names[bounds[k] + j]:
                same = False
                break
        if same:
            return k
    return -1


@compiled_borrowing
def _same_text(data: Bytes, one: int, other: int, length: int) -> bool:
    if length <= 8 and max(one, other) + 8 <= data.size:
        beyond = np.uint64(8 * (8 - length))
        return length == 0 or (read_word(data, one) ^ read_word(data, other)) << beyond == 0
    for j in range(length):
        if data[one + j] != data[other + j]:
            return False
    return True


@compiled
def find_fields(
    data: Bytes,
    kind: npt.NDArray[np.uint8],
    start: Nodes,
    stop: Nodes,
    following: Nodes,
    nodes: Nodes,
    names: Bytes,
    bounds: Offsets,
) -> tuple[Nodes, npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Find the values of named fields in object nodes; of a repeated key the last counts.

    Gives value nodes of shape (names, nodes), -1 where missing; how many members of each object are none of the
    names; and whether an object has keys with escapes, which are not compared here. Names are sorted by length.

    The objects of a column mostly have the same keys in the same order, so a key is first compared with the key at
    the same place of the object before.
    """
    out = np.full((bounds.size - 1, nodes.size), -1, np.int32)
    others = np.zeros(nodes.size, np.int32)
    odd = np.zeros(nodes.size, np.bool_)
    places = 64
    last_start = np.zeros(places, np.int32)
    last_length = np.full(places, -1, np.int32)
    last_name = np.empty(places, np.int32)
    for p in range(nodes.size):
        fetch(data, start[nodes[min(p + AHEAD, nodes.size - 1)]])
        node = nodes[p]
        if node < 0 or kind[node] != OBJECT:
            continue
        key = node + 1
        end = following[node]
        place = 0
        while key < end:
            length = stop[key] - start[key]
            known = place < places and last_length[place] == length
            if known and _same_text(data, start[key], last_start[place], length):
                name = last_name[place]
            else:
                name = _name_of(data, start[key], stop[key], names, bounds)
                if place < places:
                    last_start[place] = start[key]
                    last_length[place] = length
                    last_name[place] = name
            if name >= 0:
                out[name, p] = key + 1
            else:
                others[p] += 1
                odd[p] |= kind[key] == ESCAPED
            place += 1
            key = following[key + 1]
    return out, others, odd


@compiled
def trim_keys(data: Bytes, starts: Nodes, stops: Nodes) -> tuple[Nodes, Nodes, npt.NDArray[np.bool_]]:
    """Take blanks off both ends of keys, then exclamation marks off the front.

    Gives new starts and stops, and whether a key begins or ends with a byte beyond ASCII, which may be a blank too.
    """
    begin = starts.copy()
    end = stops.copy()
    odd = np.zeros(starts.size, np.bool_)
    for t in range(starts.size):
        i, j = starts[t], stops[t]
        while i < j and (data[i] == 32 or 9 <= data[i] <= 13 or 28 <= data[i] <= 31):
            i += 1
        while j > i and (data[j - 1] == 32 or 9 <= data[j - 1] <= 13 or 28 <= data[j - 1] <= 31):
            j -= 1
        odd[t] = i < j and (data[i] >= 128 or data[j - 1] >= 128)
        while i < j and data[i] == 33:
            i += 1
        begin[t] = i
        end[t] = j
    return begin, end, odd
