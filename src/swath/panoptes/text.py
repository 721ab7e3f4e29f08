"""Columns of text as offsets and bytes, the form that the kernels read and Arrow takes without a copy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.kernels.csv import MIXED, PLAIN, QUOTED, gather_fields, has_quotes, parse_integers
from swath.kernels.distinct import group_equal_texts


@dataclass(frozen=True)
class TextColumn:
    """Texts, ``data[offsets[i]:offsets[i + 1]]``, of shape (rows,); UTF-8."""

    offsets: npt.NDArray[np.int64]
    data: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return self.offsets.size - 1

    @property
    def empty(self) -> npt.NDArray[np.bool_]:
        """Which texts have no characters."""
        lengths: npt.NDArray[np.int64] = np.diff(self.offsets)
        empty: npt.NDArray[np.bool_] = lengths == 0
        return empty

    def arrow(self, valid: npt.NDArray[np.bool_] | None = None) -> pa.Array:
        """The texts as an Arrow large_string array, null where not ``valid``."""
        bitmap = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
        return pa.LargeStringArray.from_buffers(len(self), pa.py_buffer(self.offsets), pa.py_buffer(self.data), bitmap)

    def integers(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """The texts read as decimal integers, and which of them are integers."""
        return parse_integers(self.data, self.offsets[:-1], self.offsets[1:])

    def equals(self, other: TextColumn) -> bool:
        """Whether all texts are the same."""
        return np.array_equal(self.offsets, other.offsets) and np.array_equal(self.data, other.data)

    def at(self, row: int) -> str:
        """One text."""
        return self.data[self.offsets[row] : self.offsets[row + 1]].tobytes().decode("utf-8", "replace")


@dataclass(frozen=True)
class Fields:
    """Fields where they stand in a CSV file, ``data[starts[i]:stops[i]]``, and how each is quoted."""

    data: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]
    stops: npt.NDArray[np.int64]
    styles: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return self.starts.size

    def all_doubled(self) -> bool:
        """Whether every quote within the fields is doubled: each is in quotes, or has none."""
        plain = self.styles == PLAIN
        others = ~plain & (self.styles != QUOTED)
        return not others.any() and not has_quotes(self.data, self.starts[plain], self.stops[plain])

    def texts(self) -> TextColumn:
        """The fields' texts, unquoted."""
        return TextColumn(*gather_fields(self.data, self.starts, self.stops, self.styles))

    def integers(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """The fields read as decimal integers, and which of them are integers."""
        if (self.styles == MIXED).any():
            return self.texts().integers()
        return parse_integers(self.data, self.starts, self.stops)

    def group_equal(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Group equal fields: the position of each group's first field, and each field's group."""
        if (self.styles != self.styles[:1]).any():
            alone = np.arange(len(self))
            return alone, alone
        return group_equal_texts(self.data, self.starts, self.stops)

    def take(self, positions: npt.NDArray[np.int64]) -> Fields:
        """Some of the fields."""
        return Fields(self.data, self.starts[positions], self.stops[positions], self.styles[positions])
