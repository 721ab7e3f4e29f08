"""The plain part of JSONPath: members, elements, wildcards and descent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from swath.errors import UsageError
from swath.panoptes.extract.model import Classification, ExtractError

_STEP = re.compile(
    r"""(?P<deep>\.\.)(?P<below>[^.\[\]]+) | \.(?P<name>[^.\[\]]+) | \['(?P<quoted>[^']*)'\] | \["(?P<double>[^"]*)"\]
    | \[(?P<index>-?\d+|\*)\]""",
    re.VERBOSE,
)


def find(path: str, value: Any) -> list[Any]:
    """All values that a path leads to, in order; raises UsageError for a path that is none."""
    found = [value]
    for deep, step in parse(path):
        if deep:
            found = [inner for outer in found for inner in _descend(outer)]
        found = [inner for outer in found for inner in _step(outer, step)]
    return found


def find_parts(path: str, classification: Classification, separator: str) -> list[str]:
    """The parts, split at ``separator``, of all texts that a path leads to within a classification.

    Raises ExtractError for a value that is no text.
    """
    texts = find(path, classification.as_json())
    for text in texts:
        if not isinstance(text, str):
            raise ExtractError(f"at {path} is {text!r}, which is no text")
    return [part for text in texts for part in text.split(separator)]


@lru_cache(maxsize=64)
def parse(path: str) -> tuple[tuple[bool, str | int], ...]:
    """Read a path: its steps, each a name, an index or ``*``, and whether it descends to any depth before it.

    The ``$`` may be left out before a name. Raises UsageError for a path that is none.
    """
    if not path.startswith("$"):
        path = f"$.{path}"
    steps: list[tuple[bool, str | int]] = []
    place = 1
    while place < len(path):
        found = _STEP.match(path, place)
        if found is None:
            raise UsageError(f"{path!r} is no JSONPath from {path[place:]!r} on", "write such as $.subject.metadata[*]")
        index = found["index"]
        names = (found[group] for group in ("below", "name", "quoted", "double"))
        name = next((each for each in names if each is not None), index)
        steps.append((bool(found["deep"]), int(index) if index not in (None, "*") else name))
        place = found.end()
    return tuple(steps)


def _descend(value: Any) -> Iterator[Any]:
    yield value
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for each in inner:
        yield from _descend(each)


def _step(value: Any, step: str | int) -> Iterator[Any]:
    if isinstance(value, Mapping):
        if step == "*":
            yield from value.values()
        elif step in value:
            yield value[step]
    elif isinstance(value, list):
        if step == "*":
            yield from value
        elif isinstance(step, int) and -len(value) <= step < len(value):
            yield value[step]
