"""A pass over classification exports: the part that every such pass has in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from swath.engine.job import Chunk, RunSoFar, Stage
from swath.engine.staging import Record
from swath.kernels.json import GOOD
from swath.panoptes.decode import REASONS, JsonColumn
from swath.panoptes.duplicates import from_ranges
from swath.panoptes.exports import Export, cut
from swath.panoptes.quarantine import Rejects
from swath.panoptes.records import Records, read_records
from swath.panoptes.text import Fields, TextColumn

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ExportStage(Stage):
    """A stage whose chunks are ranges of exports; ``wanted`` are the columns that it reads."""

    exports: tuple[Export, ...]
    chunk_size: int
    wanted: ClassVar[tuple[str, ...]]
    key_prefix: ClassVar[str] = ""

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:
        """Cut the exports; chunks of compressed ones are spooled as they come."""
        spool = so_far.staging.scratch / "spool"
        return cut(self.exports, self.wanted, self.chunk_size, spool, so_far.done(self.name), self.key_prefix)

    def total_size(self) -> int | None:
        """Bytes of all exports; None where one is compressed."""
        if any(export.compressed for export in self.exports):
            return None
        return sum(export.path.stat().st_size - export.first_record for export in self.exports)

    def release(self, chunk: Chunk, record: Record) -> None:  # noqa: ARG002  (a subclass asks the record)
        """Delete the chunk's spooled file."""
        if "spooled" in chunk.payload:
            Path(chunk.payload["spooled"]).unlink(missing_ok=True)

    def read(self, chunk: Chunk) -> tuple[Records, Rejects]:
        """Take a chunk's records, or read them again where they are not at hand."""
        export = next(e for e in self.exports if str(e.path) == chunk.payload["source"])
        return read_records(chunk, export.columns, self.wanted)


def repeated_rows(chunk: Chunk) -> Rows:
    """The rows of a chunk whose classification an earlier chunk held."""
    return from_ranges(chunk.payload["repeated"])


@dataclass(frozen=True)
class Cells:
    """The columns of some rows of a chunk; a row with a cell that cannot be read is rejected."""

    records: Records
    rejects: Rejects
    rows: Rows

    def fields(self, column: str) -> Fields:
        """A column's fields, where they stand."""
        return self.records.fields_of(column, self.rows)

    def texts(self, column: str) -> TextColumn:
        """A column as it stands."""
        return self.records.texts(column, self.rows)

    def integers(self, column: str) -> Rows:
        """A column that must be whole numbers."""
        fields = self.fields(column)
        values, good = fields.integers()
        bad = np.flatnonzero(~good)
        texts = fields.take(bad).texts()
        details = [f"{column} is {texts.at(number)[:60]!r}" for number in range(bad.size)]
        self.rejects.add(self.rows[bad], f"{column} is not a number", details)
        return values

    def json(self, column: str) -> JsonColumn:
        """A column that must be JSON."""
        return self._parsed(column, empty_too=False)

    def json_or_empty(self, column: str) -> JsonColumn:
        """A column that must be JSON or empty."""
        return self._parsed(column, empty_too=True)

    def _parsed(self, column: str, *, empty_too: bool) -> JsonColumn:
        fields = self.fields(column)
        parsed = JsonColumn.parse_fields(fields)
        wrong = parsed.errors != GOOD
        bad = np.flatnonzero(wrong & (fields.starts != fields.stops) if empty_too else wrong)
        details = [REASONS[int(code)] for code in parsed.errors[bad]]
        self.rejects.add(self.rows[bad], f"bad {column}", details)
        return parsed

    def distinct_texts(self, column: str) -> tuple[TextColumn, Rows]:
        """A column that holds few distinct texts: those, and which of them each row has."""
        fields = self.fields(column)
        firsts, groups = fields.group_equal()
        return fields.take(firsts).texts(), groups

    def distinct_json(self, column: str) -> tuple[JsonColumn, Rows]:
        """A column that must be JSON and holds few distinct texts: those, and which of them each row has."""
        return self._distinct(column, empty_too=False)

    def distinct_json_or_empty(self, column: str) -> tuple[JsonColumn, Rows]:
        """A column that must be JSON or empty and holds few distinct texts: those, and which of them each row has."""
        return self._distinct(column, empty_too=True)

    def _distinct(self, column: str, *, empty_too: bool) -> tuple[JsonColumn, Rows]:
        fields = self.fields(column)
        firsts, groups = fields.group_equal()
        distinct = fields.take(firsts)
        parsed = JsonColumn.parse_fields(distinct)
        wrong = parsed.errors != GOOD
        bad = np.flatnonzero((wrong & (distinct.starts != distinct.stops) if empty_too else wrong)[groups])
        details = [REASONS[int(code)] for code in parsed.errors[groups[bad]]]
        self.rejects.add(self.rows[bad], f"bad {column}", details)
        return parsed, groups

    def reject(self, problems: Iterable[tuple[Rows, str, str]]) -> None:
        """Reject rows by their positions, each group with its reason and detail."""
        for positions, reason, detail in problems:
            self.rejects.add(self.rows[positions], reason, detail)

    def good(self) -> npt.NDArray[np.bool_]:
        """Which of the rows are not rejected so far, shape (rows,)."""
        return self.rejects.good[self.rows]

    def only(self, positions: npt.NDArray[Any]) -> Cells:
        """The same for some of the rows, given as positions or as a mask."""
        return Cells(self.records, self.rejects, self.rows[positions])
