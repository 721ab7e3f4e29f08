"""The marks of a group by frame and tool, as a reducer clusters them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.panoptes.reduce.model import Extract

PLAIN_FRAME = ""
"""Stands for the frame where an extract has none."""


@dataclass
class Marks:
    """The marks of one frame and tool: ``values`` of each parameter in turn, one row a mark.

    ``there`` says of all marks, those left out too, which have a place.
    """

    values: list[tuple[Any, ...]] = field(default_factory=list)
    there: list[bool] = field(default_factory=list)

    @property
    def points(self) -> npt.NDArray[np.float64]:
        """The values as numbers, shape (marks, parameters)."""
        return np.array(self.values, np.float64).reshape(len(self.values), -1)

    def column(self, number: int) -> list[Any]:
        """The values of one parameter."""
        return [row[number] for row in self.values]


def frames_of(extracts: Iterable[Extract]) -> list[str]:
    """The frames of all extracts, in order of appearance."""
    return list(
        dict.fromkeys(name for e in extracts for name, frame in e.items() if name.startswith("frame") and _is(frame))
    )


def _is(frame: Any) -> bool:
    return isinstance(frame, Mapping)


def marks_by_tool(extracts: Sequence[Extract], frame: str, parameters: Sequence[str]) -> dict[str, Marks]:
    """The marks of one frame by tool; an extract that lacks a parameter's list has no marks of the tool.

    A mark without a value of each parameter is left out.
    """
    found = all_marks_by_tool(extracts, frame, parameters)
    return {tool: _complete(marks) for tool, marks in found.items()}


def all_marks_by_tool(extracts: Sequence[Extract], frame: str, parameters: Sequence[str]) -> dict[str, Marks]:
    """The same, but marks without a value stay in."""
    found: dict[str, Marks] = {}
    for extract in extracts:
        level = extract if frame == PLAIN_FRAME else extract.get(frame, {})
        for tool in dict.fromkeys(name.rpartition("_")[0] for name in level if name.rpartition("_")[2] in parameters):
            lists = [level.get(f"{tool}_{name}") for name in parameters]
            marks = found.setdefault(tool, Marks())
            if all(isinstance(each, list) for each in lists):
                marks.values += zip(*lists, strict=False)
    for marks in found.values():
        marks.there = [True] * len(marks.values)
    return found


def _complete(marks: Marks) -> Marks:
    there = [None not in row for row in marks.values]
    return Marks([row for row, whole in zip(marks.values, there, strict=True) if whole], there)
