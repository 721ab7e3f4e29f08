"""The annotations of classifications, taken apart into tasks, in both dialects of the classifier.

The old dialect nests the tasks of a combined task in its value; the new one lists them all, and gives the answers
about a mark as annotations of their own with a ``markIndex``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.kernels import json as kernel
from swath.panoptes.decode import JsonColumn, Mask, Nodes
from swath.panoptes.values import scalar_texts
from swath.tables import TEXT

Rows = npt.NDArray[np.int64]

_FIELDS = ("task", "task_label", "taskType", "task_type", "value", "markIndex")
_DRAWING_TYPES = ("drawing", "transcription", "dataVisAnnotation")
_MOST_NESTED = 8

MARK_NUMBERS = {
    "x": "x",
    "y": "y",
    "x1": "x1",
    "y1": "y1",
    "x2": "x2",
    "y2": "y2",
    "x_center": "x_center",
    "y_center": "y_center",
    "width": "width",
    "height": "height",
    "r": "r",
    "rx": "rx",
    "ry": "ry",
    "radius": "radius",
    "angle": "angle",
    "rotation": "rotation",
    "spread": "spread",
    "displayTime": "display_time",
    "frame": "frame",
}
"""Numbers of a mark: their names in the export, and the columns that they go to."""

MARK_OTHERS = (
    "tool", "toolIndex", "toolType", "tool_label", "details", "points", "pathX", "pathY", "closed",
)  # fmt: skip
"""The other fields of a mark that are read."""

_CHOICE_FIELDS = ("choice", "select_label", "option")


@dataclass(frozen=True)
class Elements:
    """The members of the values that are lists: whose they are (positions of tasks), their nodes and their fields.

    ``others`` is how many fields each has that are not among ``fields``.
    """

    owners: Rows
    nodes: Nodes
    fields: dict[str, Nodes]
    others: npt.NDArray[np.int32]

    def where(self, chosen: Mask) -> Elements:
        """Some of the elements."""
        fields = {name: nodes[chosen] for name, nodes in self.fields.items()}
        return Elements(self.owners[chosen], self.nodes[chosen], fields, self.others[chosen])


@dataclass(frozen=True)
class Tasks:
    """Every answered task of a column of annotations, in order of classification and place.

    ``rows`` says whose each is; ``values`` are the nodes of the answers, -1 where there is none; ``mark_index`` is
    that of an answer about a mark in the new dialect, else -1.
    """

    column: JsonColumn
    rows: Rows
    keys: pa.Array
    combo: pa.Array
    given_type: pa.Array
    labels: pa.Array
    values: Nodes
    mark_index: Rows
    elements: Elements
    problems: list[tuple[Rows, str, str]]

    def __len__(self) -> int:
        return self.rows.size

    @property
    def about_marks(self) -> Mask:
        """Which are answers about a mark."""
        return self.mark_index >= 0

    @cached_property
    def are_marks(self) -> Mask:
        """Which elements are marks: those with a tool, and all of a drawing."""
        drawn = pc.fill_null(pc.is_in(self.given_type, pa.array(_DRAWING_TYPES, TEXT)), fill_value=False)
        fields = self.elements.fields
        tooled = (fields["tool"] >= 0) | (fields["toolIndex"] >= 0) | (fields["toolType"] >= 0)
        of_drawing = drawn.to_numpy(zero_copy_only=False)[self.elements.owners]
        marks: Mask = self.column.are(self.elements.nodes, kernel.OBJECT) & (tooled | of_drawing)
        return marks

    @property
    def are_choices(self) -> Mask:
        """Which elements are choices of a survey."""
        return (self.elements.fields["choice"] >= 0) & ~self.are_marks

    def types(self) -> pa.Array:
        """The type of each task: given, or seen from its elements; null where the answer does not show it."""
        fields = self.elements.fields
        signs = {
            "multiple": self.column.are_text(self.elements.nodes),
            "dropdown": (fields["select_label"] >= 0) | (fields["option"] >= 0),
            "survey": self.are_choices,
            "drawing": self.are_marks,
        }
        seen = np.full(len(self), -1, np.int8)
        for number, elements in enumerate(signs.values()):
            seen[self.elements.owners[elements]] = number
        found = pa.array(list(signs), TEXT).take(pa.array(seen, mask=seen < 0))
        return pc.coalesce(self.given_type, found)


def read_tasks(column: JsonColumn) -> Tasks:
    """Take a column of annotations apart."""
    problems: list[tuple[Rows, str, str]] = []
    good = column.errors == kernel.GOOD
    no_list = np.flatnonzero(good & ~column.are(column.roots, kernel.ARRAY))
    problems.append((no_list, "bad annotations", "not a list of tasks"))
    rows, nodes = column.elements(column.roots)
    no_object = ~column.are(nodes, kernel.OBJECT)
    problems.append((np.unique(rows[no_object]), "bad annotations", "a task is not an object"))
    rows, nodes = rows[~no_object], nodes[~no_object]
    rows, fields, combo = _open_combos(column, rows, nodes)
    mark_index = column.numbers(fields["markIndex"])
    return Tasks(
        column,
        rows,
        scalar_texts(column, fields["task"]),
        combo,
        pc.coalesce(column.texts(fields["taskType"]), column.texts(fields["task_type"])),
        column.texts(fields["task_label"]),
        fields["value"],
        np.where(np.isnan(mark_index), -1, mark_index).astype(np.int64),
        _elements(column, fields["value"]),
        problems,
    )


def _elements(column: JsonColumn, values: Nodes) -> Elements:
    owners, nodes = column.elements(values)
    names = (*MARK_NUMBERS, *MARK_OTHERS, *_CHOICE_FIELDS)
    return Elements(owners, nodes, *column.fields_and_others(nodes, names))


def place_in_list(owners: Rows) -> Rows:
    """Each element's place in its list, from 0; ``owners`` says whose each is, ascending."""
    return np.arange(owners.size) - np.searchsorted(owners, owners, side="left")


