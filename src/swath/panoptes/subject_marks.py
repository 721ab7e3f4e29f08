"""The marks and clusters of one subject, by frame and tool, from its extracts and its reductions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.panoptes.cells import values_of
from swath.panoptes.shapes import SHAPES
from swath.panoptes.wide import PREFIX

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Place = tuple[int, str]
"""A frame and a tool."""

_PARAMETERS = sorted({name for names in SHAPES.values() for name in names}, key=len, reverse=True)
_SHAPE_OF = {frozenset(names): shape for shape, names in SHAPES.items()}
_FRAME_TOOL = r"(?:frame(?P<frame>\d+)\.)?(?P<tool>[^.]+?)_"
_PART = f"(?P<part>{'|'.join(_PARAMETERS)})"
_MARK = re.compile(_FRAME_TOOL + _PART)
_KEPT_MARK = re.compile(f"{_FRAME_TOOL}(?:points|rec|{'|'.join(SHAPES)})_{_PART}")
_LABEL = re.compile(_FRAME_TOOL + "cluster_(?P<part>labels)")
_CLUSTER = re.compile(f"{_FRAME_TOOL}clusters_(?P<part>count|var_x|var_y|var_x_y|{'|'.join(_PARAMETERS)})")


@dataclass(frozen=True)
class Clusters:
    """Clusters of one shape: ``members`` of shape (marks, parameters), and of each cluster its mean, size and spread.

    ``means`` are of shape (clusters, parameters), ``counts`` (clusters,), ``covariances`` of x and y (clusters, 2, 2)
    in square pixels, NaN where the reduction tells none.
    """

    members: Floats
    means: Floats
    counts: Rows
    covariances: Floats


@dataclass(frozen=True)
class ToolMarks:
    """The marks of one frame and tool: the shape's name, ``marks`` of shape (marks, parameters), and their clusters."""

    frame: int
    tool: str
    shape: str
    marks: Floats
    clusters: Clusters


def subject_marks(extracts: pa.Table, reductions: pa.Table) -> list[ToolMarks]:
    """Find what was marked on a subject, by frame and tool; ``extracts`` and ``reductions`` are the subject's rows.

    The shape follows from the parameters that a tool has. Marks with a parameter missing are left out, and lists of
    different lengths, of which nobody can say what belongs together.
    """
    marks = _marks(_records(extracts), _MARK)
    records = list(_records(reductions))
    clusters = {place: each for record in records for place, each in _clusters(record)}
    kept = _marks(records, _KEPT_MARK)
    found = []
    for place in sorted({*marks, *clusters}):
        shape, values = marks.get(place) or kept[place]
        none = Clusters(values[:0], values[:0], np.empty(0, np.int64), np.empty((0, 2, 2)))
        fits = place in clusters and kept[place][0] == shape
        found.append(ToolMarks(*place, shape, values, clusters[place] if fits else none))
    return found


def _records(rows: pa.Table) -> Iterator[dict[str, Any]]:
    """The data of each row, what is null left out."""
    names = [name for name in rows.column_names if name.startswith(PREFIX)]
    columns = [values_of(rows[name]) for name in names]
    for number in range(rows.num_rows):
        yield {
            name.removeprefix(PREFIX): column[number]
            for name, column in zip(names, columns, strict=True)
            if isinstance(column[number], list)
        }


def _parts(record: Mapping[str, Any], pattern: re.Pattern[str]) -> dict[Place, dict[str, Any]]:
    """The lists of a record whose names a pattern fits, by frame and tool."""
    found: dict[Place, dict[str, Any]] = {}
    for name, value in record.items():
        part = pattern.fullmatch(name)
        if part is not None:
            found.setdefault((int(part["frame"] or 0), part["tool"]), {})[part["part"]] = value
    return found


def _marks(
    records: Sequence[Mapping[str, Any]] | Iterator[Mapping[str, Any]], pattern: re.Pattern[str]
) -> dict[Place, tuple[str, Floats]]:
    """The shape and the marks of each frame and tool in some records."""
    found: dict[Place, tuple[str, list[Floats]]] = {}
    for record in records:
        for place, parts in _parts(record, pattern).items():
            shape = _SHAPE_OF.get(frozenset(parts))
            if shape is None or not _equally_long(parts):
                continue
            first, listed = found.setdefault(place, (shape, []))
            if first == shape:
                listed.append(_table([parts[name] for name in SHAPES[shape]]))
    return {place: (shape, np.concatenate(listed)) for place, (shape, listed) in found.items()}


def _equally_long(parts: Mapping[str, Sequence[Any]]) -> bool:
    return len({len(values) for values in parts.values()}) == 1


def _table(columns: Sequence[Sequence[float | None]]) -> Floats:
    """Columns of numbers side by side, without the rows in which one is missing."""
    values = np.array(columns, np.float64).T
    complete: Floats = values[~np.isnan(values).any(axis=1)]
    return complete


def _clusters(record: Mapping[str, Any]) -> Iterator[tuple[Place, Clusters]]:
    """The clusters of each frame and tool in one reduction."""
    parts, labels, kept = (_parts(record, pattern) for pattern in (_CLUSTER, _LABEL, _KEPT_MARK))
    for place, of in parts.items():
        of_marks = {**kept.get(place, {}), **labels.get(place, {"labels": []})}
        shape = _SHAPE_OF.get(frozenset(of_marks) - {"labels"})
        if shape is None or not {"count", *SHAPES[shape]} <= of.keys() or not _equally_long(of_marks):
            continue
        members = np.array([of_marks[name] for name in SHAPES[shape]], np.float64).T
        clustered = np.array(of_marks["labels"], np.int64) >= 0
        means = np.array([of[name] for name in SHAPES[shape]], np.float64).T
        yield place, Clusters(members[clustered], means, np.array(of["count"], np.int64), _covariances(of))


def _covariances(of: Mapping[str, Sequence[float | None]]) -> Floats:
    unknown = [None] * len(of["count"])
    x, y, x_y = (np.array(of.get(name, unknown), np.float64) for name in ("var_x", "var_y", "var_x_y"))
    return np.stack([np.stack([x, x_y], axis=-1), np.stack([x_y, y], axis=-1)], axis=-2)
