"""The records of one chunk: their fields as columns of text, and the ones that are no whole records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from swath.engine.job import Chunk
from swath.errors import InputError
from swath.kernels.csv import flag_bad_bytes, split_records
from swath.panoptes.file_bytes import read_window
from swath.panoptes.quarantine import Rejects
from swath.panoptes.text import Fields, TextColumn

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Records:
    """The records of a chunk: ``bounds`` of shape (records + 1,), and starts, stops and styles of the wanted fields."""

    data: npt.NDArray[np.uint8]
    columns: tuple[str, ...]
    bounds: npt.NDArray[np.int64]
    fields: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int64]
    stops: npt.NDArray[np.int64]
    styles: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return self.fields.size

    def fields_of(self, column: str, rows: Rows) -> Fields:
        """A column's fields in some rows, where they stand; those of a column that the file lacks are empty."""
        if column not in self.columns:
            nowhere = np.full(rows.size, -1, np.int64)
            return Fields(self.data, nowhere, nowhere, np.zeros(rows.size, np.uint8))
        place = self.columns.index(column)
        if rows.size == len(self) and (np.diff(rows) == 1).all():
            starts, stops = np.ascontiguousarray(self.starts[:, place]), np.ascontiguousarray(self.stops[:, place])
            return Fields(self.data, starts, stops, np.ascontiguousarray(self.styles[:, place]))
        return Fields(self.data, self.starts[rows, place], self.stops[rows, place], self.styles[rows, place])

    def texts(self, column: str, rows: Rows) -> TextColumn:
        """A column's fields in some rows, unquoted."""
        return self.fields_of(column, rows).texts()


def split(
    data: npt.NDArray[np.uint8], columns: Sequence[str], wanted: Sequence[str], *, final: bool
) -> tuple[Records, int, bool]:
    """Split data that begins at a record, with the file's columns, into records and the fields of the wanted columns.

    ``final`` says that the file ends with the data. Gives the whole records, the bytes that they take, and whether the
    file ends within a quoted field.
    """
    present = tuple(name for name in wanted if name in columns)
    slots = np.array([present.index(c) if c in present else -1 for c in columns], np.int32)
    _, consumed, bounds, fields, starts, stops, styles, cut_off = split_records(data, slots, len(present), final)
    return Records(data[:consumed], present, bounds, fields, starts, stops, styles), consumed, bool(cut_off)


def read_records(chunk: Chunk, columns: Sequence[str], wanted: Sequence[str]) -> tuple[Records, Rejects]:
    """Read a chunk: its records, and the rejects, which hold already the records that are no good as such.

    ``columns`` are those of the file, ``wanted`` the ones to find; the file may lack some of them.
    """
    if chunk.at_hand is not None:
        records, cut_off = chunk.at_hand
    else:
        records, _, cut_off = split(_read_bytes(chunk), columns, wanted, final=True)
    rejects = Rejects(chunk, records.data, records.bounds, records.fields > 0)
    _reject_bad_records(records, len(columns), rejects, cut_off=cut_off)
    return records, rejects


def _read_bytes(chunk: Chunk) -> npt.NDArray[np.uint8]:
    source, length = chunk.payload["source"], chunk.payload["length"]
    spooled = chunk.payload.get("spooled")
    data = read_window(Path(spooled or source), 0 if spooled else chunk.payload["offset"], length)
    if data.size < length:
        raise InputError(f"{source} became shorter while it was read", "run again with --overwrite")
    return data


def _reject_bad_records(records: Records, width: int, rejects: Rejects, *, cut_off: bool) -> None:
    last = len(records) - 1
    if cut_off:
        rejects.add(np.array([last]), "cut off", "the file ends within a quoted field")
    wrong = np.flatnonzero((records.fields != width) & rejects.good)
    rejects.add(wrong, "wrong number of fields", [f"{records.fields[r]} of {width}" for r in wrong])
    flags = flag_bad_bytes(records.data, records.bounds)
    rejects.add(np.flatnonzero(flags == 1), "NUL byte", "the row holds a NUL byte")
    rejects.add(np.flatnonzero(flags == 2), "not UTF-8", "the row holds bytes that are not UTF-8")
