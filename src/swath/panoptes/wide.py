"""Wide tables: rows whose columns the data decide, written chunk by chunk and laid out alike in a second stage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from swath.engine.job import Chunk, Result, RunSoFar, Stage
from swath.engine.shuffle import read_schema, read_shuffled
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
        layouts = {table.name: self._layout_of(table, so_far) for table in self.tables}
        for key in sorted(records):
            size = sum(records[key].shuffled.values())
            yield Chunk(key, size, {"layouts": layouts})

    def _layout_of(self, table: Table, so_far: RunSoFar) -> dict[str, CellType]:
        scratch = so_far.staging.scratch
        keys = sorted(so_far.done(self.source))
        return _layout(schema for key in keys if (schema := read_schema(scratch / table.name, key)) is not None)

    def chunk_memory(self) -> int:
        """As much as a chunk of the earlier stage."""
        return self.memory

    def process(self, chunk: Chunk, staging: Staging) -> Result:
        """Lay out the rows of one chunk."""
        frames = {}
        for table in self.tables:
            frame = read_shuffled(staging.scratch / table.name, chunk.key)
            if frame is not None and frame.num_rows:
                frames[table.name] = _laid_out(frame, chunk.payload["layouts"][table.name])
        return Result(frames)
