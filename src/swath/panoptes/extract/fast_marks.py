"""Extracts of drawn marks, a whole chunk at once.

Rows whose marks are all regular (a tool, a frame, every parameter a number) are read from the parsed JSON, those of
either classifier; any other row takes the path that reads a classification by itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.panoptes.cells import CellType, array_of
from swath.panoptes.decode import JsonColumn
from swath.panoptes.extract.distinct import UNREADABLE
from swath.panoptes.extract.fast_answers import Found, answer_columns
from swath.panoptes.extract.model import Classification
from swath.panoptes.extract.regular_marks import ALL_FRAMES, Answers, Marks
from swath.panoptes.extract.run import PreparedExtractor
from swath.panoptes.extract.settings import Entry
from swath.panoptes.extract.tasks import Annotations

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_DETAILS = CellType(1, "json")


def mark_columns(
    extractor: PreparedExtractor,
    entry: Entry,
    marks: Marks,
    answers: Answers,
    parameters: tuple[str, ...],
    annotations: Annotations,
) -> tuple[dict[str, pa.Array], Rows]:
    """Make the columns of marks, lists by frame and tool, shape (rows,); and the rows whose details are odd."""
    details, odd = _details(extractor, entry, marks, parameters, annotations.column)
    answered, unanswered = answer_columns(extractor, entry, marks, answers, parameters, annotations)
    found: list[Found] = []
    places = marks.places
    framed = entry.key != ALL_FRAMES
    for place in np.unique(places):
        chosen = np.flatnonzero(places == place)
        first, owners = int(chosen[0]), marks.owners[chosen]
        tool = f"tool{'Index' if marks.second[first] else ''}{marks.tools[first]}"
        prefix = f"frame{marks.frames[first]}." if framed else ""
        prefix += f"{entry.task}_{tool}_"
        for number, name in enumerate(parameters):
            found.append((first, prefix + name, annotations.listed(_numbers(marks.values[chosen, number]), owners)))
        if marks.tools[first] in details and not marks.second[first]:
            column = details[int(marks.tools[first])].take(pa.array(chosen))
            found.append((first, prefix + "details", annotations.listed(column, owners)))
    return _in_order(marks, found + answered), np.concatenate([odd, unanswered])


def _in_order(marks: Marks, found: Sequence[Found]) -> dict[str, pa.Array]:
    """Columns as they come up when one classification is read after the other, frame by frame."""
    first = np.array([number for number, _, _ in found], np.int64)
    owners = marks.owners[first]
    starts = np.searchsorted(marks.owners, owners)
    frames = [
        start + np.argmax(marks.frames[start : number + 1] == marks.frames[number])
        for start, number in zip(starts.tolist(), first.tolist(), strict=True)
    ]
    order = np.lexsort((first, np.array(frames, np.int64), owners))
    return {found[place][1]: found[place][2] for place in order.tolist()}


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
    for tool in np.unique(marks.tools[~marks.second]).tolist():
        if f"{entry.task}_tool{tool}" not in (entry.keywords.get("details") or {}):
            continue
        chosen = np.flatnonzero((marks.tools == tool) & ~marks.second)
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
