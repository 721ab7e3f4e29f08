"""Tasks whose value is taken as it stands: sliders and texts; and whether anything was answered at all."""

from __future__ import annotations

from swath.panoptes.extract.annotations import each_annotation, first_annotation
from swath.panoptes.extract.json_path import find_parts
from swath.panoptes.extract.model import Classification, Extract


def extract_slider(classification: Classification) -> Extract:
    """The value of a slider."""
    annotation = first_annotation(classification)
    return {} if annotation is None else {"slider_value": annotation["value"]}


def extract_text(classification: Classification) -> Extract:
    """The text that was written, and whether it is of the gold standard."""
    annotation = first_annotation(classification)
    if annotation is None:
        return {}
    return {"text": annotation["value"], "gold_standard": classification.gold_standard}


def extract_all_empty(classification: Classification) -> Extract:
    """Whether no task has a value; an empty list or text is a value."""
    return {"result": all(annotation.get("value") is None for annotation in each_annotation(classification))}


def extract_plucked(classification: Classification, *, path: str, split_str: str) -> Extract:
    """The distinct parts of the texts that ``path`` finds, split at ``split_str``, in order; one alone as a text."""
    parts = sorted(set(find_parts(path, classification, split_str)))
    if not parts:
        return {}
    return {"data": parts[0] if len(parts) == 1 else parts}
