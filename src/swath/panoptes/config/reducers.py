"""The reducer configurations that go with an extractor configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from swath.panoptes.config.defaults import reducer_of


def reducer_config(extractors: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, dict[str, Any]]]:
    """Configure a reducer for each extractor that has one, in order of the extractors' names.

    The details of all tasks of an extractor are merged.
    """
    return [config for _, config in by_extractor(extractors)]


def last_task_reducer_config(extractors: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, dict[str, Any]]]:
    """Configure the reducers as panoptes_aggregation 5.3.1: of several tasks, the last one with details counts."""
    return [config for _, config in by_extractor(_with_last_details(extractors))]


def by_extractor(
    extractors: Mapping[str, Sequence[Mapping[str, Any]]],
) -> list[tuple[str, dict[str, dict[str, Any]]]]:
    """The reducer configuration of each extractor that has a reducer, in order of name."""
    found = []
    for extractor in sorted(extractors):
        reducer = reducer_of(extractor)
        if reducer is not None:
            found.append((extractor, {reducer: _keywords(extractor, extractors[extractor])}))
    return found


def _keywords(extractor: str, entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    keywords: dict[str, Any] = {"dot_freq": "line"} if extractor == "sw_extractor" else {}
    details: dict[str, Any] = {}
    for entry in entries:
        keywords |= {name: entry[name] for name in ("dot_freq", "shape") if name in entry}
        for tool, given in (entry.get("details") or {}).items():
            details[tool] = [_reducer_of(name) for name in given] if isinstance(given, list) else _reducer_of(given)
    return keywords | ({"details": details} if details else {})


def _reducer_of(extractor: str | None) -> str | None:
    return None if extractor is None else reducer_of(extractor)


def _with_last_details(extractors: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    kept = {}
    for extractor, entries in extractors.items():
        last = max((number for number, entry in enumerate(entries) if entry.get("details")), default=-1)
        kept[extractor] = [dict(e) if n == last else {**e, "details": {}} for n, e in enumerate(entries)]
    return kept
