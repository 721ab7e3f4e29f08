"""Reduction as a job: extracts are shuffled by subject, each bucket is reduced, the rows are laid out alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from swath.engine.dataset import Dataset, is_dataset
from swath.engine.executors import Kind
from swath.engine.job import Chunk, Input, Job, Result, RunSoFar
from swath.engine.run import Outcome, Running, run
from swath.engine.shuffle import BucketStage, read_batches
from swath.engine.staging import Staging
from swath.errors import InputError, UsageError
from swath.panoptes.exports import Export
from swath.panoptes.reduce.clusters_table import cluster_rows
from swath.panoptes.reduce.consensus_table import COUNTED, consensus_rows
from swath.panoptes.reduce.fast import AT_ONCE, reduce_fast
from swath.panoptes.reduce.groups import Groups, key_columns
from swath.panoptes.reduce.plain import Reductions, reduce_plainly
from swath.panoptes.reduce.settings import ReduceSettings, read_reducer
from swath.panoptes.reduce.source import EXTRACTS, REQUIRED, CsvStage, TableStage
from swath.panoptes.reduce.tables import CLUSTERS, CONSENSUS, reduction_table
from swath.panoptes.reduce.wrapper import prepare
from swath.panoptes.wide import LayOutStage, data_columns, stacked, to_lay_out
from swath.tables import QUARANTINE, Table

_BUCKET_SIZE = 4 << 20
_MOST_BUCKETS = 512
_WORTH_PROCESSES = 8 << 20
_WORKFLOW, _TASK = "workflow_id ", "task "


@dataclass(frozen=True)
class ReduceStage(BucketStage):
    """The pass that reduces a bucket's groups.

    ``path`` is what the extracts were read from, ``more`` the table that has the consensus or the clusters as rows.
    """

    buckets: int
    settings: ReduceSettings
    path: str
    more: Table | None
    name = "reduce"
    source = EXTRACTS

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:
        """Yield a chunk a bucket, with all tasks and the workflow; raises InputError for extracts of several."""
        counts = {name for record in so_far.done(EXTRACTS).values() for name in record.counts}
        workflows = sorted(int(name.removeprefix(_WORKFLOW)) for name in counts if name.startswith(_WORKFLOW))
        if len(workflows) > 1 and not self.settings.compat:
            listed = ", ".join(map(str, workflows))
            raise InputError(f"{self.path} holds extracts of several workflows: {listed}", "reduce each by itself")
        tasks = tuple(sorted(name.removeprefix(_TASK) for name in counts if name.startswith(_TASK)))
        for chunk in super().chunks(so_far):
            yield replace(chunk, payload={**chunk.payload, "tasks": tasks, "workflow": (workflows or [0])[0]})

    def chunk_memory(self) -> int:
        """About thirty times a bucket: its values as objects, and a reduction."""
        return 30 * _BUCKET_SIZE + (96 << 20)

    def process(self, chunk: Chunk, staging: Staging) -> Result:
        """Read the bucket, whose frames may have different columns, and reduce it."""
        batches = read_batches(staging.scratch / EXTRACTS, int(chunk.payload["bucket"]))
        frames = [pa.Table.from_batches([batch]) for batch in batches]
        return self.group(stacked(frames), chunk, staging) if sum(f.num_rows for f in frames) else Result()

    def group(self, frame: pa.Table, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's)
        """Reduce the groups of one bucket."""
        groups = Groups.of(frame, chunk.payload["tasks"], "all" if self.settings.compat else self.settings.repeats)
        reducer = prepare(self.settings.reducer, self.settings.keywords, compat=self.settings.compat)
        reduced = reduce_fast(reducer, groups) or reduce_plainly(reducer, groups)
        keys = key_columns(groups, reduced.owners, chunk.payload["workflow"])
        rows = pa.table(keys | data_columns(dict(reduced.columns)))
        counts = {"subjects": len(groups.subjects), "groups": groups.count, "rows": rows.num_rows}
        rejects = self._rejects(groups, reduced, chunk)
        more = {} if self.more is None else {self.more.name: self._more_rows(reduced, keys)}
        return Result(more, {self.settings.reducer: to_lay_out(rows)}, rejects, counts)

    def _more_rows(self, reduced: Reductions, keys: dict[str, pa.Array]) -> pa.Table:
        """The consensus, or the clusters, as rows of their own."""
        if self.settings.reducer in COUNTED:
            return consensus_rows(self.settings.reducer, reduced, keys, self.settings.labels)
        return cluster_rows(reduced, keys)

    def _rejects(self, groups: Groups, reduced: Reductions, chunk: Chunk) -> pa.Table | None:
        if not reduced.failed:
            return None
        owners = np.array([number for number, _ in reduced.failed])
        keys = key_columns(groups, owners, 0)
        rows = [f"subject {s}, task {t}" for s, t in zip(keys["subject"], keys["task"], strict=True)]
        return QUARANTINE.frame(
            {
                "source": pa.array([self.path] * owners.size),
                "chunk": pa.array([chunk.key] * owners.size),
                "subject_id": keys["subject_id"],
                "reason": pa.array([f"{self.settings.reducer} cannot reduce it"] * owners.size),
                "detail": pa.array([reason for _, reason in reduced.failed]),
                "raw": pa.array(rows),
            }
        )


def reduce_job(extracts: str | Path, settings: ReduceSettings, *, rows: bool = True) -> Job:
    """Describe a reduction of a CSV file of extracts, or of a table of an extraction (``out/question_extractor``).

    ``rows`` says whether the consensus, or the clusters, stand as rows beside the reductions too.
    Raises InputError for what is neither, UsageError for a wrong reducer or keyword.
    """
    prepare(settings.reducer, settings.keywords, compat=settings.compat)
    path = Path(extracts)
    if path.is_dir():
        root, table = table_of(path)
        files = Dataset.open(root).files(table)
        buckets = _buckets(4 * sum(file.stat().st_size for file in files))
        first: CsvStage | TableStage = TableStage(root, table, buckets)
        inputs = tuple(Input.of(file) for file in files)
    else:
        export = Export.open(path, REQUIRED)
        first = CsvStage((export,), settings.chunk_size, _buckets(path.stat().st_size), settings.compat)
        inputs = (Input.of(path),)
    more = None if not rows else CONSENSUS if settings.reducer in COUNTED else CLUSTERS
    second = ReduceStage(first.buckets, settings, str(extracts), more)
    tables = (reduction_table(settings.reducer),)
    third = LayOutStage(tables, second.name, second.chunk_memory())
    return Job("panoptes reduce", settings, inputs, (*tables, *([more] if more else ())), (first, second, third))


def _buckets(size: int) -> int:
    return min(_MOST_BUCKETS, 1 + size // _BUCKET_SIZE)


def table_of(path: Path) -> tuple[Path, str]:
    """The dataset and the table that a path means: a dataset of one table, or a table's directory in one.

    Raises UsageError where a dataset has several tables, InputError where there is none.
    """
    if is_dataset(path):
        tables = [name for name, t in Dataset.open(path).manifest.tables.items() if t["rows"] and name != "quarantine"]
        if len(tables) == 1:
            return path, tables[0]
        listed = ", ".join(f"{path}/{name}" for name in tables)
        raise UsageError(f"{path} has {len(tables)} tables of extracts", f"name one: {listed}" if tables else "")
    if is_dataset(path.parent) and path.name in Dataset.open(path.parent).manifest.tables:
        return path.parent, path.name
    raise InputError(f"{path} is no output of swath panoptes extract", "give a CSV file, or OUT/question_extractor")


def preferred_workers(extracts: str | Path, reducer: str) -> Kind:
    """The workers that suit a reduction: processes, if many groups are reduced one by one in Python."""
    path = Path(extracts)
    size = sum(file.stat().st_size for file in path.rglob("*.parquet")) * 4 if path.is_dir() else path.stat().st_size
    return "threads" if reducer in AT_ONCE or size < _WORTH_PROCESSES else "processes"


def reduce(
    extracts: str | Path,
    config: str | Path,
    out: str | Path,
    *,
    repeats: str = "first",
    compat: bool = False,
    running: Running | None = None,
) -> Outcome:
    """Reduce extracts into the dataset ``out`` with one table, named by the reducer of ``config``.

    ``repeats`` says which classifications of one user and subject count: first, last or all. Raises InputError for
    files that are no extracts, UsageError for a wrong configuration, and what ``swath.engine.run.run`` raises.
    """
    reducer, keywords = read_reducer(config)
    return run(reduce_job(extracts, ReduceSettings(reducer, keywords, repeats, compat=compat)), out, running)
