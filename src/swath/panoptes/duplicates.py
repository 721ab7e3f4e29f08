"""Classification ids of earlier chunks, to find the records that repeat one of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt


@dataclass
class SeenIds:
    """The ids of all chunks so far, kept in a file: one sorted run a chunk, in memory only its bounds.

    Exports come in order of id, so nearly every chunk lies above all before it and nothing is looked up.
    """

    path: Path
    _lows: list[int] = field(default_factory=list)
    _highs: list[int] = field(default_factory=list)
    _ends: list[int] = field(default_factory=lambda: [0])

    def repeated(self, ids: npt.NDArray[np.int64]) -> list[list[int]]:
        """Add a chunk's ids (0: none), and give the rows that repeat an earlier chunk's as ranges [first, after]."""
        known = ids[ids != 0]
        if (np.diff(known) <= 0).any():
            known = np.unique(known)
        if not known.size:
            return []
        again = [known[np.isin(known, run, assume_unique=True)] for run in self._overlapping(known)]
        self._append(known)
        repeats = np.unique(np.concatenate(again)) if again else np.empty(0, np.int64)
        return as_ranges(np.flatnonzero(np.isin(ids, repeats))) if repeats.size else []

    def _overlapping(self, known: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
        """Read back the runs that may hold some of the ids."""
        meet = (np.array(self._highs) >= known[0]) & (np.array(self._lows) <= known[-1])
        return [
            np.fromfile(self.path, np.int64, count=self._ends[run + 1] - self._ends[run], offset=8 * self._ends[run])
            for run in np.flatnonzero(meet)
        ]

    def _append(self, known: npt.NDArray[np.int64]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab" if self._lows else "wb") as file:
            known.tofile(file)
        self._lows.append(int(known[0]))
        self._highs.append(int(known[-1]))
        self._ends.append(self._ends[-1] + known.size)


def as_ranges(rows: npt.NDArray[np.int64]) -> list[list[int]]:
    """Write sorted row numbers as ranges [first, after the last]."""
    if not rows.size:
        return []
    breaks = np.flatnonzero(np.diff(rows) > 1) + 1
    return [[int(run[0]), int(run[-1]) + 1] for run in np.split(rows, breaks)]


def from_ranges(ranges: list[list[int]]) -> npt.NDArray[np.int64]:
    """Read ranges back as row numbers."""
    return np.concatenate([np.arange(0), *(np.arange(first, after) for first, after in ranges)]).astype(np.int64)
