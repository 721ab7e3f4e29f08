"""Notes from Nature: when and where a specimen was collected, and the badges that a classification earns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from swath.panoptes.extract.annotations import each_annotation
from swath.panoptes.extract.model import Classification, Extract

_WEDIGBIO_FIRST_DAYS = (
    "2020-10-15", "2021-04-08", "2021-10-14", "2022-04-07", "2022-10-13", "2023-04-13", "2023-10-12", "2024-04-18",
    "2024-10-10", "2025-04-10", "2025-10-09", "2026-04-09",
)  # fmt: skip
"""The first days of the WeDigBio events, each of four days."""

_TIMES = ((3, "nightowl"), (9, "earlybird"), (15, "lunchbreak"), (21, "dinnertime"), (24, "nightowl"))
"""Names of the hours before each bound."""


def extract_specimen(
    classification: Classification,
    *,
    year: str | None = None,
    country: str | None = None,
    state: str | None = None,
    workflow: str | None = None,
) -> Extract:
    """The decade, country and state of a specimen, and the time of day and events of its classification.

    ``year``, ``country`` and ``state`` name the tasks that tell them; the subject's metadata go before. The time of day
    is that where the user is, the day of an event that of UTC. Needs the subject and the time, which an export's
    extraction does not have: raises KeyError there.
    """
    if not classification.annotations:
        return {}
    asked = dict(_values(each_annotation(classification)))
    known = {name.lower(): value for name, value in classification.others["subject"]["metadata"].items()}
    created = _created(classification)
    local = created + timedelta(seconds=int(classification.metadata["utc_offset"]))
    found = {
        "workflow": workflow,
        "decade": _decade(known.get("year", asked.get(year))) if year is not None else None,
        "country": known.get("country", asked.get(country)) if country is not None else None,
        "state": known.get("state", asked.get(state)) if state is not None else None,
        "time": next(name for bound, name in _TIMES if local.hour < bound),
        "earth_day": True if (created.month, created.day) == (4, 22) else None,
        "we_dig_bio": _event_year(created.date()),
    }
    return {name: value for name, value in found.items() if value is not None}


def _values(annotations: Iterable[Any]) -> Iterable[tuple[str, Any]]:
    """The value of each task, those within combined tasks too."""
    for annotation in annotations:
        value = annotation.get("value")
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            if "task" in value[0]:
                yield from _values(value)
                continue
            value = value[0].get("value")
        yield annotation["task"], value


def _decade(year: Any) -> str | None:
    """The decade of a year of four places, of which the last may not be legible."""
    text = str(year)
    return f"{text[2]}0s" if len(text) == 4 and text[2].isdigit() else None


def _created(classification: Classification) -> datetime:
    written = str(classification.others["created_at"]).removesuffix(" UTC")
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


def _event_year(day: date) -> int | None:
    starts = (date.fromisoformat(text) for text in _WEDIGBIO_FIRST_DAYS)
    return next((start.year for start in starts if 0 <= (day - start).days < 4), None)
