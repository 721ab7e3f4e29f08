"""What is kept of each frame beside the pictures: a Parquet file beside the results file, a row a frame."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from swath.depth.align import Results
from swath.depth.h5_descriptions import SCALARS
from swath.engine.files import write_atomically
from swath.kernels.region import region_statistics

REGION = ("pixels_above", "total_height", "largest_height")

SCHEMA = pa.schema(
    [
        ("frame", pa.int64()),
        ("time_ms", pa.float64()),
        *((name, pa.float32()) for name in SCALARS),
        ("flip", pa.bool_()),
        ("flags", pa.uint8()),
        *((name, pa.int64()) for name in REGION),
    ]
)
"""Frame, its time, its scalars, whether it was turned round, its flags, and what is above the floor in its region."""


@dataclass
class FrameRows:
    """Gathers the rows of blocks of results."""

    scalars: list[npt.NDArray[np.float32]] = field(default_factory=list)
    flags: list[npt.NDArray[np.uint8]] = field(default_factory=list)
    flips: list[npt.NDArray[np.bool]] = field(default_factory=list)
    regions: list[npt.NDArray[np.int64]] = field(default_factory=list)

    def take(self, block: Results) -> None:
        """Take a block; its pictures are not kept."""
        region = np.empty((len(block), len(REGION)), np.int64)
        heights = block.heights if block.heights.dtype.kind == "u" else block.heights.astype(np.uint16)
        region_statistics(heights, region)
        self.regions.append(region)
        self.scalars.append(block.scalars)
        self.flags.append(block.flags)
        if block.flips is not None:
            self.flips.append(block.flips)

    def table(self, first: int, times: npt.NDArray[np.float64] | None) -> pa.Table:
        """Give all rows; ``first`` is the number of the first frame, ``times`` are those of the frames in ms."""
        scalars = _stacked(self.scalars, (0, len(SCALARS)), np.float32)
        regions = _stacked(self.regions, (0, len(REGION)), np.int64)
        columns: list[Any] = [np.arange(first, first + len(scalars)), times, *scalars.T]
        columns += [
            np.concatenate(self.flips) if self.flips else None,
            _stacked(self.flags, (0,), np.uint8),
            *regions.T,
        ]
        return _table(columns, len(scalars))


def _stacked(arrays: Sequence[npt.NDArray[Any]], empty: tuple[int, ...], dtype: Any) -> npt.NDArray[Any]:
    return np.concatenate(arrays) if arrays else np.empty(empty, dtype)


def _table(columns: Sequence[Any], length: int) -> pa.Table:
    arrays = [
        pa.nulls(length, item.type) if values is None else pa.array(np.ascontiguousarray(values), item.type)
        for values, item in zip(columns, SCHEMA, strict=True)
    ]
    return pa.table(arrays, schema=SCHEMA)


def write_frame_table(path: Path, table: pa.Table) -> None:
    """Write the rows of a session; the file appears whole or not at all."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", use_dictionary=["flags"])
    write_atomically(path, buffer.getbuffer())


def read_frame_table(parquet: Path, h5: Path) -> pa.Table:
    """Read the rows of a session: those that Swath wrote, else from the results file that moseq2-extract wrote.

    Raises OSError and KeyError where a results file is damaged.
    """
    if parquet.is_file():
        return pq.read_table(parquet, schema=SCHEMA)
    import h5py  # noqa: PLC0415  (optional extra)

    with h5py.File(h5, "r") as file:
        scalars = [file[f"scalars/{name}"][:] for name in SCALARS]
        first = int(file["metadata/extraction/first_frame_idx"][0])
        times = file["timestamps"][:] if "timestamps" in file else None
        flips = file["metadata/extraction/flips"][:] if "metadata/extraction/flips" in file else None
    length = len(scalars[0])
    return _table([np.arange(first, first + length), times, *scalars, flips, *[None] * (1 + len(REGION))], length)
