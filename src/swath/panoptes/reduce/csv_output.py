"""Reduction into a CSV file, as panoptes_aggregation writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import pyarrow as pa

from swath.engine.job import Job
from swath.engine.run import Outcome, Running
from swath.panoptes.csv_files import CsvLayout, Fixed
from swath.panoptes.csv_lines import each_in_order
from swath.panoptes.csv_stage import CsvStage, run_into_files
from swath.panoptes.reduce.job import reduce_job
from swath.panoptes.reduce.order import subject_order
from swath.panoptes.reduce.settings import ReduceSettings, read_reducer
from swath.panoptes.sorted_lines import Run, merged
from swath.panoptes.text import TextColumn
from swath.tables import TEXT

_FRONT = ("choice", "total_vote_count", "choice_count")


@dataclass(frozen=True)
class CsvSettings:
    """What decides the CSV file: the reduction's settings, and whether data columns stand in order of name."""

    reduction: ReduceSettings
    order: bool


@dataclass(frozen=True)
class ReductionFile(CsvStage):
    """The last pass: it writes the file in order of subject.

    All rows of a subject stand in one chunk, and each chunk is in order.
    """

    writes_empty = True

    def fixed(self, table: str, counts: Mapping[str, int]) -> Fixed:  # noqa: ARG002  (the base class's)
        """The columns that say which reduction it is."""
        return {
            "subject_id": lambda frame: frame["subject"],
            "workflow_id": lambda frame: frame["workflow_id"],
            "task": lambda frame: frame["task"],
            "reducer": lambda frame: pa.repeat(pa.scalar(table), frame.num_rows),
        }

    def write(self, file: IO[bytes], layout: CsvLayout, directory: Path) -> None:
        """Write the lines of all chunks, in order of subject."""

        def read(key: str) -> tuple[pa.Array, TextColumn]:
            frame = layout.table.read(directory, key)
            return frame["subject"].combine_chunks(), layout.lines(frame)

        if not layout.table.keys:
            return
        with TemporaryFile(dir=directory) as spill:
            subjects, runs = [], []
            for names, lines in each_in_order(read, layout.table.keys, self.threads):
                subjects.append(names.cast(TEXT))
                runs.append(Run.append(spill, lines))
            for block in merged(spill, runs, subject_order(pa.concat_arrays(subjects))):
                file.write(block.data)


def reduce_csv(
    extracts: str | Path,
    config: str | Path,
    directory: str | Path,
    name: str = "reductions",
    *,
    repeats: str = "first",
    order: bool = False,
    compat: bool = False,
    running: Running | None = None,
) -> tuple[Path, Outcome]:
    """Reduce extracts into the CSV file ``<reducer>_<name>.csv`` in a directory, in order of subject.

    ``order`` sorts the data columns. Groups that cannot be reduced go to ``quarantine_<reducer>_<name>.csv``.
    Gives the path, and the outcome of the run, whose dataset is gone by then. An interrupted reduction
    goes on where it was. Raises what ``reduce`` raises.
    """
    base = Path(name).stem if Path(name).suffix else name
    reducer, keywords = read_reducer(config)
    settings = ReduceSettings(reducer, keywords, repeats, compat=compat)
    tables = reduce_job(extracts, settings, rows=False)
    *stages, last = tables.stages
    path, threads = Path(directory) / f"{reducer}_{base}.csv", running.workers.count if running else 1
    written = ReductionFile(stages[-1].name, {reducer: path}, _FRONT if order else None, threads, last.chunk_memory())
    job = Job("panoptes reduce to CSV", CsvSettings(settings, order), tables.inputs, (), tuple(stages))
    _, outcome = run_into_files(
        job, written, Path(directory) / f".{reducer}_{base}.reduce", rejects_file(path), running
    )
    return path, outcome


def rejects_file(path: Path) -> Path:
    """The CSV file of what could not be reduced, beside that of the reductions."""
    return path.with_name(f"quarantine_{path.name}")
