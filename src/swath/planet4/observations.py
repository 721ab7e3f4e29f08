"""Observations as the buckets of a grouping: ranges of obsids with about the same number of markings each."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from swath import compute as pc
from swath.planet4.marking_files import MarkingFiles


def cut_observations(files: MarkingFiles, rows: int) -> tuple[str, ...]:
    """Cut the sorted obsids of all markings into ranges of at least so many rows; gives the first of each but one."""
    counts: Counter[str] = Counter()
    for path in files.paths:
        with pq.ParquetFile(path, read_dictionary=["image_name"]) as file:
            for batch in file.iter_batches(columns=["image_name"]):
                for item in pc.value_counts(batch.column(0).drop_null()).to_pylist():
                    counts[item["values"]] += item["counts"]
    cuts, size = [], 0
    for obsid in sorted(counts):
        if size >= rows:
            cuts.append(obsid)
            size = 0
        size += counts[obsid]
    return tuple(cuts)


def range_of(obsids: pa.ChunkedArray, cuts: tuple[str, ...]) -> npt.NDArray[np.int32]:
    """The number of the range that each obsid is in."""
    encoded = obsids.combine_chunks().dictionary_encode()
    numbers = np.array([bisect_right(cuts, obsid) for obsid in encoded.dictionary.to_pylist()], np.int32)
    indices = encoded.indices.to_numpy(zero_copy_only=False)
    return numbers[indices] if numbers.size else np.zeros(len(indices), np.int32)
