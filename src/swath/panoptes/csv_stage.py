"""The last stage of a job whose results are CSV files: one for each table, whole or not at all."""

from __future__ import annotations

import shutil
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, ClassVar

import pyarrow.parquet as pq

from swath.engine.dataset import Dataset
from swath.engine.job import Chunk, Job, Result, RunSoFar, Stage
from swath.engine.place import Place
from swath.engine.run import Outcome, Running, run
from swath.engine.staging import Record, Staging
from swath.errors import InputError, MismatchError, UsageError
from swath.panoptes.csv_files import CsvLayout, Fixed, whole_file
from swath.panoptes.csv_lines import each_in_order, lines_of
from swath.panoptes.wide import Layout
from swath.tables import QUARANTINE

_WRITTEN = "file of "


@dataclass(frozen=True)
class CsvStage(Stage):
    """Writes the rows of an earlier stage, ``source``, as CSV files, each of them one chunk of work.

    ``paths`` are the files by the name of what the earlier stage shuffled with ``swath.panoptes.wide.to_lay_out``; one
    that has no rows is written only where ``writes_empty``. ``front`` is that of ``CsvLayout``. A subclass gives the
    fixed columns.
    """

    source: str
    paths: Mapping[str, Path]
    front: tuple[str, ...] | None
    threads: int
    memory: int
    name = "write"
    writes_empty: ClassVar[bool] = False

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:
        """Yield a chunk a file."""
        records = so_far.done(self.source)
        for number, table in enumerate(self.paths):
            scratch = so_far.staging.scratch / table
            layout = Layout.of(scratch, records)
            if layout.keys or self.writes_empty:
                size = sum(path.stat().st_size for path in scratch.glob("*.arrow"))
                yield Chunk(f"{number:06d}", size, {"table": table, "layout": layout, "counts": _counts(records)})

    def chunk_memory(self) -> int:
        """As much as a chunk of the earlier stage."""
        return self.memory

    @abstractmethod
    def fixed(self, table: str, counts: Mapping[str, int]) -> Fixed:
        """The columns before the data's; ``counts`` are those of the earlier stage."""

    def process(self, chunk: Chunk, staging: Staging) -> Result:
        """Write one file, whole or not at all."""
        table = chunk.payload["table"]
        fixed = self.fixed(table, chunk.payload["counts"])
        layout, path = CsvLayout.of(chunk.payload["layout"], fixed, self.front), self.paths[table]
        with whole_file(path) as file:
            file.write(layout.header())
            self.write(file, layout, staging.scratch / table)
        return Result(counts={f"{_WRITTEN}{table}": 1}, written={str(path.absolute()): path.stat().st_size})

    def write(self, file: IO[bytes], layout: CsvLayout, directory: Path) -> None:
        """Write the lines of all chunks, in their order."""
        for lines in each_in_order(layout.lines_in(directory), layout.table.keys, self.threads):
            file.write(lines.data.data)


def _counts(records: Mapping[str, Record]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for record in records.values():
        counts.update(record.counts)
    return dict(counts)


def run_into_files(
    job: Job, last: CsvStage, work: Path, rejects: Path, running: Running | None
) -> tuple[list[Path], Outcome]:
    """Run a job, then ``last``, with ``work`` as its output, which is gone in the end.

    What was set aside is kept in the CSV file ``rejects``, which is not there if nothing was.
    Gives the files that were written, and the outcome. Raises what ``swath.engine.run.run`` raises.
    """
    job = replace(job, stages=(*job.stages, last))
    anew = replace(running or Running(), overwrite=True)
    try:
        outcome = run(job, work, running)
    except MismatchError:  # what another run left unfinished, out of sight
        outcome = run(job, work, anew)
    except (InputError, UsageError):  # nothing to go on with
        shutil.rmtree(Place.of(work).partial, ignore_errors=True)
        raise
    paths = _written(outcome, last)
    if outcome.unchanged and not all(path.exists() for path in paths):
        outcome = run(job, work, anew)
    _keep_rejects(outcome.dataset, rejects)
    shutil.rmtree(outcome.dataset.root)
    return paths, outcome


def _written(outcome: Outcome, stage: CsvStage) -> list[Path]:
    counts = outcome.dataset.manifest.content["counts"]
    return [path for table, path in stage.paths.items() if f"{_WRITTEN}{table}" in counts]


def _keep_rejects(dataset: Dataset, path: Path) -> None:
    """Write the quarantine as a CSV file, or remove that of an earlier run."""
    files = dataset.files(QUARANTINE.name)
    if not files:
        path.unlink(missing_ok=True)
        return
    names = [column.name for column in QUARANTINE.columns]
    with whole_file(path) as file:
        file.write(",".join(names).encode() + b"\n")
        for part in files:
            frame = pq.read_table(part, use_threads=False)
            file.write(lines_of([frame[name] for name in names]).data.data)
