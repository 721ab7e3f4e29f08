"""The cleaning of markings as a job, for outputs and Parquet files that are not cleaned yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from swath.engine.job import Chunk, Job, Result, RunSoFar, Stage
from swath.engine.run import Outcome, Running, run
from swath.engine.staging import Staging
from swath.errors import UsageError
from swath.planet4.cleaning import OTHER, RULES, clean, kinds_of
from swath.planet4.drawings import BLOTCH, FAN, NONE
from swath.planet4.marking_files import MarkingFiles, read_groups
from swath.planet4.tables import CLEANED, OLD_MARKINGS
from swath.tables import Table

GEOMETRY = ("x", "y", "radius_1", "radius_2", "distance", "angle", "spread")
_NEEDED = ("classification_id", "image_id", "image_name", "user_name", "marking", *GEOMETRY)
_HINT = "give an output of swath planet4 convert, or a Parquet file of its columns"
_BYTES_A_ROW = 1500
SECTIONS = (FAN, BLOTCH, OTHER, NONE)
"""The kinds in the order of their rows."""


@dataclass(frozen=True)
class CleanSettings:
    """Which cleaning: panoptes, zooniverse-v1 or legacy."""

    rules: str = "panoptes"

    def __post_init__(self) -> None:
        if self.rules not in RULES:
            raise UsageError(f"there is no cleaning {self.rules!r}", "one of " + ", ".join(RULES))


@dataclass(frozen=True)
class CleanStage(Stage):
    """The pass over the row groups of markings."""

    files: MarkingFiles
    table: Table
    settings: CleanSettings
    name = "clean"

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:  # noqa: ARG002  (the engine's signature)
        """Yield row groups of the markings."""
        return self.files.chunks()

    def chunk_memory(self) -> int:
        """What the rows of a chunk take, as read and as written."""
        return self.files.largest_group() * _BYTES_A_ROW + (64 << 20)

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's signature)
        """Clean the markings of one chunk."""
        known = set(self.files.columns())
        read = read_groups(chunk, [c.name for c in self.table.columns if c.name in known])
        sections, dropped = cleaned_sections(read, self.table, self.settings.rules)
        counts = {"markings read": read.num_rows, **dropped}
        return Result({self.table.name: sections}, counts=counts)


def cleaned_sections(read: pa.Table, table: Table, rules: str) -> tuple[list[pa.Table], dict[str, int]]:
    """The cleaned rows as one frame a kind, in the order of ``SECTIONS``, and how many were dropped for what."""
    kinds = kinds_of(read["marking"])
    geometry = {name: read[name].cast(pa.float64()).to_numpy() for name in GEOMETRY}
    cleaned = clean(kinds, geometry, RULES[rules])
    kept = read.filter(pa.array(cleaned.kept))
    columns = {name: kept[name] for name in kept.column_names}
    columns |= {name: pa.array(values, from_pandas=True) for name, values in cleaned.geometry.items()}
    frame = table.frame(columns)
    return [frame.filter(pa.array(np.equal(kinds[cleaned.kept], kind))) for kind in SECTIONS], cleaned.dropped


def clean_job(markings: str | Path, settings: CleanSettings) -> Job:
    """Describe the cleaning of a table of markings; raises InputError where there is none."""
    files = MarkingFiles.open(markings, _NEEDED, _HINT)
    table = CLEANED if files.type_of("classification_id") == pa.int64() else OLD_MARKINGS
    return Job("planet4 clean", settings, files.inputs(), (table,), (CleanStage(files, table, settings),))


def clean_markings(
    markings: str | Path, out: str | Path, *, settings: CleanSettings | None = None, running: Running | None = None
) -> Outcome:
    """Clean a table of markings into the dataset ``out`` with one table, ``markings``: fans, blotches, then the rest.

    Markings of the old site, whose classification ids are texts, keep these. Raises InputError for what are no
    markings, and what ``swath.engine.run.run`` raises.
    """
    return run(clean_job(markings, settings or CleanSettings()), out, running)
