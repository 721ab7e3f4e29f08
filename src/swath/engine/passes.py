"""One pass over the chunks of a stage, a bounded number in flight."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from swath.engine.events import ChunkFinished, Listener, StageFinished, StageStarted
from swath.engine.interrupts import Interrupts
from swath.engine.job import Chunk, RunSoFar, Stage
from swath.engine.memory import keep_freed_memory
from swath.engine.staging import Record, Staging
from swath.engine.store import Store
from swath.errors import OutputError, StrictError, WorkerError
from swath.tables import Table, by_name

Pending = dict[Future[tuple[Record, float]], Chunk]

_LISTEN_SECONDS = 0.2
"""How long to wait for a chunk before Ctrl-C is looked for again."""

_LOST = ("KilledWorker", "CommClosedError")
"""Names of Dask's errors for a worker or a scheduler that is gone."""


def work(stage: Stage, chunk: Chunk, staging: Staging, tables: dict[str, Table]) -> tuple[Record, float]:
    """Do one chunk: the task that every executor runs. Gives its record and its seconds."""
    prepare_process()
    started = time.perf_counter()
    result = stage.process(chunk, staging)
    # A worker may outlive its run, above all on a cluster; it must not write into what another run made since.
    if not (staging.root / "_swath" / "run.json").is_file():
        raise OutputError(
            f"{staging.root} is not there for a worker", "the workers and the run need one file system, at one path"
        )
    record = staging.write(stage.name, chunk, result, tables)
    return record, time.perf_counter() - started


@cache
def prepare_process() -> None:
    """Set up the process that works, once: chunks are its parallelism, so Arrow needs no threads of its own."""
    keep_freed_memory()
    pa.set_cpu_count(1)


@dataclass(frozen=True)
class Pass:
    """One stage being run; ``capacity`` says how many chunks its workers can do at a time.

    ``queues`` says that the executor does no more than those at a time, so that chunks that take no memory before they
    are in work may wait in it.
    """

    store: Store
    stage: Stage
    executor: Executor
    capacity: Callable[[], int]
    queues: bool
    strict: bool
    on_event: Listener
    interrupts: Interrupts

    def run(self) -> None:
        """Do the chunks that are not done."""
        started = time.perf_counter()
        done = dict(self.store.done(self.stage.name))
        self.on_event(
            StageStarted(self.stage.name, self.stage.total_size(), sum(record.size for record in done.values()))
        )
        pending: Pending = {}
        try:
            chunks = self._submit_all(done, pending)
            while pending:
                self._await(pending)
        except BrokenExecutor:
            raise _worker_lost() from None
        finally:
            for future in pending:
                future.cancel()
        self.on_event(StageFinished(self.stage.name, chunks, time.perf_counter() - started))

    def _submit_all(self, done: dict[str, Record], pending: Pending) -> int:
        """Submit the chunks as workers come free, settle what is finished, and count the chunks."""
        tables = by_name(self.store.job.tables)
        number, last = 0, ""
        for chunk in self.stage.chunks(RunSoFar(self.store.staging, self.store.records)):
            self.interrupts.check()
            number += 1
            if chunk.key <= last:
                raise ValueError(f"chunk {chunk.key} of {self.stage.name} does not sort after {last}")
            last = chunk.key
            if chunk.key in done:
                self._settle(chunk, done[chunk.key], 0.0, resumed=True)
                continue
            pending[self.executor.submit(work, self.stage, chunk, self.store.staging, tables)] = chunk
            self._await(pending, 0)
            while len(pending) > self._most_pending(chunk):
                self._await(pending)
        return number

    def _most_pending(self, chunk: Chunk) -> int:
        """How many chunks may be on their way when the next is looked for: those in work, and those that may wait.

        A worker that has the next chunk need not wait while the files of the one before are flushed.
        """
        waits = self.queues and chunk.at_hand is None
        return self.capacity() * (2 if waits else 1)

    def _await(self, pending: Pending, timeout: float = _LISTEN_SECONDS) -> None:
        """Wait for a chunk, at most so many seconds; those that are done are kept, even if another failed."""
        finished = wait(pending, timeout, FIRST_COMPLETED).done
        errors = {future: error for future in finished if (error := _error_of(future)) is not None}
        for future in finished.difference(errors):
            self._settle(pending.pop(future), *future.result())
        self.interrupts.check()
        for error in errors.values():
            raise error

    def _settle(self, chunk: Chunk, record: Record, seconds: float, *, resumed: bool = False) -> None:
        if self.strict and record.rejects:
            raise StrictError(record.first_reject, "leave --strict out to set such rows aside in quarantine")
        if not resumed:
            self.store.add(record)
            self.stage.release(chunk, record)
        self.on_event(ChunkFinished(self.stage.name, record, seconds, resumed))


def _error_of(future: Future[tuple[Record, float]]) -> BaseException | None:
    """What went wrong with a chunk, a worker that is gone as WorkerError."""
    try:
        error = future.exception()
    except CancelledError:
        return _worker_lost()
    if isinstance(error, CancelledError) or type(error).__name__ in _LOST:
        return _worker_lost()
    return error


def _worker_lost() -> WorkerError:
    return WorkerError(
        "a worker process was killed, perhaps for want of memory",
        "run the same command again to go on, with fewer --workers or a smaller --memory",
    )
