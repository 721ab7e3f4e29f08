"""Drawn marks in typed columns, and the answers about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.kernels import json as kernel
from swath.panoptes.decode import Floats, JsonColumn, Mask, Nodes
from swath.panoptes.tasks import MARK_NUMBERS, Tasks, place_in_list
from swath.panoptes.values import list_array, typed_values
from swath.tables import INT32, TEXT

Rows = npt.NDArray[np.int64]

_SHAPE_OF_FIELDS = (
    ("fan", ("radius", "spread", "rotation")),
    ("ellipse", ("rx", "ry")),
    ("line", ("x1", "y1", "x2", "y2")),
    ("rotateRectangle", ("x_center", "y_center", "width", "height")),
    ("rotateRectangle", ("x", "y", "width", "height", "angle")),
    ("rectangle", ("x", "y", "width", "height")),
    ("triangle", ("x", "y", "r", "angle")),
    ("circle", ("x", "y", "r")),
    ("column", ("x", "width")),
    ("point", ("x", "y")),
    ("fullHeightLine", ("x",)),
    ("fullWidthLine", ("y",)),
)
"""What a mark without a named tool type is seen to be: the first shape whose fields it has."""


@dataclass(frozen=True)
class Marks:
    """The marks of a column of tasks.

    ``owners`` are positions of tasks, ``index`` is a mark's place in its drawing,
    ``others`` how many fields it has that are not among ``fields``.
    """

    column: JsonColumn
    owners: Rows
    index: Rows
    nodes: Nodes
    fields: dict[str, Nodes]
    others: npt.NDArray[np.int32]

    def tool(self) -> pa.Array:
        """Each mark's index of the tool, of either dialect; null where it has none."""
        nodes = np.where(self.fields["tool"] >= 0, self.fields["tool"], self.fields["toolIndex"])
        return _whole(self.column, nodes.astype(np.int32))


def find_marks(tasks: Tasks) -> Marks:
    """Find the marks of all drawings, with the nodes of their fields."""
    elements = tasks.elements
    places = place_in_list(elements.owners)
    chosen = tasks.are_marks
    marks = elements.where(chosen)
    return Marks(tasks.column, marks.owners, places[chosen], marks.nodes, marks.fields, marks.others)


def mark_columns(marks: Marks) -> dict[str, pa.Array]:
    """The columns of ``marks`` that a mark itself decides."""
    column, fields = marks.column, marks.fields
    there = [name for name in MARK_NUMBERS if (fields[name] >= 0).any()]
    stacked = np.stack([fields[name] for name in there]) if there else np.empty((0, marks.nodes.size), np.int32)
    read = column.numbers(stacked)
    columns = {name: pa.nulls(marks.nodes.size, pa.float64()) for name in MARK_NUMBERS.values()}
    columns |= {
        MARK_NUMBERS[name]: pa.array(values, from_pandas=True) for name, values in zip(there, read, strict=True)
    }
    path_x, path_y = _paths(marks)
    details = fields["details"]
    answered = column.are(details, kernel.ARRAY) & (column.following[np.maximum(details, 0)] > details + 1)
    return {
        **columns,
        "mark_index": pa.array(marks.index, INT32),
        "frame": columns["frame"].cast(INT32, safe=False),
        "tool": marks.tool(),
        "tool_type": pc.coalesce(column.texts(fields["toolType"]), _seen_shapes(marks)),
        "tool_label": column.texts(fields["tool_label"]),
        "path_x": path_x,
        "path_y": path_y,
        "closed": column.booleans(fields["closed"]),
        "details_json": column.raw(np.where(answered, details, -1).astype(np.int32)),
        "mark_json": column.raw(np.where(_hold_more(marks, stacked, read), marks.nodes, -1).astype(np.int32)),
    }


def _whole(column: JsonColumn, nodes: Nodes) -> pa.Array:
    """Read whole numbers; null for others."""
    values = column.numbers(nodes)
    fits = (np.abs(np.nan_to_num(values, nan=np.inf)) < 2**31) & (np.trunc(values) == values)
    return pa.array(np.where(fits, values, 0).astype(np.int32), mask=~fits)


