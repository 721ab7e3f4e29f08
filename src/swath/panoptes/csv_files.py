"""Wide tables as the CSV files of panoptes_aggregation: cells as Python writes them, gaps blank."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from swath.engine.dataset import Dataset
from swath.panoptes.literals import cell_texts
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

    def frames(self) -> Iterator[pa.Table]:
        """Read the parts, with the types that Parquet does not tell apart."""
        for path in self.dataset.files(self.name):
            yield typed(pq.read_table(path), self.columns)


def typed(frame: pa.Table, columns: dict[str, pa.DataType]) -> pa.Table:
    """Give the columns of a frame their types."""
    for name, dtype in columns.items():
        if frame[name].type != dtype:
            frame = frame.set_column(frame.column_names.index(name), name, frame[name].cast(dtype))
    return frame


def write_csv(
    table: WideTable,
    path: Path,
    frames: Iterable[pa.Table],
    fixed: Callable[[pa.Table], dict[str, pa.Array]],
    front: Sequence[str] | None = None,
) -> None:
    """Write frames of a table as one CSV file, whole or not at all.

    ``fixed`` makes the columns that stand before the data's, as texts. Data columns stand in order of appearance,
    those of nested values last; or, if ``front`` is given, in order of name, but those of ``front`` first.
    """
    ordered = _ordered(list(table.columns), front)
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as file:
        for number, frame in enumerate(frames):
            cells = fixed(frame) | {name: _texts(table, frame, name) for name in ordered}
            if number == 0:
                file.write(_header(list(cells)))
            file.write(_lines(list(cells.values())))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _header(names: Sequence[str]) -> bytes:
    """The header line, with quotes where a name needs them."""
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow(names)
    return line.getvalue().encode()


def _lines(columns: Sequence[pa.Array | pa.ChunkedArray]) -> memoryview:
    """The lines of some columns, null as nothing."""
    cells = [_quoted(column) for column in columns]
    lines = pc.binary_join_element_wise(pc.binary_join_element_wise(*cells, ","), "", "\n")
    _, offsets, data = lines.buffers()
    bounds = np.frombuffer(offsets, np.int32)[lines.offset : lines.offset + len(lines) + 1]
    return memoryview(data)[bounds[0] : bounds[-1]]


def _quoted(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The cells of a column, in quotes where they need them."""
    cells = pc.fill_null(column.cast(pa.string()), "")
    cells = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    special = pc.match_substring_regex(cells, '[",\r\n]')
    if not pc.any(special).as_py():
        return cells
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(cells, '"', '""'), '"', "")
    return pc.if_else(special, quoted, cells)


def _texts(table: WideTable, frame: pa.Table, name: str) -> pa.Array:
    if name == _VERSION_COLUMN:
        return pa.repeat(pa.scalar(AGGREGATION_VERSION), frame.num_rows)
    return cell_texts(frame[name], whole_numbers=name not in table.columns_with_gaps)


def _ordered(names: list[str], front: Sequence[str] | None) -> list[str]:
    """Order data columns, the version's among them: after what is flat, before what is nested."""
    flat = [name for name in names if "." not in name.removeprefix(PREFIX)]
    names = [*flat, _VERSION_COLUMN, *(name for name in names if name not in flat)]
    if front is None:
        return names
    first = [PREFIX + name for name in front if PREFIX + name in names]
    return first + sorted(set(names).difference(first))


def time_texts(times: pa.ChunkedArray) -> pa.Array:
    """Times as exports write them, such as 2024-02-23 16:17:42 UTC."""
    texts = pc.strftime(times.cast(pa.timestamp("us")), format="%Y-%m-%d %H:%M:%S")
    texts = pc.utf8_slice_codeunits(texts, 0, 19)
    return pc.binary_join_element_wise(texts, "UTC", " ")
