"""Reduction into a CSV file, as panoptes_aggregation writes it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from swath.engine.catalog import literal
from swath.engine.run import Outcome, Running, run
from swath.panoptes.csv_files import WideTable, typed, write_csv
from swath.panoptes.reduce.job import reduce_job
from swath.panoptes.reduce.settings import ReduceSettings, read_reducer

_FRONT = ("choice", "total_vote_count", "choice_count")
_BATCH = 2048
_SORTED = """
SELECT * EXCLUDE (file_row_number)
FROM read_parquet($files, file_row_number = true)
ORDER BY NOT regexp_full_match(subject, '[0-9]+'), TRY_CAST(subject AS HUGEINT), subject, file_row_number
"""
"""Numbers in order before texts; rows of a subject are all in one file."""


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
    """Read the rows of a table of reductions in order of subject, sorted on the disk where they are many."""
    import duckdb  # noqa: PLC0415  (start-up counts)

    files = [str(file) for file in table.dataset.files(table.name)]
    if not files:
        return
    with TemporaryDirectory(prefix=".sort-", dir=table.dataset.root) as spill, duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '512MB'; SET temp_directory = {literal(spill)}; SET threads = 1")
        for batch in connection.sql(_SORTED, params={"files": files}).to_arrow_reader(_BATCH) or ():
            yield typed(pa.Table.from_batches([batch]), table.columns)
