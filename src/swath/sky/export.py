"""The tables of AZOTEA from a store: CSV with 21 columns (0.3.16) or 29 (0.3.39)."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from swath.engine.files import write_atomically
from swath.errors import OutputError, UsageError
from swath.sky.statistics import PLANES, rounded
from swath.sky.store import open_sky_store, read_table
from swath.sky.tables import BRIGHTNESS, FRAMES

_FIRST = (
    "session",
    "observer",
    "organization",
    "location",
    "type",
    "tstamp",
    "name",
    "model",
    "iso",
    "roi",
    "dark_roi",
)
_SIGNALS = tuple(f"{what}_signal_{plane}" for plane in PLANES for what in ("aver", "std"))
_DARKS = tuple(f"{what}_dark_{plane}" for plane in PLANES for what in ("aver", "std"))
_TEXTS = ("observer", "organization", "location", "type", "tstamp", "name", "model", "iso", "roi", "dark_roi")
_TYPES = {
    **dict.fromkeys(_TEXTS, pa.string()),
    **dict.fromkeys((*_SIGNALS, *_DARKS, "exptime"), pa.float64()),
    **dict.fromkeys(("session", "bias"), pa.int64()),
}
SHORT_HEADER = (*_FIRST, "exptime", *_SIGNALS, "bias")
LONG_HEADER = (*_FIRST, "exptime", *_SIGNALS, *_DARKS, "bias")


@dataclass(frozen=True)
class Choice:
    """Which light frames to export, None for all: a session, an observer, nights from ``first`` to ``last``.

    ``region`` is the one whose numbers are written.
    """

    session: int | None = None
    observer: str | None = None
    first: str | None = None
    last: str | None = None
    region: str = "centre"

    def takes(self, frame: Mapping[str, Any]) -> bool:
        """Say whether a row of the table of frames is chosen."""
        return (
            frame["type"] == "LIGHT"
            and self.session in (None, frame["session"])
            and self.observer in (None, frame["observer"])
            and (self.first is None or frame["night"] >= self.first)
            and (self.last is None or frame["night"] <= self.last)
        )


def export(store: str | Path, file: str | Path, *, columns: int = 21, choice: Choice | None = None) -> int:
    """Write the light frames of a store as AZOTEA's table, in order of observer and time, and give their number.

    A file whose name ends with ``.parquet`` has typed columns, any other is AZOTEA's CSV.

    The signals are without dark subtraction; with 29 columns the master dark stands beside them.
    Raises UsageError for another number of columns, OutputError where the file cannot be written.
    """
    if columns not in (21, 29):
        raise UsageError(f"there is no form with {columns} columns", "give 21 or 29")
    if not Path(file).resolve().parent.is_dir():
        raise OutputError(f"cannot write {file}: there is no such directory", "check that its directory exists")
    rows = export_rows(Path(store), choice or Choice(), columns)
    header = SHORT_HEADER if columns == 21 else LONG_HEADER
    content = _parquet(header, rows) if Path(file).suffix == ".parquet" else _csv(header, rows)
    try:
        write_atomically(Path(file), content)
    except OSError as error:
        raise OutputError(f"cannot write {file}: {error.strerror}", "check that its directory exists") from error
    return len(rows)


def _csv(header: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def _parquet(header: Sequence[str], rows: Sequence[Sequence[object]]) -> memoryview:
    sink = io.BytesIO()
    columns = {name: pa.array([row[n] for row in rows], _TYPES.get(name)) for n, name in enumerate(header)}
    pq.write_table(pa.table(columns), sink)
    return sink.getbuffer()


def export_rows(store: Path, choice: Choice, columns: int) -> list[Sequence[object]]:
    """Make the rows of the CSV, 21 or 29 values each; missing values are None."""
    dataset = open_sky_store(store)
    frames = [row for row in read_table(dataset, FRAMES).to_pylist() if choice.takes(row)]
    planes: dict[str, dict[str, dict[str, Any]]] = {row["path"]: {} for row in frames}
    for row in read_table(dataset, BRIGHTNESS).to_pylist():
        if row["path"] in planes and row["region"] == choice.region:
            planes[row["path"]][row["plane"]] = row
    if frames and not any(planes.values()):
        raise UsageError(f"{store} has no region {choice.region!r}", "swath query lists the regions of brightness")
    frames.sort(key=lambda row: (row["observer"] or "", row["time"], row["name"]))
    digits = 2 if columns == 21 else 3
    return [_row(frame, planes[frame["path"]], digits) for frame in frames if planes[frame["path"]]]


def _row(frame: Mapping[str, Any], planes: Mapping[str, Mapping[str, Any]], digits: int) -> list[object]:
    row: list[object] = [frame[name] for name in ("session", "observer", "organization", "location", "type")]
    row += [frame["time"].isoformat(timespec="seconds"), frame["name"], frame["model"], frame["iso"]]
    row += [planes[PLANES[0]]["box"], None, frame["exposure"]]
    for plane in PLANES:
        found = planes[plane]
        row += [rounded(found["mean"], 1), round(math.sqrt(rounded(found["variance"], digits)), 1)]
    if digits == 3:
        for plane in PLANES:
            row += [round(planes[plane]["dark_mean"], 1), round(math.sqrt(planes[plane]["dark_variance"]), 1)]
    return [*row, frame["bias"]]
