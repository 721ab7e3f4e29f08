"""What is wrong with a frame, or could be: bits of a number, and their names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Flags = npt.NDArray[np.uint8]

NO_DEPTH = 1
NO_MOUSE = 2
AT_WALL = 4
TWO_MICE = 8
LOST = 16

NAMES: Mapping[int, str] = MappingProxyType(
    {NO_DEPTH: "no depth", NO_MOUSE: "no mouse", AT_WALL: "at the wall", TWO_MICE: "two mice", LOST: "lost"}
)

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "no depth": "no pixel of the ROI has a depth: the camera gave a frame of zeros",
        "no mouse": "nothing in the ROI is high and large enough: position and size are NaN",
        "at the wall": "the mouse touches the edge of the ROI, where part of it may be cut off",
        "two mice": "a second component is at least half as large as the mouse",
        "lost": "the tracking model could not be fitted: it is that of the frame before",
    }
)


def names_of(flags: Flags) -> list[str]:
    """Give the names of each frame's flags, in order of bits, with commas between; empty where there is none."""
    distinct = np.unique(flags).tolist()
    texts = {value: ", ".join(name for bit, name in NAMES.items() if value & bit) for value in distinct}
    return [texts[value] for value in flags.tolist()]


def count_flags(flags: Flags) -> dict[str, int]:
    """Count the frames that have each flag, by name; those that none has are left out."""
    counts = {name: int(np.count_nonzero(flags & bit)) for bit, name in NAMES.items()}
    return {name: count for name, count in counts.items() if count}
