"""What is kept of the blocks of a frame, so that a region made of them needs no decoding again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from swath import compute as pc
from swath.engine.dataset import Dataset
from swath.engine.job import Carried
from swath.engine.staging import Part
from swath.sky.regions import Box
from swath.sky.statistics import PLANES, PlaneStatistics, plane_statistics
from swath.sky.tables import BLOCKS
from swath.tables import BLOB

BLOCK = 50
"""Pixels of a plane along the side of a block."""

Integers = npt.NDArray[np.int64]

_NEEDED = ("plane", "x1", "x2", "y1", "y2", "maximum", "histogram")


def block_edges(size: int) -> Integers:
    """Give the edges of blocks along a side of a plane of so many pixels: the middle is one, so are both ends."""
    return np.unique([0, *range((size // 2) % BLOCK, size, BLOCK), size]).astype(np.int64)


def is_made_of_blocks(box: Box, rows: int, columns: int) -> bool:
    """Say whether the edges of a box, inside a plane of so many rows and columns, are edges of blocks."""
    across, down = set(block_edges(columns).tolist()), set(block_edges(rows).tolist())
    return {box.x1, box.x2} <= across and {box.y1, box.y2} <= down


def frame_blocks(path: str, pixels: npt.NDArray[np.uint16], offsets: Integers, rows: int, columns: int) -> pa.Table:
    """Make the rows of the table of blocks for one frame, whose planes have so many rows and columns."""
    from swath.kernels.block_histograms import block_histograms  # noqa: PLC0415  (start-up counts)

    down, across = block_edges(rows), block_edges(columns)
    numbers, begins, data = block_histograms(pixels, offsets, down, across)
    plane, y, x = (index.ravel() for index in np.indices((len(PLANES), down.size - 1, across.size - 1)))
    total, squares, minimum, maximum = numbers.T
    histograms = pa.LargeBinaryArray.from_buffers(BLOB, plane.size, [None, pa.py_buffer(begins), pa.py_buffer(data)])
    return BLOCKS.frame(
        {
            "path": pa.repeat(pa.scalar(path, pa.large_string()), plane.size),
            "plane": pa.array(PLANES, pa.large_string()).take(pa.array(plane)),
            "x1": across[x],
            "x2": across[x + 1],
            "y1": down[y],
            "y2": down[y + 1],
            "pixels": np.diff(down)[y] * np.diff(across)[x],
            "total": total,
            "squares": squares,
            "minimum": minimum,
            "maximum": maximum,
            "histogram": histograms,
        }
    )


def measure_blocks(blocks: pa.Table, box: Box, white: int) -> list[PlaneStatistics]:
    """Measure a box that is made of blocks in the four planes."""
    from swath.kernels.block_histograms import summed_histograms  # noqa: PLC0415  (start-up counts)

    edges = {name: blocks[name].to_numpy() for name in ("x1", "x2", "y1", "y2")}
    inside = (edges["x1"] >= box.x1) & (edges["x2"] <= box.x2) & (edges["y1"] >= box.y1) & (edges["y2"] <= box.y2)
    planes = pc.index_in(blocks["plane"], pa.array(PLANES, pa.large_string())).to_numpy().astype(np.int64)
    _, offsets, data = blocks["histogram"].combine_chunks().buffers()
    begins, content = np.frombuffer(offsets, np.int64), np.frombuffer(data, np.uint8)
    values = 1 + int(blocks["maximum"].to_numpy()[inside].max())
    return plane_statistics(summed_histograms(np.flatnonzero(inside), planes, begins, content, values), white)


def read_blocks(part: str | Path) -> pa.Table:
    """Read what measuring needs of the blocks of a frame from their part of the table."""
    types = pa.schema([BLOCKS.schema.field(name) for name in _NEEDED])
    return pq.read_table(part, partitioning=None, columns=list(_NEEDED)).combine_chunks().cast(types)


def part_key(number: int, path: Path) -> str:
    """Give the key of the chunk that writes the blocks of a file; its end tells it from those of all other files."""
    return f"f{number:07d}-{_name(path)}"


def parts_of_blocks(dataset: Dataset, paths: Iterable[Path]) -> dict[str, Carried]:
    """Find the part that has the blocks of each file, by its path."""
    parts = [Carried(dataset.root.resolve(), Part(**part)) for part in dataset.manifest.parts_of(BLOCKS.name)]
    by_name = {Path(kept.part.path).stem.rpartition("-")[2]: kept for kept in parts}
    found = {str(path): by_name.get(_name(path)) for path in paths} if by_name else {}
    return {path: kept for path, kept in found.items() if kept is not None}


def _name(path: Path) -> str:
    return hashlib.blake2b(str(path).encode(), digest_size=12).hexdigest()
