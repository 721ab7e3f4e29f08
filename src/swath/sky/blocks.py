"""What is kept of the blocks of a frame, so that a region made of them needs no decoding again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from swath.sky.regions import Box
from swath.sky.statistics import PLANES, PlaneStatistics, plane_statistics
from swath.sky.tables import BLOCKS

BLOCK = 25
"""Pixels of a plane along the side of a block."""

Integers = npt.NDArray[np.int64]


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
    numbers, begins, steps, counts = block_histograms(pixels, offsets, down, across)
    plane, y, x = (index.ravel() for index in np.indices((len(PLANES), down.size - 1, across.size - 1)))
    total, squares, minimum, maximum = numbers.T
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
            "steps": pa.LargeListArray.from_arrays(begins, steps),
            "counts": pa.LargeListArray.from_arrays(begins, counts),
        }
    )


def read_blocks(part: str | Path, path: str) -> pa.Table:
    """Read the blocks of one frame from a part of the table."""
    rows = pq.read_table(part, partitioning=None, schema=BLOCKS.schema)
    return rows.filter(pc.equal(rows["path"], path)).combine_chunks()


def measure_blocks(blocks: pa.Table, box: Box, white: int) -> list[PlaneStatistics]:
    """Measure a box that is made of blocks in the four planes."""
    from swath.kernels.block_histograms import summed_histograms  # noqa: PLC0415  (start-up counts)

    edges = {name: blocks[name].to_numpy() for name in ("x1", "x2", "y1", "y2")}
    inside = (edges["x1"] >= box.x1) & (edges["x2"] <= box.x2) & (edges["y1"] >= box.y1) & (edges["y2"] <= box.y2)
    chosen = blocks.filter(pa.array(inside)).combine_chunks()
    steps, counts = (chosen[name].combine_chunks() for name in ("steps", "counts"))
    planes = pc.index_in(chosen["plane"], pa.array(PLANES, pa.large_string())).to_numpy().astype(np.int64)
    begins = steps.offsets.to_numpy() - steps.offsets[0].as_py()
    histograms = summed_histograms(planes, begins, steps.flatten().to_numpy(), counts.flatten().to_numpy())
    last = pc.max(chosen["maximum"]).as_py()
    return plane_statistics(histograms[:, : last + 1], white)
