"""The subject_data of a Planet Four classification: which tile of which observation it shows.

Keys may have blanks and exclamation marks before them; of two spellings of a key the later counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.kernels import json as kernel
from swath.kernels.json_walk import trim_keys
from swath.panoptes.decode import Floats, JsonColumn, Mask, Nodes

Rows = npt.NDArray[np.int64]

_NAMES = ("old_planet_four_id", "P4_subject_id", "hirise_image_id", "x_tile", "y_tile")


@dataclass(frozen=True)
class Tiles:
    """What each distinct subject_data says, shape (distinct,).

    ``groups``, shape (classifications,), says which of them each classification has. Texts are null and numbers NaN
    where missing. ``problems`` are the classifications that cannot be read,
    with why.
    """

    subject_id: Rows
    image_id: pa.Array
    image_name: pa.Array
    x_tile: Floats
    y_tile: Floats
    groups: Rows
    problems: list[tuple[Rows, str, str]]


def read_tiles(subject_data: JsonColumn, groups: Rows) -> Tiles:
    """Read the tiles of distinct subject_data; ``groups`` says which of them each classification has."""
    problems: list[tuple[Rows, str, str]] = []
    subject_id, inner = _first_subject(subject_data, problems)
    fields = _trimmed_fields(subject_data, inner, _NAMES)
    image_id = _first_true(subject_data, fields["old_planet_four_id"], fields["P4_subject_id"])
    for name, nodes in (("tile id", image_id), ("hirise_image_id", fields["hirise_image_id"])):
        wrong = (nodes >= 0) & ~subject_data.are_text(nodes) & ~subject_data.are(nodes, kernel.NULL)
        problems.append((np.flatnonzero(wrong), "bad subject_data", f"the {name} is not a text"))
    return Tiles(
        subject_id,
        subject_data.texts(image_id),
        subject_data.texts(fields["hirise_image_id"]),
        _whole_numbers(subject_data, fields["x_tile"], "x_tile", problems),
        _whole_numbers(subject_data, fields["y_tile"], "y_tile", problems),
        groups,
        [(_members(groups, distinct), reason, detail) for distinct, reason, detail in problems],
    )


def _members(groups: Rows, distinct: Rows) -> Rows:
    """The classifications whose subject_data is among some of the distinct ones."""
    chosen = np.zeros(groups.max(initial=-1) + 1, np.bool_)
    chosen[distinct] = True
    return np.flatnonzero(chosen[groups])


def _first_subject(subject_data: JsonColumn, problems: list[tuple[Rows, str, str]]) -> tuple[Rows, Nodes]:
    """Find the first subject of each object: its id, and the node of what is said of it."""
    owners, keys = subject_data.members(subject_data.roots)
    first = np.flatnonzero(np.diff(owners, prepend=-1))
    has = np.zeros(subject_data.roots.size, np.bool_)
    has[owners[first]] = True
    good = subject_data.errors == kernel.GOOD
    problems.append((np.flatnonzero(good & ~has), "bad subject_data", "no subject"))
    texts = subject_data.texts(keys)
    same = pc.equal(texts, texts.take(pa.array(first[np.searchsorted(owners[first], owners)])))
    last = np.full(has.size, -1, np.int32)
    last[owners[same.to_numpy(zero_copy_only=False)]] = keys[same.to_numpy(zero_copy_only=False)] + 1
    names = texts.take(pa.array(first))
    canonical = pc.match_substring_regex(names, r"^(0|-?[1-9][0-9]{0,17})$").to_numpy(zero_copy_only=False)
    ids = np.zeros(has.size, np.int64)
    ids[owners[first][canonical]] = pc.cast(names.filter(pa.array(canonical)), pa.int64()).to_numpy()
    problems.append((owners[first][~canonical], "bad subject_data", "the subject id is not a number"))
    wrong = has & ~subject_data.are(last, kernel.OBJECT)
    problems.append((np.flatnonzero(wrong), "bad subject_data", "the subject is not an object"))
    return ids, last


def _trimmed_fields(column: JsonColumn, nodes: Nodes, names: Sequence[str]) -> dict[str, Nodes]:
    """Find values by key, keys cleaned as Python's ``key.strip().lstrip("!")`` does."""
    owners, keys = column.members(nodes)
    starts, stops, odd = trim_keys(column.data, column.start[keys], column.stop[keys])
    matched = column.match_spans(starts, stops, names)
    odd = odd | column.are(keys, kernel.ESCAPED)
    for place, key in zip(np.flatnonzero(odd), column.texts(keys[odd]).to_pylist(), strict=True):
        for name in names:
            matched[name][place] = key.strip().lstrip("!") == name
    found = {}
    for name in names:
        values = np.full(nodes.size, -1, np.int32)
        values[owners[matched[name]]] = keys[matched[name]] + 1
        found[name] = values
    return found


def _first_true(column: JsonColumn, one: Nodes, other: Nodes) -> Nodes:
    """Choose as Python's ``one or other`` does: null, false, 0 and what is empty count as false."""
    return np.where((one >= 0) & ~_is_false(column, one), one, other).astype(np.int32)


def _is_false(column: JsonColumn, nodes: Nodes) -> Mask:
    hollow = column.following[nodes] == nodes + 1
    no_text = column.stop[nodes] == column.start[nodes]
    false: Mask = (
        column.are(nodes, kernel.NULL, kernel.FALSE)
        | (column.are(nodes, kernel.NUMBER) & (column.numbers(nodes) == 0))
        | (column.are_text(nodes) & no_text)
        | (column.are(nodes, kernel.OBJECT, kernel.ARRAY) & hollow)
    )
    return false


def _whole_numbers(column: JsonColumn, nodes: Nodes, name: str, problems: list[tuple[Rows, str, str]]) -> Floats:
    """Read values as Python's ``int`` does: numbers cut to whole ones, texts of digits; null and missing are NaN."""
    values = np.trunc(column.numbers(nodes))
    values[column.are(nodes, kernel.TRUE)] = 1
    values[column.are(nodes, kernel.FALSE)] = 0
    is_text = column.are_text(nodes)
    texts = column.texts(nodes[is_text])
    plain = pc.match_substring_regex(texts, r"^[0-9]{1,15}$").to_numpy(zero_copy_only=False)
    read = np.full(len(texts), np.nan)
    read[plain] = pc.cast(texts.filter(pa.array(plain)), pa.float64()).to_numpy()
    for place in np.flatnonzero(~plain):
        read[place] = _python_int(texts[int(place)].as_py())
    values[is_text] = read
    wrong = (is_text & np.isnan(values)) | np.isinf(values) | column.are(nodes, kernel.OBJECT, kernel.ARRAY)
    problems.append((np.flatnonzero(wrong), "bad subject_data", f"{name} is not a whole number"))
    return values


def _python_int(text: str) -> float:
    try:
        return float(int(text))
    except (ValueError, OverflowError):
        return np.nan
