"""The annotations of a classification by task, and those of one task and its sub-tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from swath.panoptes.extract.model import Annotation, Classification, ExtractError

EVERY_TASK = "all"


def classification_of(annotations: Sequence[Annotation], metadata: Mapping[str, Any], **others: Any) -> Classification:
    """Group annotations by task, in order of appearance; raises ExtractError for one that names no task."""
    by_task: dict[str, list[Annotation]] = {}
    for annotation in annotations:
        if "task" not in annotation:
            raise ExtractError("an annotation names no task")
        by_task.setdefault(annotation["task"], []).append(annotation)
    return Classification(by_task, metadata, others)


def of_task(classification: Classification, task: str) -> Classification:
    """The classification with the annotations of one task and its sub-tasks (T0.0.1) alone."""
    if task == EVERY_TASK:
        return classification
    chosen = {key: found for key, found in classification.annotations.items() if key.partition(".")[0] == task}
    return replace(classification, annotations=chosen)


def each_annotation(classification: Classification) -> Iterator[Annotation]:
    """All annotations, task by task."""
    for listed in classification.annotations.values():
        yield from listed


def first_annotation(classification: Classification) -> Annotation | None:
    """The first annotation, None where there is none."""
    return next(each_annotation(classification), None)


def classifier_version(classification: Classification) -> str:
    """The version of the classifier that made a classification, 1.0 where it does not say."""
    return str(classification.metadata.get("classifier_version", "1.0"))


def is_second_classifier(classification: Classification) -> bool:
    """Whether a classification was made by the classifier of version 2.0 or a later one."""
    major = classifier_version(classification).partition(".")[0]
    return major.isdigit() and int(major) >= 2
