"""Merging runs of lines, each of them in order, into one order: from a file, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

import numpy as np
import numpy.typing as npt

from swath.kernels.json_text import gather_spans
from swath.panoptes.text import TextColumn

Rows = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_BLOCK = 8 << 20


@dataclass(frozen=True)
class Run:
    """Lines in a file: line i stands from ``bounds[i]`` to ``bounds[i + 1]``."""

    bounds: Rows

    @classmethod
    def append(cls, file: IO[bytes], lines: TextColumn) -> Run:
        """Write lines at the end of a file."""
        bounds = lines.offsets + file.tell()
        file.write(lines.data.data)
        return cls(bounds)


def merged(file: IO[bytes], runs: Sequence[Run], places: Rows) -> Iterator[Bytes]:
    """Yield the lines of all runs in the order of ``places``, their numbers over all runs, in blocks.

    Within each run the lines must stand in that order already, so that a block takes a stretch of each.
    """
    firsts = np.cumsum([0, *(run.bounds.size - 1 for run in runs)])
    sizes = np.concatenate([np.diff(run.bounds) for run in runs])[places]
    ends = np.cumsum(sizes)
    run_of = np.searchsorted(firsts, places, side="right") - 1
    start = 0
    while start < places.size:
        done = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + _BLOCK, side="right")))
        yield _block(file, runs, run_of[start:stop], places[start:stop] - firsts[run_of[start:stop]])
        start = stop


def _block(file: IO[bytes], runs: Sequence[Run], run_of: Rows, lines: Rows) -> Bytes:
    """Some lines, each given by its run and its number in it."""
    starts, stops = np.empty(lines.size, np.int32), np.empty(lines.size, np.int32)
    stretches, filled = [], 0
    for number in np.unique(run_of).tolist():
        chosen = np.flatnonzero(run_of == number)
        bounds = runs[number].bounds
        low, high = bounds[lines[chosen[0]]], bounds[lines[chosen[-1]] + 1]
        starts[chosen] = bounds[lines[chosen]] - low + filled
        stops[chosen] = bounds[lines[chosen] + 1] - low + filled
        file.seek(int(low))
        stretches.append(file.read(int(high - low)))
        filled += int(high - low)
    data = np.frombuffer(b"".join(stretches), np.uint8)
    return gather_spans(data, starts, stops)[1]
