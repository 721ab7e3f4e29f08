"""What a closed-loop rig wrote while it recorded: texts of a time and values a line, in the session's directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.errors import InputError

FEEDBACK = "feedback_ts.txt"

FILES = {
    FEEDBACK: ("realtime_feedback", bool),
    "predictions.txt": ("realtime_predictions", int),
    "pc_scores.txt": ("realtime_pc_scores", np.float32),
}
"""By file name: the name of what it holds, and its type."""


@dataclass(frozen=True)
class Realtime:
    """What was written in real time: ``data`` (times,) or (times, values), ``timestamps`` (times,) in whole ms."""

    data: npt.NDArray[Any]
    timestamps: npt.NDArray[np.int64]


def read_realtime(path: Path, dtype: Any) -> Realtime:
    """Read lines of a time and values, ``1033.9 0.5, 1.5``; a single value stands without an axis.

    Raises InputError, with the line, for one without a time and a value.
    """
    times, rows = [], []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        time, _, values = line.strip().partition(" ")
        try:
            times.append(int(float(time)))
            rows.append([float(value) for value in values.split(",")])
        except ValueError as error:
            raise InputError(f"{path}, line {number}: no time and value in {line[:40]!r}") from error
    try:
        data = np.array(rows, np.float64)
    except ValueError as error:
        raise InputError(f"{path}: its lines have different numbers of values") from error
    return Realtime(data.astype(dtype).squeeze(), np.array(times, np.int64))


def read_feedback(path: Path) -> list[tuple[int, int]]:
    """Read when feedback was given: times in whole ms, and 1 or 0. Raises InputError."""
    found = read_realtime(path, int)
    states = np.atleast_1d(found.data)
    return [(int(time), int(state)) for time, state in zip(found.timestamps, states, strict=True)]