def _seen_shapes(marks: Marks) -> pa.Array:
    """What shapes marks are seen to be by their fields; paths are polygons. Null where none fits."""
    there = {name: marks.fields[name] >= 0 for name in (*MARK_NUMBERS, "points", "pathX")}
    shapes = np.full(marks.nodes.size, -1, np.int8)
    for number in range(len(_SHAPE_OF_FIELDS) - 1, -1, -1):
        fits = np.logical_and.reduce([there[name] for name in _SHAPE_OF_FIELDS[number][1]])
        shapes[fits] = number
    shapes[there["points"] | there["pathX"]] = len(_SHAPE_OF_FIELDS)
    names = pa.array([*(name for name, _ in _SHAPE_OF_FIELDS), "polygon"], TEXT)
    return names.take(pa.array(shapes, mask=shapes < 0))


def _paths(marks: Marks) -> tuple[pa.Array, pa.Array]:
    """The points of paths as two arrays of lists, from ``points`` or from ``pathX`` and ``pathY``."""
    column, fields = marks.column, marks.fields
    has_points = column.are(fields["points"], kernel.ARRAY)
    owners, points = column.elements(fields["points"])
    ends = column.fields(points, ("x", "y"))
    lists = []
    for axis, path in (("x", "pathX"), ("y", "pathY")):
        in_path = column.are(fields[path], kernel.ARRAY) & ~has_points
        path_owners, items = column.elements(np.where(in_path, fields[path], -1).astype(np.int32))
        nodes = np.concatenate([ends[axis], items])
        whose = np.concatenate([owners, path_owners])
        order = np.argsort(whose, kind="stable")
        numbers = pa.array(column.numbers(nodes[order]), from_pandas=True)
        lists.append(list_array(whose[order], numbers, has_points | in_path))
    return lists[0], lists[1]


def _hold_more(marks: Marks, numbers: Nodes, read: Floats) -> Mask:
    """Which marks have a field that no typed column holds, or a number's field that is no number and not null.

    ``numbers`` are the nodes of the fields for numbers and ``read`` their values, shape (fields, marks).
    """
    column, more = marks.column, marks.others > 0
    unread = (numbers >= 0) & np.isnan(read)
    more[np.nonzero(unread)[1][~column.are(numbers[unread], kernel.NULL)]] = True
    return more | ~column.are(marks.nodes, kernel.OBJECT)


@dataclass(frozen=True)
class Details:
    """Answers about marks: whose task they belong to, which mark, which tool and question, and the answer's columns."""

    rows: Rows
    keys: pa.Array
    mark_index: Rows
    tool: pa.Array
    detail_index: Rows
    values: dict[str, pa.Array]


def nested_details(tasks: Tasks, marks: Marks) -> Details:
    """The answers that stand in the marks, as the old dialect has them."""
    column = marks.column
    owners, nodes = column.elements(marks.fields["details"])
    index = place_in_list(owners)
    values = column.fields(nodes, ("value",))["value"]
    there = values >= 0
    owners, index, values = owners[there], index[there], values[there]
    whose = marks.owners[owners]
    return Details(
        tasks.rows[whose],
        tasks.keys.take(pa.array(whose)),
        marks.index[owners],
        marks.tool().take(pa.array(owners)),
        index,
        typed_values(column, values),
    )


def separate_details(tasks: Tasks) -> Details:
    """The answers that are annotations of their own, as the new dialect has them: task T0.1.2, mark index 5."""
    about = np.flatnonzero(tasks.about_marks)
    keys = tasks.keys.take(pa.array(about))
    parts = pc.extract_regex(keys, r"^(?P<task>.+)\.(?P<tool>[0-9]{1,9})\.(?P<detail>[0-9]{1,9})$")
    parsed = parts.is_valid()
    detail = pc.struct_field(parts, "detail").cast(pa.int64())
    return Details(
        tasks.rows[about],
        pc.if_else(parsed, pc.struct_field(parts, "task"), keys),
        tasks.mark_index[about],
        pc.struct_field(parts, "tool").cast(INT32),
        pc.fill_null(detail, 0).to_numpy(zero_copy_only=False),
        typed_values(tasks.column, tasks.values[about]),
    )
