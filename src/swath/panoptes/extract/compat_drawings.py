"""Drawing tasks as panoptes_aggregation 5.3.1 extracts them, where it loses rows or mixes up lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from swath.panoptes.extract.annotations import is_second_classifier
from swath.panoptes.extract.drawings import (
    Drawing,
    Mark,
    detail_extracts,
    drawings_of,
    subtask_answers,
    subtask_extract,
    tool_of,
    with_version,
)
from swath.panoptes.extract.model import Annotation, Classification, Extract, ExtractError


@dataclass(frozen=True)
class CompatDrawing(Drawing):
    """As ``Drawing``, with the peer's accidents.

    As soon as details are configured, be they none, every mark needs its frame. A mark that is left out keeps its
    sub-tasks. A value that is null may be left out of its list. Marks are numbered after the choice of tools, which
    loses the answers of the second classifier. ``needs_frame`` and ``needs_tool`` say what each mark must have.
    """

    needs_frame: bool = False
    needs_tool: bool = False
    keeps_null: bool = True

    def extract(self, classification: Classification) -> Extract:
        """Extract the marks by frame and tool."""
        second = is_second_classifier(classification)
        answers = subtask_answers(classification) if second else {}
        frames: Extract = {}
        marks = [(a, n, m) for a in drawings_of(classification, second=second) for n, m in enumerate(self._marks(a))]
        for annotation, _, mark in marks:
            self._place(frames, f"{annotation['task']}_{self._tool(mark)}", mark)
        if self.details is not None:
            for annotation, number, mark in marks:
                self._place_subtasks(frames, f"{annotation['task']}_{self._tool(mark)}", mark, number, answers, second)
        return with_version(frames, classification)

    def _marks(self, annotation: Annotation) -> Iterator[Mark]:
        return (mark for _, mark in self._chosen(annotation))

    def _tool(self, mark: Mark) -> str:
        if self.needs_tool and "tool" not in mark:
            raise ExtractError("a mark has no tool of the first classifier")
        return tool_of(mark)

    def _place(self, frames: Extract, tool: str, mark: Mark) -> None:
        number = mark["frame"] if self.needs_frame else mark.get("frame", 0)
        frame = frames.setdefault(f"frame{number}", {})
        values = self.read(mark)
        for name, value in (values or {}).items():
            if value is not None or self.keeps_null:
                frame.setdefault(f"{tool}_{name}", []).append(value)

    def _place_subtasks(
        self,
        frames: Extract,
        tool: str,
        mark: Mark,
        number: int,
        answers: Mapping[tuple[str, int], Annotation],
        second: bool,
    ) -> None:
        frame: dict[str, Any] = frames[f"frame{mark['frame']}"]
        if not second:
            if tool in (self.details or {}):
                extracts = detail_extracts((self.details or {})[tool], mark["details"])
                frame.setdefault(f"{tool}_details", []).append(extracts)
            return
        if not self.details and not self.subtasks:
            return
        for place, detail in enumerate(mark["details"]):
            name = f"{tool}_subtask{place}"
            if name in (self.subtasks or {}):
                extract = subtask_extract((self.subtasks or {})[name], answers[detail["task"], number])
                frame.setdefault(name, []).append(extract)
