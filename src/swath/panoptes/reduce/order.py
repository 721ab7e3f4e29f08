"""The order of subjects: numbers as numbers, before other texts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc

_PLAIN_NUMBER = r"^(0|[1-9][0-9]{0,17})$"


def subject_key(name: str) -> tuple[bool, int, str]:
    """What subjects are sorted by."""
    return (False, int(name), name) if name.isdigit() else (True, 0, name)


def subject_order(names: pa.Array) -> npt.NDArray[np.int64]:
    """The positions of subjects in their order; equal ones stay as they stand."""
    if pc.all(pc.match_substring_regex(names, _PLAIN_NUMBER)).as_py():
        return np.argsort(names.cast(pa.int64()).to_numpy(), kind="stable")
    listed = names.to_pylist()
    return np.array(sorted(range(len(listed)), key=lambda place: subject_key(listed[place])), np.int64)
