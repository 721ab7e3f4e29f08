"""Wide tables as the CSV files of panoptes_aggregation: cells as Python writes them, gaps blank."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from swath.engine.dataset import Dataset
from swath.kernels.times import format_times
from swath.panoptes.cell_texts import cell_texts
from swath.panoptes.csv_lines import each_in_order, lines_of
from swath.panoptes.text import TextColumn
from swath.panoptes.wide import PREFIX
from swath.tables import arrow_type

AGGREGATION_VERSION = "5.3.1"
"""Version of panoptes_aggregation whose results these are."""

_VERSION_COLUMN = PREFIX + "aggregation_version"


@dataclass(frozen=True)
class WideTable:
    """A table of a dataset whose data columns follow from the data."""

    dataset: Dataset
    name: str

    @cached_property
    def columns(self) -> dict[str, pa.DataType]:
        """The types of the data columns."""
        columns = self.dataset.manifest.tables[self.name]["columns"]
        return {c["name"]: arrow_type(c["dtype"]) for c in columns if c["name"].startswith(PREFIX)}

    @cached_property
    def columns_with_gaps(self) -> set[str]:
        """The names of the columns that have a null somewhere."""
        gaps = set()
        for path in self.dataset.files(self.name):
            metadata = pq.read_metadata(path)
            for group in range(metadata.num_row_groups):
                for number in range(metadata.num_columns):
                    column = metadata.row_group(group).column(number)
                    if column.statistics is None or column.statistics.null_count:
                        gaps.add(column.path_in_schema)
        return gaps

    def part(self, path: Path) -> pa.Table:
        """Read one of its files, with the types that Parquet does not tell apart."""
        return typed(pq.read_table(path, use_threads=False), self.columns)


def typed(frame: pa.Table, columns: dict[str, pa.DataType]) -> pa.Table:
    """Give the columns of a frame their types."""
    for name, dtype in columns.items():
        if frame[name].type != dtype:
            frame = frame.set_column(frame.column_names.index(name), name, frame[name].cast(dtype))
    return frame


Fixed = Mapping[str, Callable[[pa.Table], pa.Array]]
"""The columns that stand before the data's: what makes each of them, as texts or numbers."""


@dataclass(frozen=True)
class CsvLayout:
    """How a table is written as CSV: ``fixed`` columns, then the data's in the order of ``names``."""

    table: WideTable
    fixed: Fixed
    names: tuple[str, ...]

    @classmethod
    def of(cls, table: WideTable, fixed: Fixed, front: Sequence[str] | None = None) -> CsvLayout:
        """Lay a table out: data columns stand in order of appearance, those of nested values last.

        If ``front`` is given, they stand in order of name, but those of ``front`` first.
        """
        return cls(table, fixed, tuple(_ordered(list(table.columns), front)))

    def lines(self, frame: pa.Table) -> TextColumn:
        """The line of each row of a frame."""
        fixed = [make(frame) for make in self.fixed.values()]
        return lines_of(fixed + [self._texts(frame, name) for name in self.names])

    def _texts(self, frame: pa.Table, name: str) -> pa.Array:
        if name == _VERSION_COLUMN:
            return pa.repeat(pa.scalar(AGGREGATION_VERSION), frame.num_rows)
        return cell_texts(frame[name], whole_numbers=name not in self.table.columns_with_gaps)

    def header(self) -> bytes:
        """The header line, with quotes where a name needs them."""
        line = io.StringIO(newline="")
        csv.writer(line, lineterminator="\n").writerow([*self.fixed, *self.names])
        return line.getvalue().encode()


def write_csv(layout: CsvLayout, path: Path, threads: int = 1) -> None:
    """Write a table as one CSV file, in the order of its parts, whole or not at all."""
    files = layout.table.dataset.files(layout.table.name)
    with whole_file(path) as file:
        file.write(layout.header())
        for lines in each_in_order(lambda part: layout.lines(layout.table.part(part)), files, threads):
            file.write(lines.data.data)


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Write a file under a temporary name, and give it its own when all is written and safe."""
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _ordered(names: list[str], front: Sequence[str] | None) -> list[str]:
    """Order data columns, the version's among them: after what is flat, before what is nested."""
    flat = [name for name in names if "." not in name.removeprefix(PREFIX)]
    names = [*flat, _VERSION_COLUMN, *(name for name in names if name not in flat)]
    if front is None:
        return names
    first = [PREFIX + name for name in front if PREFIX + name in names]
    return first + sorted(set(names).difference(first))


def time_texts(times: pa.ChunkedArray) -> pa.Array:
    """Times as exports write them, such as 2024-02-23 16:17:42 UTC; null where there is none."""
    values = times.combine_chunks().cast(pa.int64())
    texts = format_times(pc.fill_null(values, 0).to_numpy())
    offsets = np.arange(len(values) + 1, dtype=np.int64) * texts.shape[1]
    return TextColumn(offsets, texts.ravel()).arrow(values.is_valid().to_numpy(zero_copy_only=False))
