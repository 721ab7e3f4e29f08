"""What a reduction is told: the reducer, its keywords, which of a user's repeats count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from swath.errors import UsageError
from swath.panoptes.extract.settings import read_yaml

FILTERS = ("first", "last", "all")


@dataclass(frozen=True)
class ReduceSettings:
    """What decides the output of a reduction.

    ``repeats`` says which classifications of one user and subject count: the first, the last or all. ``labels`` are
    the texts of answers by task and the answer's name.
    """

    reducer: str
    keywords: Mapping[str, Any] = field(default_factory=dict)
    repeats: str = "first"
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    compat: bool = False
    chunk_size: int = 16 << 20

    def __post_init__(self) -> None:
        if self.repeats not in FILTERS:
            raise UsageError(f"--filter cannot be {self.repeats!r}", "one of " + ", ".join(FILTERS))


def read_reducer(path: str | Path) -> tuple[str, dict[str, Any]]:
    """Read a reducer configuration: the reducer's name and its keywords; raises InputError or UsageError."""
    content = read_yaml(path).get("reducer_config")
    if not isinstance(content, Mapping) or len(content) != 1:
        raise UsageError(f"{path} does not name one reducer", "write reducer_config: {question_reducer: {}}")
    ((name, keywords),) = content.items()
    if keywords is not None and not isinstance(keywords, Mapping):
        raise UsageError(f"{path}: the keywords of {name} are no mapping", "write {} where there are none")
    return str(name), dict(keywords or {})
