"""Reading markings back: from an output of Swath, or from Parquet files of the published layout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from swath.engine.dataset import Dataset, is_dataset
from swath.engine.job import Chunk, Input
from swath.errors import InputError

_ROWS_AT_ONCE = 100_000


@dataclass(frozen=True)
class MarkingFiles:
    """Files of markings, in row order, whose row groups are read some at a time."""

    paths: tuple[Path, ...]

    @classmethod
    def open(cls, source: str | Path, needed: Sequence[str], hint: str) -> MarkingFiles:
        """Take an output with a table of markings, a Parquet file, or a directory of Parquet files.

        Raises InputError where there is none, or where a file lacks a needed column; ``hint`` says what writes them.
        """
        paths = _paths(Path(source))
        if not paths:
            raise InputError(f"{source} has no markings", hint)
        for path in paths:
            _check(path, needed, hint)
        return cls(tuple(paths))

    def inputs(self) -> tuple[Input, ...]:
        """The files as they stand."""
        return tuple(Input.of(path) for path in self.paths)

    def columns(self) -> tuple[str, ...]:
        """The columns of the first file."""
        return tuple(pq.read_schema(self.paths[0]).names)

    def type_of(self, column: str) -> pa.DataType:
        """The type of a column in the first file."""
        return pq.read_schema(self.paths[0]).field(column).type

    def total_size(self) -> int:
        """Bytes of all files."""
        return sum(path.stat().st_size for path in self.paths)

    def largest_group(self) -> int:
        """The rows of the largest row group, or of a chunk of smaller ones."""
        largest = _ROWS_AT_ONCE
        for path in self.paths:
            about = pq.read_metadata(path)
            largest = max([largest, *(about.row_group(group).num_rows for group in range(about.num_row_groups))])
        return largest

    def chunks(self) -> Iterator[Chunk]:
        """Yield consecutive row groups, some at a time."""
        number, rows, size, units = 0, 0, 0, []
        for path in self.paths:
            about = pq.read_metadata(path)
            for group in range(about.num_row_groups):
                units.append((str(path), group))
                rows += about.row_group(group).num_rows
                size += about.row_group(group).total_byte_size
                if rows >= _ROWS_AT_ONCE:
                    yield Chunk(f"{number:06d}", size, {"groups": units})
                    number, rows, size, units = number + 1, 0, 0, []
        if units:
            yield Chunk(f"{number:06d}", size, {"groups": units})


def read_groups(chunk: Chunk, columns: Sequence[str], *, as_codes: Sequence[str] = ()) -> pa.Table:
    """Read some columns of a chunk's row groups, the texts ``as_codes`` as dictionary arrays."""
    frames = []
    for path, group in chunk.payload["groups"]:
        with pq.ParquetFile(path, read_dictionary=as_codes) as file:
            frames.append(file.read_row_group(group, columns=list(columns)))
    return pa.concat_tables(frames, promote_options="permissive").combine_chunks()


def _paths(source: Path) -> list[Path]:
    if is_dataset(source):
        dataset = Dataset.open(source)
        if "markings" not in dataset.manifest.tables:
            tables = ", ".join(dataset.manifest.tables)
            raise InputError(f"{source} has no table of markings, but {tables}", "give the output of planet4 convert")
        return dataset.files("markings")
    if source.is_dir():
        return sorted(source.glob("*.parquet"))
    if not source.is_file():
        raise InputError(f"there is no {source}", "check the path")
    return [source]


def _check(path: Path, needed: Sequence[str], hint: str) -> None:
    try:
        names = pq.read_schema(path).names
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{path} is no Parquet file: {error}", hint) from error
    missing = [name for name in needed if name not in names]
    if missing:
        close = get_close_matches(missing[0], names, 1)
        said = f"{path} has no column {', '.join(missing)}" + (f" (is it {close[0]}?)" if close else "")
        raise InputError(said, hint)
