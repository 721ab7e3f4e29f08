"""Questions and shortcuts: one or several answers of a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from swath.panoptes.extract.annotations import first_annotation
from swath.panoptes.extract.model import Classification, Extract
from swath.panoptes.extract.slug import slug


def extract_question(classification: Classification) -> Extract:
    """Count the answers of the task's first annotation by their names; no answer is None."""
    annotation = first_annotation(classification)
    return {} if annotation is None else dict(Counter(_names(annotation["value"])))


def _names(value: Any) -> Iterable[str]:
    if isinstance(value, list):
        return [slug(item["choice"] if isinstance(item, Mapping) else item) for item in value]
    return [slug(value)]
