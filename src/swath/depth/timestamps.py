"""Times of the frames of a recording, in milliseconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from swath.errors import InputError

NAMES = ("depth_ts.txt", "timestamps.csv")
"""Files that hold them, the first that is there counts: milliseconds, and one value a line in seconds."""


def parse_timestamps(text: str, name: str, *, column: int = 0) -> npt.NDArray[np.float64]:
    """Read the times, float64 (frames,), ms, from the text of a file of the name ``name``.

    ``column`` is the one to read of the columns that blanks separate. A ``.csv`` file holds seconds.
    Raises InputError, with the line, for a value that is missing or no number.
    """
    times = np.empty(text.count("\n") + 1)
    count = 0
    for number, line in enumerate(text.splitlines(), 1):
        try:
            times[count] = float(line.split()[column])
        except (IndexError, ValueError) as error:
            raise InputError(
                f"{name}, line {number}: no time in {line[:40]!r}", "each line begins with the time of one frame"
            ) from error
        count += 1
    return times[:count] * (1000.0 if name.endswith(".csv") else 1.0)


def read_timestamps(directory: Path) -> npt.NDArray[np.float64] | None:
    """Read the times of the recording in ``directory``, float64 (frames,), ms; None where there is no file of them."""
    for name in NAMES:
        path = directory / name
        if path.is_file():
            return parse_timestamps(path.read_text(encoding="utf-8"), name)
    return None


def check_timestamps(times: npt.NDArray[np.float64] | None, frames: int, where: str) -> None:
    """Raise InputError where there are times, but not one for each of the ``frames`` frames of the file ``where``."""
    if times is not None and times.size != frames:
        raise InputError(
            f"{where} has {frames} frames, but there are {times.size} timestamps",
            "one of the two files is cut off: complete it, or move the timestamps away",
        )
