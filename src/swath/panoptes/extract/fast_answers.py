"""Answers to the sub-tasks of marks as the second classifier keeps them, found for the marks of a whole chunk at once.

A mark names its sub-tasks; the answers are annotations that name the sub-task and the number of the mark.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.kernels.json import ARRAY, OBJECT
from swath.panoptes.cells import CellType, array_of
from swath.panoptes.decode import JsonColumn
from swath.panoptes.extract.distinct import UNREADABLE
from swath.panoptes.extract.drawings import subtask_name
from swath.panoptes.extract.model import Classification
from swath.panoptes.extract.regular_marks import Answers, Marks
from swath.panoptes.extract.run import PreparedExtractor
from swath.panoptes.extract.settings import Entry
from swath.panoptes.extract.tasks import Annotations

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Found = tuple[int, str, pa.Array]
"""A column: the first mark that it tells of, its name, its lists by classification."""

_SUBTASK = re.compile(r"[^.]+\.\d+\.\d+")
_ANSWERS = CellType(0, "json")


@dataclass(frozen=True)
class _Asked:
    """The sub-tasks that marks name: the position of each one's mark, and its task's code among ``tasks``."""

    marks: Rows
    codes: Rows
    tasks: list[str]


def answer_columns(
    extractor: PreparedExtractor,
    entry: Entry,
    marks: Marks,
    answers: Answers,
    parameters: tuple[str, ...],
    annotations: Annotations,
) -> tuple[list[Found], Rows]:
    """Make the columns of answers, and give the rows that are odd."""
    details, column = entry.keywords.get("details"), annotations.column
    if details is None or not marks.second.any():
        return [], np.empty(0, np.int64)
    asked, odd = _asked(marks, details, column)
    found = _found(asked, marks, answers, column)
    odd = np.append(odd, marks.owners[asked.marks[found < 0]])
    texts = column.raw(np.where(found < 0, -1, answers.nodes[found] if answers.nodes.size else -1).astype(np.int32))
    encoded = pc.fill_null(texts, "").dictionary_encode()
    said, texts = encoded.indices.to_numpy().astype(np.int64), encoded.dictionary.to_pylist()
    pairs, codes = np.unique(asked.codes * max(len(texts), 1) + said, return_inverse=True)
    read = [
        _one_answer(extractor, entry, asked.tasks[pair // len(texts)], texts[pair % len(texts)], parameters)
        for pair in pairs.tolist()
    ]
    bad = np.array([each is None for each in read], np.bool_)
    odd = np.append(odd, marks.owners[asked.marks[bad[codes]]])
    values = array_of([each[0] if each else None for each in read], _ANSWERS).take(pa.array(codes))
    return _columns(values, asked, marks, annotations), odd


def _asked(marks: Marks, details: Mapping[str, Any], column: JsonColumn) -> tuple[_Asked, Rows]:
    """The sub-tasks that are to be extracted, and the rows with marks that do not name theirs."""
    late = np.flatnonzero(marks.second)
    lists = marks.details[late]
    odd = [marks.owners[late[(lists >= 0) & ~column.are(lists, ARRAY)]]]
    owners, nodes = column.elements(lists)
    tasks = column.fields(nodes, ["task"])["task"]
    encoded = column.texts(tasks).dictionary_encode()
    names = encoded.dictionary.to_pylist()
    proper = np.array([bool(_SUBTASK.fullmatch(name)) for name in names] + [False], np.bool_)
    wanted = np.array([bool(_SUBTASK.fullmatch(n)) and _is_extracted(n, details) for n in names] + [False], np.bool_)
    codes = encoded.indices.fill_null(len(names)).to_numpy().astype(np.int64)
    odd.append(marks.owners[late[owners[~column.are(nodes, OBJECT) | ~proper[codes]]]])
    kept = wanted[codes]
    return _Asked(late[owners[kept]], codes[kept], names), np.concatenate(odd)


def _is_extracted(task: str, details: Mapping[str, Any]) -> bool:
    """Whether the configuration names a sub-task, in either spelling."""
    name = subtask_name(task)
    tool, _, place = name.rpartition("_subtask")
    listed: Sequence[Any] = details.get(tool.replace("_toolIndex", "_tool"), ())
    return name in details or int(place) < len(listed)


def _found(asked: _Asked, marks: Marks, answers: Answers, column: JsonColumn) -> Rows:
    """The position of the answer to each sub-task, the last one where there are several, -1 where there is none."""
    tasks = pc.index_in(column.texts(answers.tasks), pa.array(asked.tasks, pa.large_string()))
    codes = tasks.fill_null(-1).to_numpy().astype(np.int64)
    numbers = answers.numbers
    usable = np.flatnonzero((codes >= 0) & (numbers >= 0) & (numbers == np.rint(numbers)) & (numbers < 2**20))
    if not usable.size:
        return np.full(asked.marks.size, -1)
    size = len(asked.tasks)
    keys = (answers.owners[usable] * 2**20 + numbers[usable].astype(np.int64)) * size + codes[usable]
    order = np.argsort(keys, kind="stable")
    wanted = (marks.owners[asked.marks] * 2**20 + marks.numbers[asked.marks]) * size + asked.codes
    places = np.searchsorted(keys[order], wanted, side="right") - 1
    there = (places >= 0) & (keys[order][places] == wanted)
    return np.where(there, usable[order][places], -1)


def _one_answer(
    extractor: PreparedExtractor, entry: Entry, subtask: str, answer: str, parameters: tuple[str, ...]
) -> list[Any] | None:
    """The extract of one answer, read by the extractor itself about a mark made up for it; None where it cannot."""
    if not answer:
        return None
    (tool, *_), task = entry.keywords.get("tools") or [0], entry.task
    mark = {"toolIndex": tool, "frame": 0, **dict.fromkeys(parameters, 0), "details": [{"task": subtask}]}
    said = {**json.loads(answer), "markIndex": 0}
    listed = {task: [{"task": task, "value": [mark]}], subtask: [said]}
    try:
        (extract,) = extractor.extract(Classification(listed, {"classifier_version": "2.0"}))
    except UNREADABLE:
        return None
    found: list[Any] | None = extract.get("frame0", {}).get(subtask_name(subtask))
    return found


def _columns(values: pa.Array, asked: _Asked, marks: Marks, annotations: Annotations) -> list[Found]:
    """Lists of extracts by frame and sub-task, null for classifications that have none."""
    found: list[Found] = []
    frames = marks.frames[asked.marks]
    pairs, first = np.unique(frames * len(asked.tasks) + asked.codes, return_index=True)
    for pair in pairs[np.argsort(first)].tolist():
        frame, code = divmod(pair, len(asked.tasks))
        chosen = np.flatnonzero((frames == frame) & (asked.codes == code))
        column = annotations.listed(values.take(pa.array(chosen)), marks.owners[asked.marks[chosen]])
        found.append((int(asked.marks[chosen[0]]), f"frame{frame}.{subtask_name(asked.tasks[code])}", column))
    return found
