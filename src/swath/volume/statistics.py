"""Measuring what is written into a mag: rows of its chunks, slices and segments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.kernels import voxels as kernel
from swath.kernels.segments import measure_segments
from swath.kernels.voxel_bytes import measure_chunks_of_bytes
from swath.tables import Table
from swath.volume.geometry import BoundingBox, Mag, Vec3Int
from swath.volume.stores.array_store import Voxels
from swath.volume.tables import CHUNKS, MAGS, SEGMENTS, SLICES

Columns = dict[str, Any]


@dataclass(frozen=True)
class Measured:
    """A mag that is measured. ``box`` is the layer's, in finest voxels; ``chunk`` in voxels of the mag."""

    layer: str
    category: str
    mag: Mag
    chunk: Vec3Int
    dtype: np.dtype[Any]
    channels: int
    box: BoundingBox

    def row(self) -> pa.Table:
        """The mag's row of ``mags``."""
        size = self.box.align_with_mag(self.mag, ceil=True).in_mag(self.mag).size_xyz
        box = dict(zip(("x", "y", "z"), self.box.topleft, strict=True))
        box |= dict(zip(("width", "height", "depth"), self.box.size, strict=True))
        row = {"category": self.category, "dtype": self.dtype.name, "channels": self.channels, **box}
        row["voxels"] = size.x * size.y * size.z
        return MAGS.frame({name: [value] for name, value in {**self.where, **row}.items()})

    @property
    def where(self) -> dict[str, str]:
        """The columns that say which mag it is."""
        return {"layer": self.layer, "mag": str(self.mag)}


@dataclass
class Figures:
    """Rows of one mag as its pieces come."""

    measured: Measured
    rows: dict[str, list[pa.Table]] = field(default_factory=dict)

    def add(self, start: Vec3Int, data: Voxels, further: str = "") -> None:
        """Measure a piece (c, x, y, z) whose first voxel is ``start`` in the array; ``further`` is its place beyond."""
        for channel in range(data.shape[0]):
            volume = np.ascontiguousarray(data[channel].T)
            if kernel.is_zero(volume):
                continue
            own = {**self.measured.where, "further": further}
            self._add_values(start, volume, {**own, "channel": channel})
            if self.measured.category == "segmentation" and volume.dtype.kind in "ui":
                self._add_segments(start, volume, own)

    def tables(self) -> Iterator[tuple[str, pa.Table]]:
        """Yield the frames, by table."""
        for name, frames in self.rows.items():
            yield name, pa.concat_tables(frames)

    def _add_values(self, start: Vec3Int, volume: Voxels, own: Columns) -> None:
        first, chunk = self._grid(start)
        counts, figures, histograms, slice_counts, slices = _measured(volume, first, chunk)
        kept = np.flatnonzero(counts[:, kernel.NONZERO])
        values, nonzero = counts[kept, kernel.VALUES], counts[kept, kernel.NONZERO]
        columns: Columns = {
            **_boxes(self._corners(start, volume.shape, kept), self.measured.mag),
            "voxels": values,
            "nonzero": nonzero,
            "nonzero_share": nonzero / values,
            **{name: figures[kept, at] for at, name in enumerate(("minimum", "maximum", "mean", "variance"))},
            "histogram_low": figures[kept, kernel.LOW],
            "histogram_width": figures[kept, kernel.WIDTH],
            "histogram": _lists(histograms[kept]),
        }
        self._keep(CHUNKS, {**_repeated(own, len(kept)), **columns})
        kept = np.flatnonzero(slice_counts[:, kernel.NONZERO])
        columns = {
            "z": (start.z + kept) * self.measured.mag.z,
            "voxels": slice_counts[kept, kernel.VALUES],
            "nonzero": slice_counts[kept, kernel.NONZERO],
            **{name: slices[kept, at] for at, name in enumerate(("total", "minimum", "maximum"))},
        }
        self._keep(SLICES, {**_repeated(own, len(kept)), **columns})

    def _add_segments(self, start: Vec3Int, volume: Voxels, own: Columns) -> None:
        if volume.dtype.kind == "i":  # what is below 0 is no segment
            volume = np.maximum(volume, 0)
        ids, rows = measure_segments(volume, *self._grid(start))
        corner = np.array(tuple(reversed(start)))
        low, high = rows[:, 2:5] + corner, rows[:, 5:8] + corner
        columns = {"segment": ids, "voxels": rows[:, 1], **_boxes((low, high), self.measured.mag)}
        self._keep(SEGMENTS, {**_repeated(own, len(ids)), **columns})

    def _grid(self, start: Vec3Int) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
        """Give how far into a chunk a place is, and the chunk's shape, both z, y, x."""
        chunk = self.measured.chunk
        x, y, z = start % chunk
        return (z, y, x), (chunk.z, chunk.y, chunk.x)

    def _corners(
        self, start: Vec3Int, shape: tuple[int, ...], numbers: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Give where chunks of some numbers begin and end in the array, z, y, x, as far as they are of the piece."""
        first, chunk = self._grid(start)
        size = (int(shape[0]), int(shape[1]), int(shape[2]))
        places = np.stack(np.unravel_index(numbers, kernel.grid_of(size, first, chunk)), -1)
        low = np.maximum(places * chunk - first, 0)
        high = np.minimum((places + 1) * chunk - first, size)
        corner = np.array(tuple(reversed(start)))
        return low + corner, high + corner

    def _keep(self, table: Table, columns: Columns) -> None:
        if len(columns["voxels"]):
            self.rows.setdefault(table.name, []).append(table.frame(columns))


def _measured(volume: Voxels, first: Any, chunk: Any) -> Any:
    """Measure the chunks and slices of a volume, by the kernel that is fastest for its type."""
    if volume.dtype == np.uint8:
        return measure_chunks_of_bytes(volume, first, chunk)
    low, width = _bins(volume.dtype)
    zero = np.float64(0) if volume.dtype.itemsize == 8 else np.int64(0)
    return kernel.measure_chunks(volume, first, chunk, width, low, zero)


def _bins(dtype: np.dtype[Any]) -> tuple[float, float]:
    """Give the lower edge and the width of the histogram's bins; a width of 0 where they follow from the chunk."""
    if dtype.itemsize > 1:
        return 0.0, 0.0
    return float(np.iinfo(dtype).min), 256 / kernel.BINS


def _boxes(corners: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]], mag: Mag) -> Columns:
    """Give the columns of boxes z, y, x in voxels of a mag."""
    low, high = corners
    scale = (mag.z, mag.y, mag.x)
    columns: Columns = {name: low[:, 2 - at] * scale[2 - at] for at, name in enumerate("xyz")}
    sizes = enumerate(("width", "height", "depth"))
    return columns | {name: (high - low)[:, 2 - at] * scale[2 - at] for at, name in sizes}


def _repeated(values: Columns, rows: int) -> Columns:
    return {name: pa.repeat(pa.scalar(value), rows) for name, value in values.items()}


def _lists(rows: npt.NDArray[np.int64]) -> pa.Array:
    offsets = np.arange(len(rows) + 1, dtype=np.int64) * rows.shape[1]
    return pa.LargeListArray.from_arrays(offsets, rows.reshape(-1))
