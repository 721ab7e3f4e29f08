"""Axes beyond x, y, z and channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class AdditionalAxis:
    """An axis such as ``t``: half-open bounds, and its place among the axes of the array."""

    name: str
    bounds: tuple[int, int]
    index: int
    unknown: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, axis: Mapping[str, Any]) -> AdditionalAxis:
        """Read it from the properties file."""
        rest = dict(axis)
        start, stop = rest.pop("bounds")
        return cls(str(rest.pop("name")), (int(start), int(stop)), int(rest.pop("index")), rest)

    def to_json(self) -> dict[str, Any]:
        """Give it as the properties file has it."""
        return {"name": self.name, "bounds": list(self.bounds), "index": self.index, **self.unknown}
