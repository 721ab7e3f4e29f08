"""Reduction into a CSV file, as panoptes_aggregation writes it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from swath.engine.run import Outcome, Running, run
from swath.panoptes.csv_files import WideTable, typed, write_csv
from swath.panoptes.reduce.groups import subject_key
from swath.panoptes.reduce.job import reduce_job
from swath.panoptes.reduce.settings import ReduceSettings, read_reducer

_FRONT = ("choice", "total_vote_count", "choice_count")
_WINDOW = 20_000


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
    job = reduce_job(extracts, ReduceSettings(reducer, keywords, repeats, compat=compat))
    outcome = run(job, Path(directory) / f".{reducer}_{base}.reduce", running)
    path = Path(directory) / f"{reducer}_{base}.csv"

    def fixed(frame: pa.Table) -> dict[str, pa.Array]:
        return {
            "subject_id": frame["subject"],
            "workflow_id": frame["workflow_id"],
            "task": frame["task"],
            "reducer": pa.repeat(pa.scalar(reducer), frame.num_rows),
        }

    wide = WideTable(outcome.dataset, reducer)
    write_csv(wide, path, in_order(wide), fixed, _FRONT if order else None)
    shutil.rmtree(outcome.dataset.root)
    return path, outcome


def in_order(table: WideTable) -> Iterator[pa.Table]:
    """Read the rows of a table of reductions in order of subject, a window of subjects at a time."""
    files = table.dataset.files(table.name)
    subjects = pa.chunked_array(
        [pq.read_table(file, columns=["subject"])["subject"].combine_chunks() for file in files]
    )
    names = pc.unique(subjects).to_pylist()
    names.sort(key=subject_key)
    windows = 1 + len(subjects) // _WINDOW
    for chosen in np.array_split(np.array(names, object), windows):
        order = {name: place for place, name in enumerate(chosen)}
        rows = pa.concat_tables([_of_subjects(file, list(order), table) for file in files])
        places = np.array([order[name] for name in rows["subject"].to_pylist()], np.int64)
        yield rows.take(pa.array(np.argsort(places, kind="stable")))


def _of_subjects(file: Path, subjects: list[str], table: WideTable) -> pa.Table:
    frame = pq.read_table(file)
    return typed(frame.filter(pc.is_in(frame["subject"], pa.array(subjects, frame["subject"].type))), table.columns)
