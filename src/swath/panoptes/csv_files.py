"""Wide tables as the CSV files of panoptes_aggregation: cells as Python writes them, gaps blank."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyarrow as pa

from swath.panoptes.cell_texts import cell_texts
from swath.panoptes.csv_lines import lines_of
from swath.panoptes.text import TextColumn
from swath.panoptes.wide import PREFIX, Layout

AGGREGATION_VERSION = "5.3.1"
"""Version of panoptes_aggregation whose results these are."""

_VERSION_COLUMN = PREFIX + "aggregation_version"

Fixed = Mapping[str, Callable[[pa.Table], pa.Array]]
"""The columns that stand before the data's: what makes each of them, as texts or numbers."""


@dataclass(frozen=True)
class CsvLayout:
    """How a table is written as CSV: ``fixed`` columns, then the data's in the order of ``names``."""

    table: Layout
    fixed: Fixed
    names: tuple[str, ...]

    @classmethod
    def of(cls, table: Layout, fixed: Fixed, front: Sequence[str] | None = None) -> CsvLayout:
        """Lay a table out: data columns stand in order of appearance, those of nested values last.

        If ``front`` is given, they stand in order of name, but those of ``front`` first.
        """
        return cls(table, fixed, tuple(_ordered(list(table.columns), front)))

    def lines(self, frame: pa.Table) -> TextColumn:
        """The line of each row of a frame."""
        fixed = [make(frame) for make in self.fixed.values()]
        return lines_of(fixed + [self._texts(frame, name) for name in self.names])

    def lines_in(self, directory: Path) -> Callable[[str], TextColumn]:
        """What makes the lines of a chunk whose rows were shuffled into a directory."""
        return lambda key: self.lines(self.table.read(directory, key))

    def _texts(self, frame: pa.Table, name: str) -> pa.Array:
        if name == _VERSION_COLUMN:
            return pa.repeat(pa.scalar(AGGREGATION_VERSION), frame.num_rows)
        return cell_texts(frame[name], whole_numbers=name not in self.table.gaps)

    def header(self) -> bytes:
        """The header line, with quotes where a name needs them."""
        line = io.StringIO(newline="")
        csv.writer(line, lineterminator="\n").writerow([*self.fixed, *self.names])
        return line.getvalue().encode()


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
