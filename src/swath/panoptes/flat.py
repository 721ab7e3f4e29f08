"""Extracts and reductions as flat rows and back: nested names are joined with dots, lists stay whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def flatten(record: Mapping[str, Any]) -> dict[str, Any]:
    """Flatten nested dicts into dotted names, in order: top-level values first, then what is nested, depth first.

    Empty dicts vanish; lists are left alone.
    """
    flat = {name: value for name, value in record.items() if not isinstance(value, Mapping)}
    for name, value in record.items():
        if isinstance(value, Mapping):
            flat.update(_below(name, value))
    return flat


def _below(prefix: str, nested: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in nested.items():
        path = f"{prefix}.{name}"
        if isinstance(value, Mapping):
            yield from _below(path, value)
        else:
            yield path, value


def nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Rebuild the nested dicts of dotted names.

    Raises ValueError for a name that is both a value and the beginning of longer names.
    """
    nested: dict[str, Any] = {}
    for name, value in flat.items():
        *path, last = name.split(".")
        level = nested
        for step in path:
            level = level.setdefault(step, {})
            if not isinstance(level, dict):
                raise ValueError(f"{name} goes below {step}, which is a value")  # noqa: TRY004  (the input is wrong, not a type)
        if last in level:
            raise ValueError(f"{name} is a value, and the beginning of longer names")
        level[last] = value
    return nested
