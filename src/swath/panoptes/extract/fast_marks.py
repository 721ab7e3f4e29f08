"""Extracts of drawn marks, a whole chunk at once.

Rows whose marks are all regular (a tool, a frame, every parameter a number) are read from the parsed JSON; any other
row takes the path that reads a classification by itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.kernels.json import ARRAY, NUMBER, OBJECT
from swath.panoptes.cells import CellType, array_of
from swath.panoptes.decode import JsonColumn, Nodes
from swath.panoptes.extract.distinct import UNREADABLE
from swath.panoptes.extract.model import Classification
from swath.panoptes.extract.run import PreparedExtractor
from swath.panoptes.extract.settings import Entry
from swath.panoptes.extract.tasks import Annotations
from swath.panoptes.shapes import SHAPES

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_PARAMETERS = {
    "point_extractor": SHAPES["point"],
    "point_extractor_by_frame": SHAPES["point"],
    "rectangle_extractor": SHAPES["rectangle"],
}
_KEYWORDS = {"task", "tools", "details", "shape"}
_MOST = 1 << 20
_DETAILS = CellType(1, "json")


@dataclass(frozen=True)
class Marks:
    """Regular marks: of each the position of its classification, tool, frame, parameters and node of its details."""

    owners: Rows
    tools: Rows
    frames: Rows
    values: npt.NDArray[np.float64]
    details: Nodes

    def only(self, chosen: Mask | Rows) -> Marks:
        """Some of the marks."""
        return Marks(
            self.owners[chosen], self.tools[chosen], self.frames[chosen], self.values[chosen], self.details[chosen]
        )


def parameters_of(entry: Entry) -> tuple[str, ...] | None:
    """The parameters of an entry's marks; None where the entry cannot be read a chunk at once."""
    if not set(entry.keywords) <= _KEYWORDS or any("_toolIndex" in key for key in entry.keywords.get("details") or ()):
        return None
    if "shape_extractor" in entry.key:
        return SHAPES.get(entry.keywords.get("shape", ""))
    return _PARAMETERS.get(entry.key)


def read_marks(entry: Entry, annotations: Annotations, parameters: tuple[str, ...]) -> tuple[Marks, Mask]:
    """Read the marks of an entry, and say which rows are odd and must be read by themselves."""
    column = annotations.column
    owners, nodes = annotations.of_task(entry.task)
    found = column.fields(nodes, ["task", "taskType", "value"])
    odd = np.zeros(annotations.count, np.bool_)
    whole = column.match_spans(*_spans(column, found["task"]), [entry.task])[entry.task]
    odd[owners[~whole | (found["taskType"] >= 0) | ~column.are(found["value"], ARRAY)]] = True
    annotation, marks = column.elements(found["value"])
    owners = owners[annotation]
    fields = column.fields(marks, ["tool", "toolIndex", "frame", "details", *parameters])
    places = np.stack([fields["tool"], fields["frame"], *(fields[name] for name in parameters)], axis=1)
    regular = column.are(marks, OBJECT) & (fields["toolIndex"] < 0)
    regular &= column.are(places.ravel(), NUMBER).reshape(places.shape).all(axis=1)
    numbers = column.numbers(places)
    indices = np.nan_to_num(numbers[:, :2], nan=-1)
    regular &= ((indices == np.rint(indices)) & (indices >= 0) & (indices < _MOST)).all(axis=1)
    odd[owners[~regular]] = True
    read = Marks(
        owners, indices[:, 0].astype(np.int64), indices[:, 1].astype(np.int64), numbers[:, 2:], fields["details"]
    )
    tools = entry.keywords.get("tools")
    wanted = ~odd[owners] if tools is None else ~odd[owners] & np.isin(read.tools, tools)
    return read.only(wanted), odd


def _spans(column: JsonColumn, nodes: Nodes) -> tuple[Nodes, Nodes]:
    return column.start[nodes], column.stop[nodes]


def mark_columns(
    extractor: PreparedExtractor, entry: Entry, marks: Marks, parameters: tuple[str, ...], annotations: Annotations
) -> tuple[dict[str, pa.Array], Rows]:
    """Make the columns of marks, lists by frame and tool, shape (rows,); and the rows whose details are odd."""
    details, odd = _details(extractor, entry, marks, parameters, annotations.column)
    rows = annotations.count
    pairs = marks.frames * _MOST + marks.tools
    distinct, first = np.unique(pairs, return_index=True)
    columns: dict[str, pa.Array] = {}
    for pair in distinct[np.argsort(first)]:
        chosen = np.flatnonzero(pairs == pair)
        frame, tool = divmod(int(pair), _MOST)
        prefix = "" if entry.key == "point_extractor" else f"frame{frame}."
        prefix += f"{entry.task}_tool{tool}_"
        for number, name in enumerate(parameters):
            columns[prefix + name] = _listed(_numbers(marks.values[chosen, number]), marks.owners[chosen], rows)
        if tool in details:
            columns[prefix + "details"] = _listed(details[tool].take(pa.array(chosen)), marks.owners[chosen], rows)
    return columns, odd


def _listed(values: pa.Array, owners: Rows, rows: int) -> pa.Array:
    """Lists by owner, null for rows that own nothing; the owners ascend."""
    counts = np.bincount(owners, minlength=rows)
    offsets = np.zeros(rows + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    return pa.LargeListArray.from_arrays(pa.array(offsets), values, mask=pa.array(counts == 0))


def _numbers(values: npt.NDArray[np.float64]) -> pa.Array:
    """Numbers as integers if all are whole, else as floats."""
    if (values == np.rint(values)).all() and (np.abs(values) < 2**53).all():
        return pa.array(values.astype(np.int64))
    return pa.array(values)


def _details(
    extractor: PreparedExtractor, entry: Entry, marks: Marks, parameters: tuple[str, ...], column: JsonColumn
) -> tuple[dict[int, pa.Array], Rows]:
    """The sub-task extracts of all marks by tool, shape (marks,); and the rows whose details are odd.

    Each distinct text of details is read once, by the extractor itself, in a mark made up for it.
    """
    found: dict[int, pa.Array] = {}
    odd = []
    for tool in np.unique(marks.tools).tolist():
        if f"{entry.task}_tool{tool}" not in (entry.keywords.get("details") or {}):
            continue
        chosen = np.flatnonzero(marks.tools == tool)
        encoded = column.raw(marks.details[chosen]).dictionary_encode()
        read = [_one_detail(extractor, entry.task, tool, parameters, text) for text in encoded.dictionary.to_pylist()]
        bad = np.array([each is None for each in read], np.bool_)
        codes = encoded.indices.fill_null(len(read)).to_numpy()
        odd.append(marks.owners[chosen[np.append(bad, True)[codes]]])
        places = np.full(marks.owners.size, len(read), np.int64)
        places[chosen] = codes
        found[tool] = array_of([*(each or [] for each in read), []], _DETAILS).take(pa.array(places))
    return found, np.concatenate(odd) if odd else np.empty(0, np.int64)


def _one_detail(
    extractor: PreparedExtractor, task: str, tool: int, parameters: tuple[str, ...], details: str
) -> list[Any] | None:
    """The extracts of one mark's details, None where they cannot be read."""
    mark = {"tool": tool, "frame": 0, **dict.fromkeys(parameters, 0), "details": json.loads(details)}
    try:
        (extract,) = extractor.extract(Classification({task: [{"task": task, "value": [mark]}]}))
    except UNREADABLE:
        return None
    frame = extract.get("frame0", {})
    listed = frame.get(f"{task}_tool{tool}_details") if isinstance(frame, Mapping) else None
    return list(listed[0]) if listed else None
