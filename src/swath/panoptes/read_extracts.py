"""The rows of chosen subjects, from CSV files or tables of extracts and reductions of any size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from swath import compute as pc
from swath.engine.dataset import Dataset, is_dataset
from swath.errors import InputError, UsageError
from swath.panoptes.chunks import Cells
from swath.panoptes.exports import Export, cut
from swath.panoptes.parse_cells import parse_cells
from swath.panoptes.records import read_records
from swath.panoptes.reduce.source import KEYS, REQUIRED, extract_keys
from swath.panoptes.wide import PREFIX, stacked
from swath.tables import TEXT, arrow_type

_CHUNK = 8 << 20
_VERSION = PREFIX + "aggregation_version"
_REDUCTION_KEYS = ("subject", "task")


class Rows(Protocol):
    """Extracts or reductions that can be read subject by subject; a part of them is in memory at a time."""

    def subjects(self) -> list[str]:
        """The subjects as texts, each once."""

    def of(self, subjects: Sequence[str]) -> pa.Table:
        """The rows of some subjects in file order: their keys, and the data columns that hold something there.

        Rows whose keys cannot be read are left out.
        """


def extracts_at(path: str | Path) -> Rows:
    """Open extracts: a CSV file in the layout of panoptes_aggregation, a dataset of one table, or ``OUT/table``.

    Their keys are ``swath.panoptes.reduce.source.KEYS``. Raises InputError for what is none of these, UsageError where
    a dataset has several tables.
    """
    if _is_in_dataset(Path(path)):
        return TableRows(_table_at(Path(path), KEYS, "extracts"), KEYS)
    return CsvRows(Export.open(Path(path), REQUIRED), extract_keys)


def reductions_at(path: str | Path) -> Rows:
    """Open reductions in the same forms as extracts; their keys are subject and task. Raises the same."""
    if _is_in_dataset(Path(path)):
        return TableRows(_table_at(Path(path), _REDUCTION_KEYS, "reductions"), _REDUCTION_KEYS)
    return CsvRows(Export.open(Path(path), ("subject_id", "task")), _reduction_keys)


def _reduction_keys(cells: Cells) -> dict[str, pa.Array]:
    return {"subject": cells.texts("subject_id").arrow(), "task": cells.texts("task").arrow()}


def _is_in_dataset(path: Path) -> bool:
    """Say whether a path means a dataset or a table of one, be it there or not, and no file."""
    return path.is_dir() or (not path.exists() and is_dataset(path.parent))


def _table_at(path: Path, keys: Sequence[str], what: str) -> WideTable:
    """The one table of a dataset, or of a directory in it, that has these keys and data."""
    root = path if is_dataset(path) else path.parent
    if not is_dataset(root):
        raise InputError(f"{path} holds no {what}", "give a CSV file, a finished output, or OUT/TABLE")
    dataset = Dataset.open(root)
    names = [
        name
        for name, table in dataset.manifest.tables.items()
        if root == path or name == path.name
        if _has(keys, [column["name"] for column in table["columns"]])
    ]
    if not names:
        raise InputError(f"{path} holds no table of {what}", "is it the output of another command?")
    if len(names) > 1:
        raise UsageError(f"{path} has {len(names)} tables", "name one: " + ", ".join(f"{path}/{n}" for n in names))
    return WideTable(dataset, names[0])


@dataclass(frozen=True)
class WideTable:
    """A table of a dataset whose data columns follow from the data."""

    dataset: Dataset
    name: str

    @cached_property
    def columns(self) -> dict[str, pa.DataType]:
        """The types of the data columns, which Parquet does not all tell apart."""
        columns = self.dataset.manifest.tables[self.name]["columns"]
        return {c["name"]: arrow_type(c["dtype"]) for c in columns if c["name"].startswith(PREFIX)}


def _typed(frame: pa.Table, columns: dict[str, pa.DataType]) -> pa.Table:
    """Give the columns of a frame their types."""
    for name, dtype in columns.items():
        if frame[name].type != dtype:
            frame = frame.set_column(frame.column_names.index(name), name, frame[name].cast(dtype))
    return frame


def _has(keys: Sequence[str], columns: Sequence[str]) -> bool:
    return set(keys) <= set(columns) and any(name.startswith(PREFIX) for name in columns)


@dataclass(frozen=True)
class TableRows:
    """The rows of a table of a dataset, read a row group at a time."""

    table: WideTable
    keys: tuple[str, ...]

    def subjects(self) -> list[str]:
        """The subjects as texts, each once."""
        files = self.table.dataset.files(self.table.name)
        found = [pc.unique(pq.read_table(file, columns=["subject"])["subject"].cast(TEXT)) for file in files]
        return pa.chunked_array(found, TEXT).unique().to_pylist()  # type: ignore[no-any-return]

    def of(self, subjects: Sequence[str]) -> pa.Table:
        """The rows of some subjects, as ``Rows`` has it."""
        names = [*self.keys, *(name for name in self.table.columns if name != _VERSION)]
        columns = {name: dtype for name, dtype in self.table.columns.items() if name != _VERSION}
        frames = [_typed(frame, columns) for frame in self._chosen(pa.array(subjects, TEXT), names)]
        rows = _together(frames, self.table.dataset.root)
        if "classification_id" not in names:
            return rows
        place = rows.column_names.index("classification_id")
        return rows.set_column(place, "classification_id", rows["classification_id"].cast(TEXT))

    def _chosen(self, subjects: pa.Array, names: Sequence[str]) -> Iterator[pa.Table]:
        for path in self.table.dataset.files(self.table.name):
            with pq.ParquetFile(path) as file:
                for group in range(file.num_row_groups):
                    frame = file.read_row_group(group, columns=list(names))
                    yield frame.filter(pc.is_in(frame["subject"].cast(TEXT), subjects))


@dataclass(frozen=True)
class CsvRows:
    """The rows of a CSV file, read a chunk at a time; ``keys`` reads the columns that say whose they are."""

    export: Export
    keys: Callable[[Cells], dict[str, pa.Array]]

    def subjects(self) -> list[str]:
        """The subjects as texts, each once."""
        found = [pc.unique(cells.texts("subject_id").arrow()) for cells in self._chunks(("subject_id",))]
        return pa.chunked_array(found, TEXT).unique().to_pylist()  # type: ignore[no-any-return]

    def of(self, subjects: Sequence[str]) -> pa.Table:
        """The rows of some subjects, as ``Rows`` has it."""
        data = [name for name in self.export.columns if name.startswith(PREFIX) and name != _VERSION]
        wanted = (*REQUIRED, "classification_id", *data)
        chosen = pa.array(subjects, TEXT)
        return _together([self._frame(c, chosen, data) for c in self._chunks(wanted)], self.export.path)

    def _frame(self, cells: Cells, subjects: pa.Array, data: Sequence[str]) -> pa.Table:
        found = pc.is_in(cells.texts("subject_id").arrow(), subjects)
        cells = cells.only(found.to_numpy(zero_copy_only=False))
        keys, kept = self.keys(cells), cells.good()
        cells = cells.only(kept)
        columns = {name: key.filter(pa.array(kept)) for name, key in keys.items()}
        return pa.table(columns | {name: parse_cells(cells.texts(name).arrow()) for name in data})

    def _chunks(self, wanted: Sequence[str]) -> Iterator[Cells]:
        """Yield the whole records of each chunk."""
        with TemporaryDirectory() as scratch:
            for chunk in cut((self.export,), wanted, _CHUNK, Path(scratch), _Everything()):
                records, rejects = read_records(chunk, self.export.columns, wanted)
                yield Cells(records, rejects, np.flatnonzero(rejects.good))


class _Everything:
    """Holds the key of every chunk: none is read a second time, and none is spooled."""

    def __contains__(self, key: object) -> bool:
        return True


def _together(frames: Sequence[pa.Table], path: Path) -> pa.Table:
    if not frames:
        raise InputError(f"{path} has no rows", "is it the right file?")
    rows = stacked(frames)
    return rows.drop_columns([name for name in rows.column_names if pa.types.is_null(rows[name].type)])
