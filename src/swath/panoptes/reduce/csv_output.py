"""Reduction into a CSV file, as panoptes_aggregation writes it."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryFile

import pyarrow as pa

from swath.engine.run import Outcome, Running, run
from swath.panoptes.csv_files import CsvLayout, Fixed, WideTable, whole_file
from swath.panoptes.csv_lines import each_in_order
from swath.panoptes.reduce.job import reduce_job
from swath.panoptes.reduce.order import subject_order
from swath.panoptes.reduce.settings import ReduceSettings, read_reducer
from swath.panoptes.sorted_lines import Run, merged
from swath.panoptes.text import TextColumn
from swath.tables import TEXT

_FRONT = ("choice", "total_vote_count", "choice_count")


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

    ``order`` sorts the data columns. Gives the path, and the outcome of the run, whose dataset is gone by then. An
    interrupted reduction goes on where it was. Raises what ``reduce`` raises.
    """
    base = Path(name).stem if Path(name).suffix else name
    reducer, keywords = read_reducer(config)
    job = reduce_job(extracts, ReduceSettings(reducer, keywords, repeats, compat=compat), rows=False)
    outcome = run(job, Path(directory) / f".{reducer}_{base}.reduce", running)
    path = Path(directory) / f"{reducer}_{base}.csv"
    layout = CsvLayout.of(WideTable(outcome.dataset, reducer), _fixed_columns(reducer), _FRONT if order else None)
    write_in_order(layout, path, running.workers.count if running else 1)
    shutil.rmtree(outcome.dataset.root)
    return path, outcome


def _fixed_columns(reducer: str) -> Fixed:
    return {
        "subject_id": lambda frame: frame["subject"],
        "workflow_id": lambda frame: frame["workflow_id"],
        "task": lambda frame: frame["task"],
        "reducer": lambda frame: pa.repeat(pa.scalar(reducer), frame.num_rows),
    }


def write_in_order(layout: CsvLayout, path: Path, threads: int) -> None:
    """Write a table of reductions as one CSV file in order of subject.

    All rows of a subject stand in one part of the table, and each part is in order.
    """
    files = layout.table.dataset.files(layout.table.name)

    def read(part: Path) -> tuple[pa.Array, TextColumn]:
        frame = layout.table.part(part)
        return frame["subject"].combine_chunks(), layout.lines(frame)

    with whole_file(path) as file, TemporaryFile(dir=path.parent) as spill:
        file.write(layout.header())
        subjects, runs = [], []
        for names, lines in each_in_order(read, files, threads):
            subjects.append(names.cast(TEXT))
            runs.append(Run.append(spill, lines))
        if runs:
            places = subject_order(pa.concat_arrays(subjects))
            for block in merged(spill, runs, places):
                file.write(block.data)
