"""Names of copied results: metadata keys in snake case, times and texts that a file name can hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_WORD = re.compile(r"(.)([A-Z][a-z]+)")
_EDGE = re.compile(r"([a-z0-9])([A-Z])")
_UNSAFE = re.compile(r"""[ <>:"/\\|?*']""")

START_TIME = "start_time"


def snake_case(text: str) -> str:
    """Write a name in snake case: ``SubjectName`` is ``subject_name``."""
    return _EDGE.sub(r"\1_\2", _WORD.sub(r"\1_\2", text)).lower()


def time_for_filename(text: str) -> str:
    """Write an ISO time so that a file name can hold it: ``2024-03-05_13-14-15``, cut at the first point."""
    return text.split(".", 1)[0].replace(":", "-").replace("T", "_")


def safe_filename(text: str) -> str:
    """Replace what a file name should not hold by ``-``; two of them become one, of four two."""
    return _UNSAFE.sub("-", text).replace("--", "-")


def naming_values(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The values that a name is made of: those of the metadata, ``start_time`` as a file name can hold it."""
    values = dict(metadata)
    if START_TIME in values:
        values[START_TIME] = time_for_filename(str(values[START_TIME]))
    return values


def results_name(metadata: Mapping[str, Any], form: str, *, snake: bool = True) -> str:
    """Make a file name of a format string over metadata keys, such as ``{start_time}_{subject_name}``.

    ``snake`` writes the values in snake case too. Raises KeyError for a key that the metadata lack, and ValueError
    for a wrong format.
    """
    values = naming_values(metadata)
    if snake:
        values = {key: snake_case(str(value)) for key, value in values.items()}
    return safe_filename(form.format(**values))