def _open_combos(column: JsonColumn, rows: Rows, nodes: Nodes) -> tuple[Rows, dict[str, Nodes], pa.Array]:
    """Replace combined tasks by the tasks in them, in place: whose each is, its fields, and its combined task."""
    combo = np.full(nodes.size, -1, np.int32)
    fields = column.fields(nodes, _FIELDS)
    for _ in range(_MOST_NESTED):
        opened = _are_combos(column, fields["value"])
        if not opened.any():
            break
        owners, inner = column.elements(fields["value"][opened])
        tasks = column.are(inner, kernel.OBJECT)
        owners, inner = np.flatnonzero(opened)[owners[tasks]], inner[tasks]
        rows = np.concatenate([rows[~opened], rows[owners]])
        combo = np.concatenate([combo[~opened], nodes[owners]])
        nodes = np.concatenate([nodes[~opened], inner])
        order = np.argsort(nodes, kind="stable")
        rows, nodes, combo = rows[order], nodes[order], combo[order]
        fields = column.fields(nodes, _FIELDS)
    return rows, fields, scalar_texts(column, column.fields(combo, ("task",))["task"])


def _are_combos(column: JsonColumn, values: Nodes) -> Mask:
    """Which values are lists of tasks: their first element has a task and no tool."""
    owned = column.are(values, kernel.ARRAY)
    first = np.where(owned, values + 1, -1).astype(np.int32)
    first[owned & (column.following[np.where(owned, values, 0)] == first)] = -1
    fields = column.fields(first, ("task", "tool", "toolIndex"))
    return (fields["task"] >= 0) & (fields["tool"] < 0) & (fields["toolIndex"] < 0)


def without(tasks: Tasks, dropped: Mask) -> Tasks:
    """Leave out some tasks, with their elements."""
    if not dropped.any():
        return tasks
    kept = pa.array(~dropped)
    elements = tasks.elements.where(~dropped[tasks.elements.owners])
    places = np.cumsum(~dropped) - 1
    return replace(
        tasks,
        rows=tasks.rows[~dropped],
        keys=tasks.keys.filter(kept),
        combo=tasks.combo.filter(kept),
        given_type=tasks.given_type.filter(kept),
        labels=tasks.labels.filter(kept),
        values=tasks.values[~dropped],
        mark_index=tasks.mark_index[~dropped],
        elements=replace(elements, owners=places[elements.owners]),
    )
