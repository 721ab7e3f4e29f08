"""Marks that are told by a fixed set of parameters: points, rectangles and all other shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from swath.panoptes.extract.annotations import each_annotation
from swath.panoptes.extract.drawings import Mark, Read, numbered_marks, tool_of
from swath.panoptes.extract.model import Classification, Extract, ExtractError


def parameters_reader(parameters: Sequence[str]) -> Read:
    """Make what reads the parameters of a mark; a mark that lacks one is left out."""

    def read(mark: Mark) -> Mapping[str, Any] | None:
        try:
            return {name: mark[name] for name in parameters}
        except KeyError:
            return None

    return read


def complete_reader(parameters: Sequence[str]) -> Read:
    """The same; a mark with a parameter that is null is left out too."""
    read_any = parameters_reader(parameters)

    def read(mark: Mark) -> Mapping[str, Any] | None:
        values = read_any(mark)
        return None if values is None or None in values.values() else values

    return read


def first_classifier_reader(parameters: Sequence[str]) -> Read:
    """The same as ``parameters_reader``; a mark of the second classifier raises ExtractError, as at the peer."""
    read_any = parameters_reader(parameters)

    def read(mark: Mark) -> Mapping[str, Any] | None:
        if "toolIndex" in mark:
            raise ExtractError("marks of classifier 2.0 need the shape_extractor")
        return read_any(mark)

    return read


def extract_points(classification: Classification, *, tools: Sequence[int] | None = None) -> Extract:
    """The points of each tool, all frames together; raises ExtractError for marks of the second classifier."""
    read = first_classifier_reader(("x", "y"))
    extract: Extract = {}
    for annotation in each_annotation(classification):
        for _, mark in numbered_marks(annotation, tools):
            tool = f"{annotation['task']}_{tool_of(mark)}"
            for name, value in (read(mark) or {}).items():
                extract.setdefault(f"{tool}_{name}", []).append(value)
    return extract
