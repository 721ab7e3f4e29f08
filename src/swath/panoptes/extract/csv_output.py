"""Extraction into CSV files, one for each extractor, as panoptes_aggregation writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from swath import compute as pc
from swath.engine.job import Chunk, Job, RunSoFar
from swath.engine.run import Outcome, Running
from swath.panoptes.cell_texts import cell_texts
from swath.panoptes.csv_files import Fixed
from swath.panoptes.csv_stage import CsvStage, run_into_files
from swath.panoptes.extract.job import ANONYMOUS, check_found, extract_job
from swath.panoptes.extract.settings import ExtractSettings, read_settings
from swath.panoptes.values import time_texts
from swath.tables import TEXT


@dataclass(frozen=True)
class CsvSettings:
    """What decides the CSV files: the extraction's settings, and whether data columns stand in order of name."""

    extraction: ExtractSettings
    order: bool


@dataclass(frozen=True)
class ExtractFiles(CsvStage):
    """The second pass: it refuses an export that holds nothing of the workflow, and writes the files."""

    settings: ExtractSettings

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:
        """Yield a chunk a file; raises UsageError where the export holds nothing that was asked for."""
        check_found(so_far.done(self.source).values(), self.settings)
        return super().chunks(so_far)

    def fixed(self, table: str, counts: Mapping[str, int]) -> Fixed:
        """The columns that say whose extracts they are; one anonymous row makes floats of all user ids."""
        whole_numbers, workflow = not counts.get(ANONYMOUS), self.settings.workflow_id
        return {
            "classification_id": lambda frame: frame["classification_id"],
            "user_name": lambda frame: frame["user_name"],
            "user_id": lambda frame: cell_texts(frame["user_id"], whole_numbers=whole_numbers),
            "workflow_id": lambda frame: pa.repeat(pa.scalar(str(workflow)), frame.num_rows),
            "task": lambda frame: frame["task"],
            "created_at": _created,
            "subject_id": lambda frame: frame["subject"],
            "extractor": lambda frame: pa.repeat(pa.scalar(table), frame.num_rows),
        }


def _created(frame: pa.Table) -> pa.Array:
    """When classifications were made, as it stands in the export."""
    usual, written = time_texts(frame["created_at"]), frame["written_at"]
    return usual if written.null_count == frame.num_rows else pc.coalesce(written.cast(TEXT), usual)


def extract_csv(
    classifications: Sequence[str | Path],
    config: str | Path,
    directory: str | Path,
    name: str = "extractions",
    *,
    order: bool = False,
    compat: bool = False,
    running: Running | None = None,
) -> tuple[list[Path], Outcome]:
    """Extract a classification export into CSV files ``<extractor>_<name>.csv`` in a directory.

    ``order`` sorts the data columns. Rows that cannot be read go to ``quarantine_<name>.csv``.
    Gives the paths, and the outcome of the run, whose dataset is gone by then. An interrupted extraction
    goes on where it was. Raises what ``extract`` raises.
    """
    base = _base(name)
    settings = replace(read_settings(config), compat=compat)
    tables = extract_job(classifications, settings)
    (first, _), threads = tables.stages, running.workers.count if running else 1
    paths = {table.name: Path(directory) / f"{table.name}_{base}.csv" for table in tables.tables}
    last = ExtractFiles(first.name, paths, ("choice",) if order else None, threads, first.chunk_memory(), settings)
    job = Job("panoptes extract to CSV", CsvSettings(settings, order), tables.inputs, (), (first,))
    return run_into_files(job, last, Path(directory) / f".{base}.extract", rejects_file(directory, name), running)


def rejects_file(directory: str | Path, name: str) -> Path:
    """The CSV file of the rows that could not be read."""
    return Path(directory) / f"quarantine_{_base(name)}.csv"


def _base(name: str) -> str:
    return Path(name).stem if Path(name).suffix else name
