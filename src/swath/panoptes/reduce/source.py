"""Reading extracts, from a CSV file or from a table of an extraction, and sending them to their subjects' buckets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from swath import compute as pc
from swath.engine.dataset import Dataset
from swath.engine.job import Chunk, Result, RunSoFar, Stage
from swath.engine.staging import Staging
from swath.kernels.hashing import bucket_of_texts
from swath.panoptes.chunks import Cells, ExportStage
from swath.panoptes.classifications import text_or_null
from swath.panoptes.missing import unless_missing
from swath.panoptes.parse_cells import distinct_texts, parse_cells, parse_number_lists
from swath.panoptes.values import text_column, times
from swath.panoptes.wide import PREFIX
from swath.tables import INT64, TEXT, TIME, arrow_type

EXTRACTS = "extracts"
"""Name of what is shuffled."""

KEYS = ("classification_id", "user_name", "user_id", "workflow_id", "task", "created_at", "subject")
_KEY_TYPES = {"user_id": INT64, "workflow_id": INT64, "created_at": TIME}
REQUIRED = ("user_name", "user_id", "workflow_id", "task", "created_at", "subject_id")
_VERSION = PREFIX + "aggregation_version"


def shuffled(extracts: pa.Table, buckets: int) -> Result:
    """Send extracts to the buckets of their subjects, and count them by workflow and by task."""
    subjects = text_column(extracts["subject"].combine_chunks())
    numbers = bucket_of_texts(subjects.data, subjects.offsets, buckets)
    counts = {"extracts": extracts.num_rows}
    for column in ("workflow_id", "task"):
        for item in pc.value_counts(extracts[column]).to_pylist():
            counts[f"{column} {item['values']}"] = item["counts"]
    return Result(shuffled={EXTRACTS: (extracts, (numbers, buckets))}, counts=counts)


@dataclass(frozen=True)
class CsvStage(ExportStage):
    """The pass over a CSV file of extracts."""

    buckets: int
    compat: bool
    name = EXTRACTS

    @property
    def wanted(self) -> tuple[str, ...]:  # type: ignore[override]
        """The columns that are read: the keys', and all that hold data."""
        (export,) = self.exports
        return tuple(c for c in export.columns if c in (*REQUIRED, "classification_id") or PREFIX in c)

    def chunk_memory(self) -> int:
        """About eight times the chunk: the text, the cells, their values."""
        return 8 * self.chunk_size + (64 << 20)

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's signature)
        """Read the chunk's extracts."""
        records, rejects = self.read(chunk)
        cells = Cells(records, rejects, np.flatnonzero(rejects.good))
        keys = extract_keys(cells)
        cells, kept = cells.only(cells.good()), pa.array(cells.good())
        data = {_data_name(c): self._parsed(cells, c) for c in self.wanted if PREFIX in c and c != _VERSION}
        result = shuffled(pa.table({**{name: key.filter(kept) for name, key in keys.items()}, **data}), self.buckets)
        return Result(shuffled=result.shuffled, rejects=rejects.frame(), counts=result.counts)

    def _parsed(self, cells: Cells, column: str) -> pa.Array:
        """A data column; the peer, which pandas reads for, has no text such as None or NA."""
        fields = cells.fields(column)
        numbers = parse_number_lists(fields)
        if numbers is not None:
            return numbers
        distinct, places = distinct_texts(fields)
        values = parse_cells(unless_missing(distinct) if self.compat else distinct)
        return values.take(pa.array(places))


def _data_name(column: str) -> str:
    """A data column's name, which the peer finds anywhere in it: ``xdata.y`` is ``data.y``."""
    return PREFIX + column.split(PREFIX, 1)[1]


def extract_keys(cells: Cells) -> dict[str, pa.Array]:
    """The columns that say whose extracts they are; rows without a workflow's number or a subject are rejected."""
    subjects = cells.texts("subject_id")
    cells.reject([(np.flatnonzero(subjects.empty), "no subject_id", "an extract needs its subject")])
    workflows = cells.integers("workflow_id")
    return {
        "classification_id": text_or_null(cells, "classification_id"),
        "user_name": text_or_null(cells, "user_name"),
        "user_id": cells.texts("user_id").arrow(~cells.texts("user_id").empty).cast(pa.float64()).cast(pa.int64()),
        "workflow_id": pa.array(workflows),
        "task": cells.texts("task").arrow(),
        "created_at": times(cells.texts("created_at")),
        "subject": subjects.arrow(),
    }


@dataclass(frozen=True)
class TableStage(Stage):
    """The pass over a table of an extraction, a part a chunk."""

    root: Path
    table: str
    buckets: int
    name = EXTRACTS

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:  # noqa: ARG002  (the engine's signature)
        """Yield the table's parts."""
        for number, part in enumerate(Dataset.open(self.root).manifest.parts_of(self.table)):
            yield Chunk(f"{number:06d}", part["bytes"], {"path": str(self.root / part["path"])})

    def total_size(self) -> int:
        """Bytes of all parts."""
        return sum(part["bytes"] for part in Dataset.open(self.root).manifest.parts_of(self.table))

    def chunk_memory(self) -> int:
        """About twenty times the largest part, which is compressed."""
        parts = Dataset.open(self.root).manifest.parts_of(self.table)
        return 20 * max((part["bytes"] for part in parts), default=0) + (64 << 20)

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's signature)
        """Read one part."""
        frame = pq.read_table(chunk.payload["path"])
        columns = {name: frame[name].cast(_KEY_TYPES.get(name, TEXT)) for name in KEYS}
        for column in Dataset.open(self.root).manifest.tables[self.table]["columns"]:
            if column["name"].startswith(PREFIX):
                columns[column["name"]] = frame[column["name"]].cast(arrow_type(column["dtype"]))
        return shuffled(pa.table(columns), self.buckets)
