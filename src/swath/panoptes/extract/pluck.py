"""Plucking: values from elsewhere in a classification that go along with an extract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from swath.panoptes.extract.model import Classification, ExtractError

_FEEDBACK_KEYS = {
    "graph2drange": ("x", "width"),
    "singleAnswerQuestion": ("answer",),
    "surveySimple": ("choiceIds",),
}
"""What tells the truth in feedback, by its strategy."""


def plucked(classification: Classification, paths: Mapping[str, str]) -> dict[str, Any]:
    """The values at dotted paths, by name; what is not there is left out.

    The name ``feedback`` stands for a list of feedback. Raises ExtractError for a path through a value.
    """
    found: dict[str, Any] = {}
    source = classification.as_json()
    for name, path in paths.items():
        there, value = _follow(source, path)
        if there and name == "feedback":
            found |= _feedback(value)
        elif there:
            found[f"pluck.{name}"] = value
    return found


def _follow(value: Any, path: str) -> tuple[bool, Any]:
    for step in path.split("."):
        if not isinstance(value, Mapping):
            raise ExtractError(f"{path} goes through {step!r}, which is beyond a value")
        if step not in value:
            return False, None
        value = value[step]
    return True, value


def _feedback(given: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The feedback of a classification: what was right, what would have been, the share that was right.

    The first item tells the strategy. Nothing for a strategy that is not known, and where an item lacks a value.
    """
    if not given:
        return {"feedback": {}}
    try:
        strategy = given[0]["strategy"]
        truth = {f"true_{key}": [item[key] for item in given] for key in _FEEDBACK_KEYS[strategy]}
        success = [item["success"] for item in given]
    except KeyError:
        return {}
    score = sum(success) / len(success)
    return {"feedback": {"success": success, **truth, "strategy": strategy, "agreement_score": score}}
