"""The shuffle on disk: a first stage writes rows by bucket, a second takes a bucket as its chunk.

One Arrow file a chunk, its record batches in bucket order, so that a bucket is one batch of every file. Rows of a
bucket come back in the order of the chunks, whatever the number of workers.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.engine.files import replaced
from swath.engine.job import Chunk, Result, RunSoFar, Stage
from swath.kernels.hashing import bucket_of_integers

if TYPE_CHECKING:
    from swath.engine.staging import Staging


def bucket_of(keys: npt.NDArray[np.int64], buckets: int) -> npt.NDArray[np.int32]:
    """Give each integer key its bucket, 0 to buckets - 1; the same on every machine."""
    return bucket_of_integers(np.ascontiguousarray(keys), buckets)


def one_bucket(frame: pa.Table) -> tuple[pa.Table, tuple[npt.NDArray[np.int32], int]]:
    """A frame to shuffle into one bucket: what a chunk keeps for a later stage."""
    return frame, (np.zeros(frame.num_rows, np.int32), 1)


def write_buckets(path: Path, frame: pa.Table, buckets: tuple[npt.NDArray[np.int32], int]) -> int:
    """Write a frame's rows by bucket, and give the file's bytes.

    ``buckets`` is each row's bucket number and the number of buckets.
    """
    numbers, count = buckets
    if (numbers[1:] < numbers[:-1]).any():
        order = np.argsort(numbers, kind="stable")
        numbers, frame = numbers[order], frame.take(pa.array(order))
    bounds = np.searchsorted(numbers, np.arange(count + 1))
    rows = frame.combine_chunks()
    batch = rows.to_batches()[0] if rows.num_rows else pa.RecordBatch.from_pylist([], schema=rows.schema)
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_file(sink, rows.schema, options=options) as writer:
        for start, stop in pairwise(bounds):
            writer.write_batch(batch.slice(start, stop - start))
    content = memoryview(sink.getvalue())
    with replaced(path) as file:
        file.write(content)
    return len(content)


def read_batches(directory: Path, bucket: int) -> list[pa.RecordBatch]:
    """Read one bucket of all chunks, in chunk order; texts that were shuffled as codes come back as texts."""
    batches = []
    for path in sorted(directory.glob("*.arrow")):
        with pa.memory_map(str(path)) as file:
            batches.append(_decoded(pa.ipc.open_file(file).get_batch(bucket)))
    return batches


def _decoded(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same without dictionaries, each of which would keep the texts of a whole file in memory."""
    columns = [
        column.dictionary_decode() if pa.types.is_dictionary(column.type) else column for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, batch.schema.names)


def read_bucket(directory: Path, bucket: int) -> pa.Table | None:
    """Read one bucket of all chunks, in chunk order; None where nothing was shuffled."""
    batches = read_batches(directory, bucket)
    return pa.Table.from_batches(batches) if batches else None


def read_schema(directory: Path, chunk: str) -> pa.Schema | None:
    """Read the schema of what one chunk shuffled, None where it is nothing."""
    path = directory / f"{chunk}.arrow"
    if not path.is_file():
        return None
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).schema


def read_shuffled(directory: Path, chunk: str) -> pa.Table | None:
    """Read all that one chunk shuffled, None where it is nothing."""
    path = directory / f"{chunk}.arrow"
    if not path.is_file():
        return None
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


class BucketStage(Stage):
    """The second half of a grouping job: its chunks are the buckets that an earlier stage shuffled.

    A subclass sets ``name``, ``source`` (the shuffled frame's name) and ``buckets``, and says in ``group`` what to
    make of a bucket.
    """

    source: str
    buckets: int

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:
        """Yield one chunk a bucket."""
        files = list((so_far.staging.scratch / self.source).glob("*.arrow"))
        size = sum(path.stat().st_size for path in files) // self.buckets
        for bucket in range(self.buckets):
            yield Chunk(f"b{bucket:05d}", size, {"bucket": bucket})

    def process(self, chunk: Chunk, staging: Staging) -> Result:
        """Read the bucket and group it."""
        frame = read_bucket(staging.scratch / self.source, int(chunk.payload["bucket"]))
        return Result() if frame is None else self.group(frame, chunk, staging)

    @abstractmethod
    def group(self, frame: pa.Table, chunk: Chunk, staging: Staging) -> Result:
        """Make the results of one bucket; all rows of a key are in it."""
