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
Answers = Mapping[tuple[str, int], Annotation]
"""Answers to sub-tasks, by the sub-task and the number of the mark."""

NO_EXTRACTOR = "No extractor for this subtask type"
_DRAWN = ("drawing", "dataVisAnnotation")


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
                subtasks = self._answered(mark, number, answers) if second else self._detailed(tool, mark)
                for name, extract in subtasks:
                    frame.setdefault(name, []).append(extract)
        return with_version(frames, classification)

    def _chosen(self, annotation: Annotation) -> Iterator[tuple[int, Mark]]:
        """The marks of the wanted tools, each with its number among all marks of the annotation."""
        return numbered_marks(annotation, self.tools)

    def _detailed(self, tool: str, mark: Mark) -> Iterator[tuple[str, Any]]:
        """The extracts of a mark's sub-tasks, by name, as the first classifier keeps them."""
        if tool in (self.details or {}):
            yield f"{tool}_details", detail_extracts((self.details or {})[tool], mark["details"])

    def _answered(self, mark: Mark, number: int, answers: Answers) -> Iterator[tuple[str, Any]]:
        """The same, as the second classifier keeps them: the mark names its sub-tasks, the answers stand elsewhere."""
        if self.details is None:
            return
        for detail in mark.get("details", ()):
            name = subtask_name(detail["task"])
            known, extractor = self._subtask(name)
            if known:
                yield name, subtask_extract(extractor, answers[detail["task"], number])

    def _subtask(self, name: str) -> tuple[bool, SubTask | None]:
        """Whether a sub-task of the second classifier is extracted, and with what; either spelling will do."""
        if name in (self.subtasks or {}):
            return True, (self.subtasks or {})[name]
        tool, _, place = name.rpartition("_subtask")
        listed = (self.details or {}).get(tool.replace("_toolIndex", "_tool"), ())
        return (True, listed[int(place)]) if int(place) < len(listed) else (False, None)


def with_version(frames: Extract, classification: Classification) -> Extract:
    """Say the version of the classifier, where it is 2.0 or later."""
    if not is_second_classifier(classification):
        return frames
    return {**frames, "classifier_version": classifier_version(classification)}


def numbered_marks(annotation: Annotation, tools: Sequence[int] | None) -> Iterator[tuple[int, Mark]]:
    """The marks of some tools, None for all, each with its number among all marks of the annotation.

    Only a drawing task, which an annotation is that names no type, has tools to choose from.
    """
    if tools is None or annotation.get("taskType", "drawing") != "drawing":
        yield from enumerate(annotation["value"])
        return
    for number, mark in enumerate(annotation["value"]):
        if mark.get("tool") in tools or mark.get("toolIndex") in tools:
            yield number, mark


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
        if not second or annotation.get("taskType", "drawing") in _DRAWN:
            yield annotation


def subtask_name(task: str) -> str:
    """The name of a sub-task in extracts and configurations: T0_toolIndex2_subtask1 for T0.2.1."""
    task, tool, place = task.split(".")
    return f"{task}_toolIndex{tool}_subtask{place}"


def subtask_answers(classification: Classification) -> Answers:
    """The second classifier's answers to sub-tasks; raises ExtractError where an annotation is none of them."""
    others = [a for a in each_annotation(classification) if a.get("taskType", "drawing") not in _DRAWN]
    if any("markIndex" not in annotation for annotation in others):
        raise ExtractError("an annotation is neither a drawing nor of a mark")
    return {(annotation["task"], annotation["markIndex"]): annotation for annotation in others}
