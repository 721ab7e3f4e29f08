"""Columns of text as offsets and bytes, the form that the kernels read and Arrow takes without a copy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.kernels.csv import parse_integers


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
        return np.diff(self.offsets) == 0

    def arrow(self, valid: npt.NDArray[np.bool_] | None = None) -> pa.Array:
        """The texts as an Arrow large_string array, null where not ``valid``."""
        bitmap = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
        return pa.LargeStringArray.from_buffers(
            len(self), pa.py_buffer(self.offsets), pa.py_buffer(self.data), bitmap
        )

    def integers(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """The texts read as decimal integers, and which of them are integers."""
        return parse_integers(self.data, self.offsets)  # type: ignore[no-any-return]

    def at(self, row: int) -> str:
        """One text."""
        return self.data[self.offsets[row] : self.offsets[row + 1]].tobytes().decode("utf-8", "replace")
