"""MRC files of electron tomography: a header of 1024 bytes, and a volume."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from swath.volume.images.errors import ImageReadError
from swath.volume.images.image_file import ImageFile
from swath.volume.images.stored_array import Plane, StoredArray

_HEADER = 1024
_MODES = {0: "i1", 1: "i2", 2: "f4", 6: "u2", 12: "f2"}


@dataclass(frozen=True)
class MrcImage(ImageFile):
    """An MRC file; ``stored`` is its dtype with the order of bytes, ``offset`` where the voxels begin."""

    stored: np.dtype[Any]
    offset: int

    @property
    def is_plain(self) -> bool:
        """Always."""
        return True

    def planes(self, places: Sequence[Mapping[str, int]]) -> Iterator[Plane]:
        """Yield slices, mapped from the file."""
        return self._array.planes(places)

    def boxes(self, places: Sequence[Mapping[str, int]], rows: slice, columns: slice) -> Iterator[Plane]:
        """Yield rows and columns of slices."""
        return self._array.boxes(places, rows, columns)

    @property
    def _array(self) -> StoredArray:
        return StoredArray(self.path, self.stored, self.offset, self.sizes)


def open_mrc(path: Path) -> MrcImage:
    """Read the header; raises ImageReadError where it is none, or of a kind that is not read."""
    with path.open("rb") as file:
        header = file.read(_HEADER)
    if len(header) < _HEADER:
        raise ImageReadError(f"{path} is cut off within its header")
    order = ">" if header[212:213] == b"\x11" else "<"
    columns, rows, sections, mode = np.frombuffer(header, order + "i4", 4).tolist()
    extended = int(np.frombuffer(header, order + "i4", 1, 92)[0])
    if mode not in _MODES or min(columns, rows, sections) < 1 or extended < 0:
        raise ImageReadError(f"{path} is no MRC file of a kind that is read: mode {mode}")
    dtype = np.dtype(order + _MODES[mode])
    sizes = (("z", sections), ("y", rows), ("x", columns))
    return MrcImage(path, sizes, dtype.newbyteorder("="), False, dtype, _HEADER + extended)
