"""Wide tables: rows whose columns the data decide, written chunk by chunk and laid out alike in a second stage."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.engine.job import Chunk, Result, RunSoFar, Stage
from swath.engine.shuffle import one_bucket, read_schema, read_shuffled
from swath.engine.staging import Staging
from swath.panoptes.cells import NOTHING, CellType, conformed, joined
from swath.tables import Table

PREFIX = "data."
"""What the names of columns that the data decide begin with."""


def data_columns(columns: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """Name columns as the data's."""
    return {PREFIX + name: column for name, column in columns.items()}


def stacked(frames: Sequence[pa.Table]) -> pa.Table:
    """Put frames with different data columns below each other."""
    layout = _layout(frame.schema for frame in frames)
    return pa.concat_tables([_laid_out(frame, layout) for frame in frames]).combine_chunks()


def to_lay_out(frame: pa.Table) -> tuple[pa.Table, tuple[npt.NDArray[np.int32], int]]:
    """A frame to shuffle for a stage that lays it out; its schema says how many rows it has, and where it has gaps."""
    gaps = [name for name in frame.column_names if frame[name].null_count]
    noted = {"rows": json.dumps(frame.num_rows), "gaps": json.dumps(gaps)}
    return one_bucket(frame.replace_schema_metadata(noted))


@dataclass(frozen=True)
class Layout:
    """How the frames of all chunks are laid out: the data columns' types, and which have a null somewhere.

    ``keys`` are the chunks that have rows.
    """

    columns: Mapping[str, CellType]
    gaps: frozenset[str]
    keys: tuple[str, ...]

    @classmethod
    def of(cls, directory: Path, keys: Iterable[str]) -> Layout:
        """The layout of what some chunks shuffled with ``to_lay_out``."""
        read = {key: schema for key in sorted(keys) if (schema := read_schema(directory, key)) is not None}
        schemas = {key: schema for key, schema in read.items() if json.loads(schema.metadata[b"rows"])}
        columns = _layout(read.values())
        gaps = {name for schema in schemas.values() for name in json.loads(schema.metadata[b"gaps"])}
        gaps |= {name for name in columns if any(name not in schema.names for schema in schemas.values())}
        return cls(columns, frozenset(gaps), tuple(schemas))

    def read(self, directory: Path, key: str) -> pa.Table:
        """The rows of one chunk, laid out."""
        return _laid_out(read_shuffled(directory, key), self.columns)


def _layout(schemas: Iterable[pa.Schema]) -> dict[str, CellType]:
    """The data columns of all schemas, in order of first appearance, each wide enough for all.

    A column that has nothing but nulls is left out; lists of nothing but nulls count as JSON.
    """
    layout: dict[str, CellType] = {}
    for schema in schemas:
        for column in schema:
            if column.name.startswith(PREFIX):
                layout[column.name] = joined(layout.get(column.name, NOTHING), CellType.of_arrow(column.type))
    return {
        name: CellType(cell.depth, "json") if cell.leaf == "null" else cell
        for name, cell in layout.items()
        if cell != NOTHING
    }


def _laid_out(frame: pa.Table, layout: Mapping[str, CellType]) -> pa.Table:
    kept = {name: frame[name] for name in frame.column_names if not name.startswith(PREFIX)}
    for name, cell in layout.items():
        there = name in frame.column_names
        kept[name] = conformed(frame[name], cell) if there else pa.nulls(frame.num_rows, cell.arrow)
    return pa.table(kept)


@dataclass(frozen=True)
class LayOutStage(Stage):
    """Writes the rows of an earlier stage, ``source``, into open tables whose parts all have the same columns."""

    tables: tuple[Table, ...]
    source: str
    memory: int
    name = "lay out"

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:
        """Yield the chunks of the earlier stage, each with the layout of all."""
        records = so_far.done(self.source)
        layouts = {table.name: Layout.of(so_far.staging.scratch / table.name, records) for table in self.tables}
        for key in sorted(records):
            size = sum(records[key].shuffled.values())
            yield Chunk(
                key, size, {"layouts": {name: layout for name, layout in layouts.items() if key in layout.keys}}
            )

    def chunk_memory(self) -> int:
        """As much as a chunk of the earlier stage."""
        return self.memory

    def process(self, chunk: Chunk, staging: Staging) -> Result:
        """Lay out the rows of one chunk."""
        layouts: Mapping[str, Layout] = chunk.payload["layouts"]
        return Result({name: layout.read(staging.scratch / name, chunk.key) for name, layout in layouts.items()})
