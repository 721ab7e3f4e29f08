"""The workflow export: tasks, tools, answers and labels of every version."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from swath.errors import InputError
from swath.panoptes.exports import Export
from swath.panoptes.tables import WORKFLOWS
from swath.panoptes.whole import read_whole

COLUMNS = ("workflow_id", "display_name", "version", "minor_version", "tasks", "strings")
REQUIRED = ("workflow_id", "version", "tasks")

Row = dict[str, Any]


def read_workflows(path: Path) -> pa.Table:
    """Read a workflow export as rows of the table ``workflows``.

    Raises InputError for a file that is no workflow export, or a version whose tasks cannot be read.
    """
    export = Export.open(path, REQUIRED)
    rows: list[Row] = []
    for records, rejects in read_whole(export, COLUMNS):
        columns = [records.texts(name, np.flatnonzero(rejects.good)) for name in COLUMNS]
        for number in range(len(columns[0])):
            cells = dict(zip(COLUMNS, (column.at(number) for column in columns), strict=True))
            rows.extend(_version_rows(path, cells))
    names = [column.name for column in WORKFLOWS.columns]
    return WORKFLOWS.frame({n: pa.array([r.get(n) for r in rows], WORKFLOWS.schema.field(n).type) for n in names})


def _version_rows(path: Path, cells: Mapping[str, str]) -> Iterator[Row]:
    """Make the rows of one version of a workflow."""
    where = f"workflow {cells['workflow_id']}, version {cells['version']}.{cells['minor_version']}"
    try:
        major, minor = int(float(cells["version"])), int(float(cells["minor_version"] or 0))
        about = {
            "workflow_id": int(cells["workflow_id"]),
            "workflow_name": cells["display_name"] or None,
            "workflow_version": f"{major}.{minor}",
            "version_major": major,
            "version_minor": minor,
        }
        tasks = json.loads(cells["tasks"])
        strings = json.loads(cells["strings"] or "{}")
    except ValueError as error:
        raise InputError(f"{path}: {where} cannot be read: {error}", "export the workflows again") from error
    if not isinstance(tasks, dict):
        raise InputError(f"{path}: the tasks of {where} are not an object", "export the workflows again")
    labels = _Labels(strings if isinstance(strings, dict) else {})
    for key, task in tasks.items():
        if isinstance(task, dict):
            for element in _task_elements(task, labels):
                yield {**about, "task": key, "task_type": task.get("type"), **element}


class _Labels:
    """Looks up the texts that a workflow's tasks refer to by key."""

    def __init__(self, strings: Mapping[str, Any]) -> None:
        self.strings = strings

    def of(self, element: Any, *names: str) -> str | None:
        """The text of the first of the named fields that an element has; the field itself where it is no key."""
        for name in names:
            key = element.get(name) if isinstance(element, dict) else None
            if isinstance(key, str):
                return str(self.strings.get(key, key))
        return None


def _items(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []


def _task_elements(task: Row, labels: _Labels) -> Iterator[Row]:
    """Make the rows of one task: itself, then what it consists of."""
    yield {
        "element": "task",
        "type": task.get("type"),
        "label": labels.of(task, "question", "instruction", "help"),
    }
    yield from _answers(task, labels, "answer", {})
    for number, tool in enumerate(_items(task.get("tools"))):
        yield from _tool(number, tool, labels)
    for number, choice in enumerate(_ordered(task, "choices", "choicesOrder")):
        label = labels.of(task["choices"][choice], "label")
        yield {"element": "choice", "element_index": number, "key": choice, "label": label}
    for number, question in enumerate(_ordered(task, "questions", "questionsOrder")):
        yield from _question(number, question, task["questions"][question], labels)
    for number, select in enumerate(_items(task.get("selects"))):
        yield from _select(number, select, labels)


def _ordered(task: Row, name: str, order: str) -> list[str]:
    """The keys of a task's choices or questions, in the order in which they are shown."""
    named = task.get(name)
    if not isinstance(named, dict):
        return []
    first = [key for key in _items(task.get(order)) if key in named]
    return [*first, *(key for key in named if key not in first)]


def _answers(asked: Any, labels: _Labels, element: str, place: Row) -> Iterator[Row]:
    for number, answer in enumerate(_items(asked.get("answers") if isinstance(asked, dict) else None)):
        yield {"element": element, "element_index": number, "label": labels.of(answer, "label"), **place}


def _tool(number: int, tool: Any, labels: _Labels) -> Iterator[Row]:
    shape = tool.get("type") if isinstance(tool, dict) else None
    place = {"tool": number, "element_index": number}
    yield {"element": "tool", "type": shape, "label": labels.of(tool, "label"), **place}
    for index, detail in enumerate(_items(tool.get("details") if isinstance(tool, dict) else None)):
        at = {"tool": number, "detail_index": index}
        kind = detail.get("type") if isinstance(detail, dict) else None
        label = labels.of(detail, "question", "instruction")
        yield {"element": "detail", "element_index": index, "type": kind, "label": label, **at}
        yield from _answers(detail, labels, "detail answer", at)


def _question(number: int, key: str, question: Any, labels: _Labels) -> Iterator[Row]:
    yield {"element": "question", "element_index": number, "key": key, "label": labels.of(question, "label")}
    for index, answer in enumerate(_ordered(question if isinstance(question, dict) else {}, "answers", "answersOrder")):
        label = labels.of(question["answers"][answer], "label")
        yield {"element": "answer", "element_index": index, "key": f"{key}.{answer}", "label": label}


def _select(number: int, select: Any, labels: _Labels) -> Iterator[Row]:
    if not isinstance(select, dict):
        return
    yield {
        "element": "select",
        "element_index": number,
        "key": select.get("id"),
        "label": labels.of(select, "title"),
    }
    options = select.get("options")
    for choices in (options or {}).values() if isinstance(options, dict) else ():
        for index, option in enumerate(_items(choices)):
            value = option.get("value") if isinstance(option, dict) else None
            yield {
                "element": "option",
                "element_index": index,
                "key": None if value is None else str(value),
                "label": labels.of(option, "label"),
            }
