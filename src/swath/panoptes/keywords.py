"""Keywords of extractors and reducers: their names, defaults and meanings, and how a value is read."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from swath.errors import UsageError


@dataclass(frozen=True)
class Keyword:
    """A keyword of an extractor or reducer: its name, default, one line of meaning, and what reads a given value.

    ``read`` raises ValueError or TypeError for a value that cannot be meant; None takes the value as it is.
    ``required`` says that there is no doing without it.
    """

    name: str
    default: Any
    meaning: str
    read: Callable[[Any], Any] | None = None
    required: bool = False


def check_names(known: Iterable[Keyword], given: Mapping[str, Any], of: str) -> None:
    """Raise UsageError for a keyword that ``of`` does not have, with the closest that it has."""
    names = [keyword.name for keyword in known]
    for name in given:
        if name not in names:
            close = difflib.get_close_matches(name, names, 1, 0.5)
            hint = f"is it {close[0]!r}?" if close else "its keywords: " + (", ".join(names) or "none")
            raise UsageError(f"{of} has no keyword {name!r}", hint)


def check_required(known: Iterable[Keyword], chosen: Mapping[str, Any], of: str) -> None:
    """Raise UsageError for a keyword that is required and has no value."""
    for keyword in known:
        if keyword.required and chosen.get(keyword.name) is None:
            raise UsageError(f"{of} is told no {keyword.name}", keyword.meaning)


def values(known: Collection[Keyword], given: Mapping[str, Any], of: str) -> dict[str, Any]:
    """Give every keyword its value: the given one as read, else the default.

    Null stands for a default that is None. Raises UsageError for a value that cannot be meant, and for a keyword that
    is required and has none.
    """
    chosen = {}
    for keyword in known:
        value = given.get(keyword.name, keyword.default)
        if keyword.read is not None and not (value is None and keyword.default is None) and keyword.name in given:
            try:
                value = keyword.read(value)
            except (ValueError, TypeError) as error:
                raise UsageError(f"{of}: {keyword.name} cannot be {value!r}", keyword.meaning) from error
        chosen[keyword.name] = value
    check_required(known, chosen, of)
    return chosen


def positive(value: Any) -> float:
    """Read a number above 0; raises ValueError or TypeError for anything else."""
    number = float(value)
    if not number > 0:
        raise ValueError(f"not above 0: {value!r}")
    return number


def at_least(least: int) -> Callable[[Any], int]:
    """Make what reads a whole number; it raises ValueError for one below ``least``, and what ``int`` raises."""

    def read(value: Any) -> int:
        number = int(value)
        if number < least:
            raise ValueError(f"below {least}: {value!r}")
        return number

    return read


def share(value: Any) -> float:
    """Read a number from 0 to 1; raises ValueError or TypeError for anything else."""
    number = float(value)
    if not 0 <= number <= 1:
        raise ValueError(f"not from 0 to 1: {value!r}")
    return number


def truth(value: Any) -> bool:
    """Read a truth value, also as text (``true``, ``false``) or 0 and 1; raises ValueError for anything else."""
    read = {"true": True, "1": True, "false": False, "0": False}
    text = str(value).strip().lower()
    if text not in read:
        raise ValueError(f"neither true nor false: {value!r}")
    return read[text]


def one_of(*choices: str) -> Callable[[Any], str]:
    """Make what reads one of some words; it raises ValueError for any other."""

    def read(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"none of {', '.join(choices)}: {value!r}")
        return str(value)

    return read
