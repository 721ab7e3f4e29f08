"""Records of arrays of one length, a row a frame: cut and put together as one."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np


@dataclass(frozen=True)
class Arrays:
    """Arrays, or records of arrays, of one length; None stands for what is not known of any frame."""

    def __getitem__(self, rows: slice) -> Self:
        return replace(self, **{name: value[rows] for name, value in self._known().items()})

    def __len__(self) -> int:
        return len(next(iter(self._known().values())))

    def followed_by(self, other: Self) -> Self:
        """Put the next frames behind these."""
        theirs = other._known()
        return replace(self, **{name: _joined(value, theirs[name]) for name, value in self._known().items()})

    def _known(self) -> dict[str, Any]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, np.ndarray | Arrays)}


def _joined(first: Any, second: Any) -> Any:
    return first.followed_by(second) if isinstance(first, Arrays) else np.concatenate([first, second])


@dataclass(frozen=True)
class Rows(Arrays):
    """Arrays of consecutive frames of a recording; ``start`` is the number of the first."""

    start: int

    def __getitem__(self, rows: slice) -> Self:
        return replace(super().__getitem__(rows), start=self.start + rows.indices(len(self))[0])

    @property
    def end(self) -> int:
        """Number of the frame after the last."""
        return self.start + len(self)
