"""Regular marks of a whole chunk, read from the parsed JSON: a tool, a frame, every parameter a number.

The marks are those of either classifier: the second one keeps the answers to their sub-tasks as annotations of their
own. Rows with any other mark are odd.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from swath.kernels.json import ARRAY, NUMBER, OBJECT
from swath.panoptes.decode import JsonColumn, Nodes
from swath.panoptes.extract.settings import Entry
from swath.panoptes.extract.tasks import Annotations
from swath.panoptes.shapes import SHAPES

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

ALL_FRAMES = "point_extractor"
"""The extractor whose marks stand together whatever their frame."""

_PARAMETERS = {
    ALL_FRAMES: SHAPES["point"],
    "point_extractor_by_frame": SHAPES["point"],
    "rectangle_extractor": SHAPES["rectangle"],
}
_KEYWORDS = {"task", "tools", "details", "shape"}
_MOST = 1 << 20


@dataclass(frozen=True)
class Marks:
    """Regular marks.

    Of each the position of its classification, its number in its annotation, tool, frame, parameters, the node of its
    details, and whether it is the second classifier's.
    """

    owners: Rows
    numbers: Rows
    tools: Rows
    frames: Rows
    values: npt.NDArray[np.float64]
    details: Nodes
    second: Mask

    def only(self, chosen: Mask | Rows) -> Marks:
        """Some of the marks."""
        return Marks(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @property
    def places(self) -> Rows:
        """A number for each mark's classifier, frame and tool, shape (marks,)."""
        return (self.second * _MOST + self.frames) * _MOST + self.tools


@dataclass(frozen=True)
class Answers:
    """Answers to sub-tasks: the position of each one's classification, its task's node, its mark's number, its node."""

    owners: Rows
    tasks: Nodes
    numbers: npt.NDArray[np.float64]
    nodes: Nodes


def parameters_of(entry: Entry, *, compat: bool) -> tuple[str, ...] | None:
    """The parameters of an entry's marks; None where the entry cannot be read a chunk at once."""
    by_name = any("_toolIndex" in key for key in entry.keywords.get("details") or ())
    if not set(entry.keywords) <= _KEYWORDS or (compat and by_name):
        return None
    if "shape_extractor" in entry.key:
        return SHAPES.get(entry.keywords.get("shape", ""))
    return _PARAMETERS.get(entry.key)


def read_marks(
    entry: Entry, annotations: Annotations, parameters: tuple[str, ...], second: Mask
) -> tuple[Marks, Answers, Mask]:
    """Read the marks of an entry and the answers about them, and say which rows are odd and must be read by themselves.

    ``second`` says which rows are the second classifier's, whose answers to sub-tasks are annotations of their own.
    """
    column = annotations.column
    owners, nodes = annotations.of_task(entry.task)
    found = column.fields(nodes, ["task", "taskType", "value", "markIndex"])
    odd = np.zeros(annotations.count, np.bool_)
    drawn = column.match_spans(*_spans(column, found["task"]), [entry.task])[entry.task]
    types = column.match_spans(*_spans(column, found["taskType"]), ["drawing", "dataVisAnnotation"])
    typed, late = found["taskType"] >= 0, second[owners]
    answers = late & ~drawn & column.are_text(found["taskType"]) & column.are(found["markIndex"], NUMBER)
    answers &= ~types["drawing"] & ~types["dataVisAnnotation"]
    drawn &= (~typed | (late & types["drawing"])) & column.are(found["value"], ARRAY)
    odd[owners[~drawn & ~answers]] = True
    lists, marks = column.elements(found["value"][drawn])
    read, irregular = _regular(column, owners[drawn][lists], marks, parameters, second)
    odd[irregular] = True
    tools = entry.keywords.get("tools")
    wanted = ~odd[read.owners] if tools is None else ~odd[read.owners] & np.isin(read.tools, tools)
    about = Answers(
        owners[answers], found["task"][answers], column.numbers(found["markIndex"][answers]), nodes[answers]
    )
    numbers = np.arange(lists.size) - np.searchsorted(lists, lists)
    if entry.key == ALL_FRAMES:
        read = replace(read, frames=np.zeros_like(read.frames))
    return replace(read, numbers=numbers).only(wanted), about, odd


def _regular(
    column: JsonColumn, owners: Rows, marks: Nodes, parameters: tuple[str, ...], second: Mask
) -> tuple[Marks, Rows]:
    """Read marks, and give the classifications of those that are not regular."""
    found, late = column.fields(marks, ["tool", "toolIndex", "frame", "details", *parameters]), second[owners]
    tools, others = np.where(late, (found["toolIndex"], found["tool"]), (found["tool"], found["toolIndex"]))
    places = np.stack([tools, found["frame"], *(found[name] for name in parameters)], axis=1)
    unframed = late & (found["frame"] < 0)
    numeric = column.are(places.ravel(), NUMBER).reshape(places.shape)
    numeric[:, 1] |= unframed
    numbers = column.numbers(places)
    numbers[unframed, 1] = 0
    indices = np.nan_to_num(numbers[:, :2], nan=-1)
    regular = column.are(marks, OBJECT) & (others < 0) & numeric.all(axis=1)
    regular &= ((indices == np.rint(indices)) & (indices >= 0) & (indices < _MOST)).all(axis=1)
    whole = indices.astype(np.int64)
    read = Marks(owners, owners, whole[:, 0], whole[:, 1], numbers[:, 2:], found["details"], late)
    return read, owners[~regular]


def _spans(column: JsonColumn, nodes: Nodes) -> tuple[Nodes, Nodes]:
    return column.start[nodes], column.stop[nodes]
