"""Surveys: choices, such as species, each with answers to questions about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from swath.panoptes.extract.annotations import first_annotation
from swath.panoptes.extract.json_path import find_parts
from swath.panoptes.extract.model import Classification, Extract, ExtractError
from swath.panoptes.extract.slug import slug


def extract_survey(classification: Classification) -> list[Extract]:
    """One extract for each choice of the task's first annotation, with its answers by question."""
    annotation = first_annotation(classification)
    return [] if annotation is None else [_choice(choice) for choice in annotation["value"]]


def _choice(choice: Mapping[str, Any]) -> Extract:
    name = choice["choice"]
    if not isinstance(name, str):
        raise ExtractError(f"a choice is {name!r}, which is no text")
    extract: Extract = {"choice": slug(name)}
    for question, answer in choice.get("answers", {}).items():
        answers = answer if isinstance(answer, list) else [answer]
        extract[f"answers_{slug(question)}"] = dict(Counter(map(slug, answers)))
    return extract


def extract_survey_whitelist(classification: Classification, *, path: str, split_str: str) -> list[Extract]:
    """The extracts of a survey, each with whether its choice is in the list that ``path`` finds.

    The list is a text, split at ``split_str``.
    """
    listed = {slug(name.strip()) for name in find_parts(path, classification, split_str)}
    return [{**extract, "in_whitelist": extract["choice"] in listed} for extract in extract_survey(classification)]
