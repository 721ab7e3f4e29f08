"""The annotations of a Planet Four classification: its fans and blotches.

The drawing is the first task whose value is a list; a task without a value counts as an empty list. Of its objects,
tool 0 is a fan and tool 1 a blotch, compared as Python compares numbers. A classification without either is of kind
none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swath.kernels import json as kernel
from swath.panoptes.decode import Floats, JsonColumn, Mask, Nodes

Rows = npt.NDArray[np.int64]

FAN, BLOTCH, NONE = 0, 1, 2
KINDS = ("fan", "blotch", "none")

_GEOMETRY = ("x", "y", "radius", "rotation", "spread", "rx", "ry", "angle")
_FIELDS = (*_GEOMETRY, "tool")


@dataclass(frozen=True)
class Drawings:
    """The markings of a column of annotations, in order of classification and place.

    ``rows`` says whose each marking is (positions in the column); ``kinds`` are FAN, BLOTCH or NONE; ``geometry`` has
    x, y, radius_1, radius_2, distance, angle, spread in pixels and degrees, NaN where missing. ``problems`` are the
    positions that cannot be read, with why.
    """

    rows: Rows
    kinds: npt.NDArray[np.int8]
    geometry: dict[str, Floats]
    problems: list[tuple[Rows, str, str]]


def read_drawings(annotations: JsonColumn) -> Drawings:
    """Read the markings of every classification whose annotations are JSON."""
    problems: list[tuple[Rows, str, str]] = []
    values = _drawing_values(annotations, problems)
    owners, marks = annotations.elements(values)
    fields = annotations.fields(marks, _FIELDS)
    tools = _tools(annotations, fields.pop("tool"))
    drawn = (tools == FAN) | (tools == BLOTCH)
    owners, kinds = owners[drawn], tools[drawn].astype(np.int8)
    fields = {name: nodes[drawn] for name, nodes in fields.items()}
    stacked = np.stack([fields[name] for name in _GEOMETRY])
    _check_geometry(annotations, owners, kinds, fields, problems)
    numbers = dict(zip(_GEOMETRY, annotations.numbers(stacked), strict=True))
    return _with_empty(annotations, owners, kinds, _geometry(kinds, numbers), problems)


def _drawing_values(annotations: JsonColumn, problems: list[tuple[Rows, str, str]]) -> Nodes:
    """Find each classification's drawing: the value node of the task that ends the search, -1 where there is none."""
    roots = annotations.roots
    good = annotations.errors == kernel.GOOD
    iterable = annotations.are(roots, kernel.ARRAY) | _is_empty_container(annotations, roots)
    problems.append((np.flatnonzero(good & ~iterable), "bad annotations", "not a list of tasks"))
    owners, tasks = annotations.elements(roots)
    values = annotations.fields(tasks, ("value",))["value"]
    no_object = ~annotations.are(tasks, kernel.OBJECT)
    ends = ((values < 0) & ~no_object) | annotations.are(values, kernel.ARRAY) | no_object
    first = np.flatnonzero(ends)
    first = first[np.flatnonzero(np.diff(owners[first], prepend=-1))]
    broken = first[no_object[first]]
    problems.append((owners[broken], "bad annotations", "a task is not an object"))
    found = np.full(roots.size, -1, np.int32)
    found[owners[first]] = values[first]
    return found


def _is_empty_container(annotations: JsonColumn, nodes: Nodes) -> Mask:
    """Which nodes are ``{}`` or ``""``: nothing to go through, and so no tasks."""
    there = nodes >= 0
    empty = np.zeros(nodes.size, np.bool_)
    found = nodes[there]
    hollow = annotations.following[found] == found + 1
    no_text = annotations.stop[found] == annotations.start[found]
    empty[there] = (annotations.are(found, kernel.OBJECT) & hollow) | (annotations.are_text(found) & no_text)
    return empty


def _tools(annotations: JsonColumn, nodes: Nodes) -> Floats:
    """The tools of marks as numbers, true being 1 and false 0; NaN for what is neither."""
    tools = annotations.numbers(nodes)
    kinds = annotations.kinds(nodes)
    tools[kinds == kernel.FALSE] = 0
    tools[kinds == kernel.TRUE] = 1
    return tools


def _check_geometry(
    annotations: JsonColumn,
    owners: Rows,
    kinds: npt.NDArray[np.int8],
    fields: dict[str, Nodes],
    problems: list[tuple[Rows, str, str]],
) -> None:
    """Find marks without x or y, and values that are neither a number nor null."""
    for name in ("x", "y"):
        problems.append((np.unique(owners[fields[name] < 0]), "bad marking", f"a marking without {name}"))
    for name, nodes in fields.items():
        used = kinds == FAN if name in ("radius", "rotation", "spread") else kinds == BLOTCH
        used = used | (name in ("x", "y"))
        wrong = used & (nodes >= 0) & ~annotations.are(nodes, kernel.NUMBER, kernel.NULL)
        problems.append((np.unique(owners[wrong]), "bad marking", f"{name} is not a number"))


def _geometry(kinds: npt.NDArray[np.int8], numbers: dict[str, Floats]) -> dict[str, Floats]:
    fan = kinds == FAN
    return {
        "x": numbers["x"],
        "y": numbers["y"],
        "radius_1": np.where(fan, np.nan, numbers["rx"]),
        "radius_2": np.where(fan, np.nan, numbers["ry"]),
        "distance": np.where(fan, numbers["radius"], np.nan),
        "angle": np.where(fan, numbers["rotation"], numbers["angle"]),
        "spread": np.where(fan, numbers["spread"], 0.0),
    }


def _with_empty(
    annotations: JsonColumn,
    owners: Rows,
    kinds: npt.NDArray[np.int8],
    geometry: dict[str, Floats],
    problems: list[tuple[Rows, str, str]],
) -> Drawings:
    """Add one marking of kind none for each classification that has no other, in its place."""
    marked = np.zeros(annotations.roots.size, np.bool_)
    marked[owners] = True
    empty = np.flatnonzero(~marked & (annotations.errors == kernel.GOOD))
    rows = np.concatenate([owners, empty])
    order = np.argsort(rows, kind="stable")
    blank = np.full(empty.size, np.nan)
    return Drawings(
        rows[order],
        np.concatenate([kinds, np.full(empty.size, NONE, np.int8)])[order],
        {name: np.concatenate([values, blank])[order] for name, values in geometry.items()},
        problems,
    )
