"""Drawing tasks: their marks by frame and tool, each with the extracts of its sub-tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from swath.panoptes.extract.annotations import classifier_version, each_annotation, is_second_classifier
from swath.panoptes.extract.model import Annotation, Classification, Extract, ExtractError

Mark = Mapping[str, Any]
Read = Callable[[Mark], Mapping[str, Any] | None]
"""Reads the values of a mark by name; None leaves the mark out."""

SubTask = Callable[[Classification], "Extract | list[Extract]"]
NO_EXTRACTOR = "No extractor for this subtask type"
_DRAWN = (None, "drawing", "dataVisAnnotation")


@dataclass(frozen=True)
class Drawing:
    """How the marks of a drawing task are extracted.

    ``tools`` are the tools that count, None for all. ``details`` are the extractors of sub-tasks by the first
    classifier's name of their tool (``T0_tool0``), ``subtasks`` those by the second's (``T0_toolIndex0_subtask0``);
    both are None where sub-tasks are not extracted.
    """

    read: Read
    tools: Sequence[int] | None = None
    details: Mapping[str, Sequence[SubTask | None]] | None = None
    subtasks: Mapping[str, SubTask | None] | None = None

    def extract(self, classification: Classification) -> Extract:
        """Extract the marks by frame and tool."""
        second = is_second_classifier(classification)
        answers = subtask_answers(classification) if second else {}
        frames: Extract = {}
        for annotation in drawings_of(classification, second=second):
            for number, mark in self._chosen(annotation):
                frame = frames.setdefault(f"frame{mark.get('frame', 0)}", {})
                values = self.read(mark)
                if values is None:
                    continue
                tool = f"{annotation['task']}_{tool_of(mark)}"
                for name, value in values.items():
                    frame.setdefault(f"{tool}_{name}", []).append(value)
                for name, extract in self._of_subtasks(tool, mark, number, answers):
                    frame.setdefault(name, []).append(extract)
        return with_version(frames, classification)

    def _chosen(self, annotation: Annotation) -> Iterator[tuple[int, Mark]]:
        """The marks of the wanted tools, each with its number among all marks of the annotation."""
        if self.tools is None or annotation.get("taskType") not in (None, "drawing"):
            yield from enumerate(annotation["value"])
            return
        for number, mark in enumerate(annotation["value"]):
            if mark.get("tool", mark.get("toolIndex")) in self.tools:
                yield number, mark

    def _of_subtasks(
        self, tool: str, mark: Mark, number: int, answers: Mapping[tuple[str, int], Annotation]
    ) -> Iterator[tuple[str, Any]]:
        """The extracts of a mark's sub-tasks, by name."""
        if self.details is None:
            return
        if "tool" in mark or not answers:
            if tool in self.details:
                yield f"{tool}_details", detail_extracts(self.details[tool], mark["details"])
            return
        for place, detail in enumerate(mark.get("details", ())):
            name = f"{tool}_subtask{place}"
            known, extractor = self._subtask(tool, name, place)
            if known:
                yield name, subtask_extract(extractor, answers[detail["task"], number])

    def _subtask(self, tool: str, name: str, place: int) -> tuple[bool, SubTask | None]:
        """Whether a sub-task of the second classifier is extracted, and with what; either spelling will do."""
        if name in (self.subtasks or {}):
            return True, (self.subtasks or {})[name]
        listed = (self.details or {}).get(tool.replace("_toolIndex", "_tool"), ())
        return (True, listed[place]) if place < len(listed) else (False, None)


def with_version(frames: Extract, classification: Classification) -> Extract:
    """Say the version of the classifier, where it is 2.0 or later."""
    if not is_second_classifier(classification):
        return frames
    return {**frames, "classifier_version": classifier_version(classification)}


def tool_of(mark: Mark) -> str:
    """The name of a mark's tool; raises ExtractError where the mark names none."""
    if "tool" in mark:
        return f"tool{mark['tool']}"
    if "toolIndex" in mark:
        return f"toolIndex{mark['toolIndex']}"
    raise ExtractError("a mark names no tool")


def detail_extracts(extractors: Sequence[SubTask | None], details: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The extracts of a mark's sub-tasks, which the first classifier keeps in the mark; raises ExtractError."""
    if len(details) > len(extractors):
        raise ExtractError(f"a mark has {len(details)} sub-tasks, {len(extractors)} are configured")
    return [subtask_extract(extractor, detail) for extractor, detail in zip(extractors, details, strict=False)]


def subtask_extract(extractor: SubTask | None, answer: Annotation) -> Any:
    """The extract of one sub-task's answer."""
    if extractor is None:
        return NO_EXTRACTOR
    if "value" not in answer:
        raise ExtractError("a sub-task has no value")
    return extractor(Classification({"subtask": [answer]}))


def drawings_of(classification: Classification, *, second: bool) -> Iterator[Annotation]:
    """The annotations that hold marks; of the second classifier the others are answers to sub-tasks."""
    for annotation in each_annotation(classification):
        if not second or annotation.get("taskType") in _DRAWN:
            yield annotation


def subtask_answers(classification: Classification) -> dict[tuple[str, int], Annotation]:
    """The second classifier's answers to sub-tasks, by the sub-task and the number of the mark."""
    others = [a for a in each_annotation(classification) if a.get("taskType") not in _DRAWN]
    if any("markIndex" not in annotation for annotation in others):
        raise ExtractError("an annotation is neither a drawing nor of a mark")
    return {(annotation["task"], annotation["markIndex"]): annotation for annotation in others}
