"""The one loop: submit the chunks that are not done, a bounded number in flight, and commit."""

from __future__ import annotations

import errno
import time
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pyarrow as pa

from swath.engine.dataset import Dataset
from swath.engine.events import ChunkFinished, Event, Listener, StageFinished, StageStarted, unheard
from swath.engine.executors import Workers
from swath.engine.job import Chunk, Job, RunSoFar, Stage
from swath.engine.memory import default_budget, keep_freed_memory, workers_within
from swath.engine.staging import Record, Staging
from swath.engine.store import Store, open_store
from swath.errors import OutputError, StrictError, WorkerError
from swath.tables import Table, by_name


@dataclass(frozen=True)
class Running:
    """How to run a job, none of which changes what it writes.

    ``memory`` is the budget in bytes over all processes (None: a quarter of the machine, at most 4 GiB).
    """

    workers: Workers = field(default_factory=Workers)
    memory: int | None = None
    strict: bool = False
    overwrite: bool = False
    on_event: Listener = unheard


@dataclass(frozen=True)
class Outcome:
    """What a run came to: the output, whether it stood already, and the wall time in seconds."""

    dataset: Dataset
    unchanged: bool
    seconds: float


class Interrupted(KeyboardInterrupt):
    """A run was interrupted; what was finished is kept."""


def run(job: Job, out: str | Path, running: Running | None = None) -> Outcome:
    """Run a job into ``out``: resume what an interrupted run left, and commit when all is written.

    Raises OutputError and its kin for the output, StrictError at the first rejected row under ``strict``,
    MemoryBudgetError before any work, Interrupted on Ctrl-C.
    """
    running = running or Running()
    started = time.perf_counter()
    workers = fit(job, running)
    _prepare_process()
    with open_store(Path(out), job, overwrite=running.overwrite) as store:
        if store.finished is not None:
            return Outcome(store.finished, unchanged=True, seconds=time.perf_counter() - started)
        with workers.open() as executor, _plain_disk_errors(store):
            for stage in job.stages:
                _Pass(store, stage, executor, max(workers.count, 1), running).run()
        seconds = time.perf_counter() - started
        with _plain_disk_errors(store):
            dataset = store.commit(seconds)
    return Outcome(dataset, unchanged=False, seconds=seconds)


def fit(job: Job, running: Running) -> Workers:
    """Lower the number of workers to what the memory budget holds."""
    workers = running.workers
    if workers.kind == "dask":
        return workers
    budget = running.memory or default_budget()
    needs = [stage.chunk_memory() for stage in job.stages]
    count = workers_within(budget, needs, workers.count, processes=workers.separate)
    return Workers("serial", 1) if count == 1 and not workers.separate else Workers(workers.kind, count)


def work(stage: Stage, chunk: Chunk, staging: Staging, tables: dict[str, Table]) -> tuple[Record, float]:
    """Do one chunk: the task that every executor runs. Gives its record and its seconds."""
    _prepare_process()
    started = time.perf_counter()
    result = stage.process(chunk, staging)
    record = staging.write(stage.name, chunk, result, tables)
    return record, time.perf_counter() - started


Pending = dict[Future[tuple[Record, float]], Chunk]


@cache
def _prepare_process() -> None:
    """Set up the process that works, once: chunks are its parallelism, so Arrow needs no threads of its own."""
    keep_freed_memory()
    pa.set_cpu_count(1)


@dataclass
class _Pass:
    """One stage being run."""

    store: Store
    stage: Stage
    executor: Executor
    in_flight: int
    running: Running

    def run(self) -> None:
        started = time.perf_counter()
        done = dict(self.store.done(self.stage.name))
        self._tell(StageStarted(self.stage.name, self.stage.total_size(), sum(r.size for r in done.values())))
        pending: Pending = {}
        chunks = 0
        try:
            for chunk in self.stage.chunks(RunSoFar(self.store.staging, self.store.records)):
                chunks += 1
                if chunk.key in done:
                    self._settle(chunk, done[chunk.key], 0.0, resumed=True)
                    continue
                pending[self._submit(chunk)] = chunk
                while len(pending) > self.in_flight:
                    self._await(pending)
            while pending:
                self._await(pending)
        except KeyboardInterrupt:
            _abandon(pending)
            kept = sum(len(records) for records in self.store.records.values())
            raise Interrupted(f"interrupted: {kept} chunks are kept, the same command goes on from there") from None
        except BrokenProcessPool:
            raise WorkerError(
                "a worker process was killed, perhaps for want of memory",
                "run the same command again to go on, with fewer --workers or a smaller --memory",
            ) from None
        except BaseException:
            _abandon(pending)
            raise
        self._tell(StageFinished(self.stage.name, chunks, time.perf_counter() - started))

    def _submit(self, chunk: Chunk) -> Future[tuple[Record, float]]:
        tables = by_name(self.store.job.tables)
        return self.executor.submit(work, self.stage, chunk, self.store.staging, tables)

    def _await(self, pending: Pending) -> None:
        """Wait for a chunk; those that are done are kept, even if another failed."""
        finished = wait(pending, return_when=FIRST_COMPLETED).done
        failed = [future for future in finished if future.exception() is not None]
        for future in finished.difference(failed):
            self._settle(pending.pop(future), *future.result())
        for future in failed:
            future.result()

    def _settle(self, chunk: Chunk, record: Record, seconds: float, *, resumed: bool = False) -> None:
        if self.running.strict and record.rejects:
            raise StrictError(record.first_reject, "leave --strict out to set such rows aside in quarantine")
        if not resumed:
            self.store.add(record)
            self.stage.release(chunk, record)
        self._tell(ChunkFinished(self.stage.name, record, seconds, resumed))

    def _tell(self, event: Event) -> None:
        self.running.on_event(event)


def _abandon(pending: Pending) -> None:
    for future in pending:
        future.cancel()


class _plain_disk_errors:  # noqa: N801  (a context manager reads as a verb)
    """Turns a full disk into one clear error."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            done = sum(len(records) for records in self.store.records.values())
            raise OutputError(
                f"no space is left for {self.store.out} ({done} chunks are kept)",
                "free some space and run the same command again: it goes on where it stopped",
            ) from error
