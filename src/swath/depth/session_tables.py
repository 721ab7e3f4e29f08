"""The tables of one session, from its results: those of Swath, or of moseq2-extract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.depth.flags import names_of
from swath.depth.frame_table import read_frame_table
from swath.depth.sessions import Session
from swath.depth.status import ResultPaths, read_status
from swath.depth.tables import ROI_STATISTICS, SCALARS, SESSIONS
from swath.depth.yaml_files import plain
from swath.errors import InputError

CHUNK = 1000
"""Frames of a row of ROI statistics."""


@dataclass(frozen=True)
class _Arena:
    true_depth: float
    roi_pixels: int
    first: int


def session_tables(key: str, session: Session, results: ResultPaths) -> dict[str, pa.Table]:
    """Make the tables of a complete session, by name; ``key`` names it in them.

    Raises InputError for damaged results.
    """
    try:
        frames = read_frame_table(results.parquet, results.h5)
        arena = _read_arena(results)
    except (OSError, KeyError, pa.ArrowInvalid) as error:
        raise InputError(f"the results {results.h5} are damaged: {error}", "extract the session again") from error
    status = read_status(results.status)
    made = {
        SESSIONS: _sessions(session, results, status, frames, arena),
        SCALARS: _scalars(frames),
        ROI_STATISTICS: _roi_statistics(frames),
    }
    return {table.name: table.frame({**columns, "session": _repeated(key, columns)}) for table, columns in made.items()}


def _repeated(key: str, columns: Mapping[str, Any]) -> pa.Array:
    return pa.array([key] * len(next(iter(columns.values()))), pa.large_string())


def _read_arena(results: ResultPaths) -> _Arena:
    import h5py  # noqa: PLC0415  (optional extra)

    with h5py.File(results.h5, "r") as file:
        group = file["metadata/extraction"]
        roi = int(np.count_nonzero(group["roi"][:]))
        return _Arena(float(group["true_depth"][()]), roi, int(group["first_frame_idx"][0]))


def _sessions(
    session: Session, results: ResultPaths, status: Mapping[str, Any], frames: pa.Table, arena: _Arena
) -> dict[str, list[Any]]:
    metadata = status.get("metadata") or {}
    times = frames["time_ms"]
    row = {
        "uuid": status.get("uuid"),
        "subject": metadata.get("SubjectName"),
        "session_name": metadata.get("SessionName"),
        "start_time": metadata.get("StartTime"),
        "recording": str(session.recording.absolute()),
        "results": str(results.h5.absolute()),
        "first_frame": arena.first,
        "frames": frames.num_rows,
        "flagged": pc.sum(pc.not_equal(frames["flags"], 0)).as_py(),
        "seconds": (times[-1].as_py() - times[0].as_py()) / 1000 if frames.num_rows and times[0].is_valid else None,
        "true_depth": arena.true_depth,
        "roi_pixels": arena.roi_pixels,
        "metadata": json.dumps(plain(metadata), default=str),
        "parameters": json.dumps(plain(status.get("parameters") or {}), default=str),
        "extracted_by": status.get("extracted_by", "moseq2-extract"),
        "warnings": "; ".join(status.get("warnings") or []),
    }
    return {
        name: [value if value is None or not isinstance(value, dict | list) else str(value)]
        for name, value in row.items()
    }


def _scalars(frames: pa.Table) -> dict[str, Any]:
    columns = {name: _known(frames[name]) for name in frames.column_names if name in SCALARS.schema.names}
    if frames["flags"].null_count:
        return {**columns, "flags": pa.nulls(frames.num_rows, pa.large_string())}
    return {**columns, "flags": pa.array(names_of(frames["flags"].to_numpy()), pa.large_string())}


def _known(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Values with null in the place of NaN, which would make NaN of every sum in SQL."""
    if not pa.types.is_floating(values.type):
        return values
    return pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)


def _roi_statistics(frames: pa.Table) -> dict[str, Any]:
    """Sum the rows of each chunk up; nothing of results that do not have them."""
    if frames["pixels_above"].null_count or not frames.num_rows:
        return {"first_frame": pa.array([], pa.int64())}
    starts = np.arange(0, frames.num_rows, CHUNK)
    numbers = np.diff(np.append(starts, frames.num_rows))
    above, total, largest, flags, area = (
        frames[name].to_numpy() for name in ("pixels_above", "total_height", "largest_height", "flags", "area_px")
    )
    pixels = np.add.reduceat(above, starts)
    mice = np.add.reduceat((area > 0).astype(np.int64), starts)
    return {
        "first_frame": frames["frame"].to_numpy()[starts],
        "frames": numbers,
        "flagged": np.add.reduceat((flags != 0).astype(np.int64), starts),
        "pixels_above": pixels / numbers,
        "mean_height": _share(np.add.reduceat(total, starts), pixels),
        "largest_height": np.maximum.reduceat(largest, starts),
        "mouse_area": _share(np.add.reduceat(area.astype(np.float64), starts), mice),
    }


def _share(total: npt.NDArray[Any], number: npt.NDArray[Any]) -> pa.Array:
    """Totals divided by numbers, null where there is none."""
    return pa.array(total / np.maximum(number, 1), pa.float64(), mask=number == 0)
