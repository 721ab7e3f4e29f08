"""The reduction of the old site's CSV export: times, tutorials, cleaning, one classification a volunteer and tile."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from swath import compute as pc
from swath.engine.job import Chunk, Input, Job, Result
from swath.engine.run import Outcome, Running, run
from swath.engine.shuffle import BucketStage
from swath.engine.staging import Staging
from swath.joins import join
from swath.kernels.hashing import bucket_of_texts
from swath.panoptes.chunks import Cells, ExportStage
from swath.panoptes.exports import Export
from swath.panoptes.missing import is_missing, unless_missing
from swath.panoptes.values import text_column, text_numbers, times
from swath.planet4.clean import SECTIONS, cleaned_sections
from swath.planet4.cleaning import direction, kinds_of
from swath.planet4.tables import OLD_MARKINGS, TUTORIALS
from swath.sql import load_sql
from swath.tables import FLOAT64

_COLUMNS = tuple(c.name for c in OLD_MARKINGS.columns if c.name not in ("x_angle", "y_angle"))
_TIMES = ("created_at", "acquisition_date")
_NUMBERS = tuple(column.name for column in OLD_MARKINGS.columns if column.dtype == FLOAT64 and column.name in _COLUMNS)
_SHUFFLED = "old markings"
_BUCKET_SIZE = 64 << 20
_MOST_BUCKETS = 256
CHUNK_SIZE = 16 << 20


@dataclass(frozen=True)
class LegacySettings:
    """Whether to leave out the cleaning, and whether to keep all classifications of a volunteer and tile."""

    keep_dirt: bool = False
    keep_duplicates: bool = False
    chunk_size: int = CHUNK_SIZE


@dataclass(frozen=True)
class ReadStage(ExportStage):
    """The pass over the CSV file."""

    buckets: int
    settings: LegacySettings
    name = "read"
    wanted = _COLUMNS

    def chunk_memory(self) -> int:
        """About eight times the chunk: the text, the cells, the columns, and again as cleaned."""
        return 8 * self.chunk_size + (64 << 20)

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's signature)
        """Read the markings, put those of the tutorial aside, and clean the others."""
        records, rejects = self.read(chunk)
        cells = Cells(records, rejects, np.flatnonzero(rejects.good))
        rows = _typed(cells).filter(pa.array(cells.good()))
        tutorial = pc.fill_null(pc.equal(rows["image_name"], "tutorial"), fill_value=False)
        drawn = rows.filter(pc.invert(tutorial))
        sections, dropped = _cleaned(drawn, keep_dirt=self.settings.keep_dirt)
        tutorials = {c.name: rows[c.name].filter(tutorial) for c in TUTORIALS.columns}
        kept = pa.concat_tables(
            frame.append_column("section", pa.array(np.full(frame.num_rows, number, np.int64)))
            for number, frame in enumerate(sections)
        )
        order = chunk.payload["offset"] + np.arange(kept.num_rows, dtype=np.int64)
        kept = kept.append_column("place", pa.array(order)).combine_chunks()
        names = text_column(kept["image_name"])
        buckets = bucket_of_texts(names.data, names.offsets, self.buckets), self.buckets
        counts = {"markings read": rows.num_rows, "tutorial": pc.sum(tutorial).as_py() or 0, **dropped}
        frames = {TUTORIALS.name: TUTORIALS.frame(tutorials)}
        return Result(frames, {_SHUFFLED: (kept, buckets)}, rejects.frame(), counts)


def _typed(cells: Cells) -> pa.Table:
    """The columns in their types; what is neither a number nor missing is rejected."""
    columns = {}
    for name in _COLUMNS:
        texts = cells.texts(name)
        if name in _TIMES:
            columns[name] = times(texts).cast(pa.timestamp("us"))
        elif name in _NUMBERS:
            columns[name] = _numbers(cells, name)
        else:
            columns[name] = unless_missing(texts.arrow())
    return pa.table(columns)


def _numbers(cells: Cells, name: str) -> pa.Array:
    texts = cells.texts(name).arrow()
    numbers = text_numbers(texts)
    wrong = np.isnan(numbers) & ~is_missing(texts).to_numpy(zero_copy_only=False)
    cells.reject([(np.flatnonzero(wrong), f"{name} is not a number", "a decimal number, null or nothing is expected")])
    return pa.array(numbers, from_pandas=True)


def _cleaned(rows: pa.Table, *, keep_dirt: bool) -> tuple[list[pa.Table], dict[str, int]]:
    if not keep_dirt:
        return cleaned_sections(rows, OLD_MARKINGS, "legacy")
    angles = direction(rows["angle"].to_numpy())
    columns = {name: rows[name] for name in rows.column_names}
    frame = OLD_MARKINGS.frame(columns | {name: pa.array(v, from_pandas=True) for name, v in angles.items()})
    kinds = kinds_of(rows["marking"])
    return [frame.filter(pa.array(np.equal(kinds, kind))) for kind in SECTIONS], {}


@dataclass(frozen=True)
class OnceStage(BucketStage):
    """The pass that keeps one classification of each volunteer and tile."""

    buckets: int
    settings: LegacySettings
    name = "once"
    source = _SHUFFLED

    def chunk_memory(self) -> int:
        """About eight times a bucket: its rows, sorted twice."""
        return 8 * _BUCKET_SIZE + (64 << 20)

    def group(self, frame: pa.Table, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's)
        """Drop the later classifications, and sort by observation."""
        query, once = load_sql("planet4/one_classification_each"), not self.settings.keep_duplicates
        kept = join("legacy", dict, query, {"markings": frame}, {"once": once})
        columns = {name: kept[name] for name in kept.column_names}
        counts = {"markings kept": kept.num_rows, "of repeated classifications": frame.num_rows - kept.num_rows}
        return Result({OLD_MARKINGS.name: OLD_MARKINGS.frame(columns)}, counts=counts)


def legacy_job(export: str | Path, settings: LegacySettings) -> Job:
    """Describe a reduction; raises InputError where the file is no such export."""
    opened = Export.open(Path(export), _COLUMNS)
    buckets = min(_MOST_BUCKETS, 1 + Path(export).stat().st_size // _BUCKET_SIZE)
    first = ReadStage((opened,), settings.chunk_size, buckets, settings)
    stages = (first, OnceStage(buckets, settings))
    return Job("planet4 reduce", settings, (Input.of(Path(export)),), (OLD_MARKINGS, TUTORIALS), stages)


def reduce_legacy(
    export: str | Path, out: str | Path, *, settings: LegacySettings | None = None, running: Running | None = None
) -> Outcome:
    """Reduce the old site's CSV export into the dataset ``out``, with the tables ``markings`` and ``tutorials``.

    Raises InputError for a file that is no such export, and what ``swath.engine.run.run`` raises.
    """
    return run(legacy_job(export, settings or LegacySettings()), out, running)
