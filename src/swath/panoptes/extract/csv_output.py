"""Extraction into CSV files, one for each extractor, as panoptes_aggregation writes them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from swath.engine.dataset import Dataset
from swath.engine.run import Outcome, Running, run
from swath.panoptes.cell_texts import cell_texts
from swath.panoptes.csv_files import CsvLayout, Fixed, WideTable, time_texts, write_csv
from swath.panoptes.extract.job import ANONYMOUS, extract_job
from swath.panoptes.extract.settings import read_settings
from swath.tables import TEXT


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

    ``order`` sorts the data columns. Gives the paths, and the outcome of the run, whose dataset is gone by then. An
    interrupted extraction goes on where it was. Raises what ``extract`` raises.
    """
    base = Path(name).stem if Path(name).suffix else name
    job = extract_job(classifications, replace(read_settings(config), compat=compat))
    outcome = run(job, Path(directory) / f".{base}.extract", running)
    paths = []
    for table in job.tables:
        if outcome.dataset.files(table.name):
            paths.append(Path(directory) / f"{table.name}_{base}.csv")
            fixed = _fixed_columns(table.name, outcome.dataset)
            layout = CsvLayout.of(WideTable(outcome.dataset, table.name), fixed, ["choice"] if order else None)
            write_csv(layout, paths[-1], running.workers.count if running else 1)
    shutil.rmtree(outcome.dataset.root)
    return paths, outcome


def _fixed_columns(extractor: str, dataset: Dataset) -> Fixed:
    whole_numbers = not dataset.manifest.content["counts"].get(ANONYMOUS)
    return {
        "classification_id": lambda frame: frame["classification_id"],
        "user_name": lambda frame: frame["user_name"],
        "user_id": lambda frame: cell_texts(frame["user_id"], whole_numbers=whole_numbers),
        "workflow_id": lambda frame: frame["workflow_id"],
        "task": lambda frame: frame["task"],
        "created_at": lambda frame: pc.coalesce(frame["written_at"].cast(TEXT), time_texts(frame["created_at"])),
        "subject_id": lambda frame: frame["subject"],
        "extractor": lambda frame: pa.repeat(pa.scalar(extractor), frame.num_rows),
    }
