"""Drop-downs: for each of them the option that was chosen, or the text that was typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swath.panoptes.extract.annotations import first_annotation, is_second_classifier
from swath.panoptes.extract.model import Classification, Extract, ExtractError
from swath.panoptes.extract.slug import slug

_SIMPLE = "dropdown-simple"


def extract_dropdown(classification: Classification) -> Extract:
    """The choice in each drop-down of the task's first annotation; where nothing was chosen it is None.

    The second classifier has simple drop-downs alone: a task of any other type has no choice.
    """
    annotation = first_annotation(classification)
    if annotation is None:
        return {}
    value, second = annotation["value"], is_second_classifier(classification)
    if isinstance(value, list) and not second:
        return {"value": [{slug(select.get("value")): 1} for select in value]}
    if _SIMPLE in (annotation.get("taskType"), annotation.get("task_type")):
        return {"value": [{slug(_simple(value)): 1}]}
    if second:
        return {"value": []}
    raise ExtractError("a drop-down has no list of choices")


def extract_complete_dropdown(classification: Classification) -> Extract:
    """The same, but what lacks a value raises KeyError or TypeError, as at panoptes_aggregation 5.3.1."""
    annotation = first_annotation(classification)
    if annotation is not None and not is_second_classifier(classification):
        return {"value": [{slug(select["value"]): 1} for select in annotation["value"]]}
    return extract_dropdown(classification)


def _simple(value: Any) -> Any:
    """The choice in a simple drop-down, by its number or its text; what is no choice is None."""
    if not isinstance(value, Mapping):
        return None
    return value["selection"] if "selection" in value else value.get("value")
