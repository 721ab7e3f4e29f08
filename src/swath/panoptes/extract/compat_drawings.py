"""Drawing tasks as panoptes_aggregation 5.3.1 extracts them, where it loses rows or mixes up lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from swath.panoptes.extract.annotations import is_second_classifier
from swath.panoptes.extract.drawings import (
    Answers,
    Drawing,
    Mark,
    drawings_of,
    subtask_answers,
    subtask_extract,
    subtask_name,
    tool_of,
    with_version,
)
from swath.panoptes.extract.model import Annotation, Classification, Extract, ExtractError


@dataclass(frozen=True)
class CompatDrawing(Drawing):
    """As ``Drawing``, with the peer's accidents.

    As soon as details are configured, be they none, every mark needs its frame. A mark that is left out keeps its
    sub-tasks. Marks are numbered after the choice of tools, which loses the answers of the second classifier.
    ``needs_frame`` and ``needs_tool`` say what each mark must have, ``keeps_null`` whether a value that is null stays
    in its list, ``keeps_frame`` whether there is a frame for a mark that is left out.
    """

    needs_frame: bool = False
    needs_tool: bool = False
    keeps_null: bool = True
    keeps_frame: bool = True

    def extract(self, classification: Classification) -> Extract:
        """Extract the marks by frame and tool."""
        second = is_second_classifier(classification)
        answers = subtask_answers(classification) if second else {}
        frames: Extract = {}
        marks = [(a, n, m) for a in drawings_of(classification, second=second) for n, m in enumerate(self._marks(a))]
        for annotation, _, mark in marks:
            self._place(frames, f"{annotation['task']}_{self._tool(mark)}", mark)
        for annotation, number, mark in marks if self.details is not None else ():
            subtasks = self._answered(mark, number, answers) if second else self._of_tool(annotation["task"], mark)
            frame = f"frame{mark['frame']}"
            for name, extract in subtasks:
                frames[frame].setdefault(name, []).append(extract)
        return with_version(frames, classification)

    def _marks(self, annotation: Annotation) -> Iterator[Mark]:
        return (mark for _, mark in self._chosen(annotation))

    def _tool(self, mark: Mark) -> str:
        if self.needs_tool and "tool" not in mark:
            raise ExtractError("a mark has no tool of the first classifier")
        return tool_of(mark)

    def _place(self, frames: Extract, tool: str, mark: Mark) -> None:
        number = mark["frame"] if self.needs_frame else mark.get("frame", 0)
        values = self.read(mark)
        if values is None and not self.keeps_frame:
            return
        frame = frames.setdefault(f"frame{number}", {})
        for name, value in (values or {}).items():
            if value is not None or self.keeps_null:
                frame.setdefault(f"{tool}_{name}", []).append(value)

    def _of_tool(self, task: str, mark: Mark) -> Iterator[tuple[str, Any]]:
        return self._detailed(f"{task}_tool{mark['tool']}", mark)

    def _answered(self, mark: Mark, number: int, answers: Answers) -> Iterator[tuple[str, Any]]:
        """The extracts of a mark's sub-tasks, by name; the first classifier's spelling gives none."""
        for detail in mark["details"]:
            name = subtask_name(detail["task"])
            if name in (self.subtasks or {}):
                extractor = (self.subtasks or {})[name]
                if extractor is None:
                    raise ExtractError(f"{name} has no extractor")
                yield name, subtask_extract(extractor, answers[detail["task"], number])
