"""The one loop: run the stages of a job, chunk by chunk, and commit."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pyarrow as pa

from swath.engine.dataset import Dataset
from swath.engine.events import Listener, listened_to_by, unheard
from swath.engine.executors import Workers, capacity
from swath.engine.files import plain_disk_errors
from swath.engine.identity import check_inputs_stand
from swath.engine.interrupts import Interrupts
from swath.engine.job import Job
from swath.engine.memory import default_budget, workers_within
from swath.engine.passes import Pass, prepare_process
from swath.engine.store import Store, open_store
from swath.errors import MemoryBudgetError, StrictError


@dataclass(frozen=True)
class Running:
    """How to run a job, none of which changes what it writes.

    ``memory`` is the budget in bytes over all processes (None: a quarter of the machine, at most 4 GiB).
    ``executor`` is one of the caller's, any of ``concurrent.futures``: it gets ``workers.count`` chunks at a time, and
    is left open.
    """

    workers: Workers = field(default_factory=Workers)
    memory: int | None = None
    strict: bool = False
    overwrite: bool = False
    on_event: Listener = unheard
    executor: Executor | None = None


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
    with _one_arrow_thread(), open_store(Path(out), job, overwrite=running.overwrite) as store:
        dataset = store.finished
        if dataset is None:
            with _plain_interrupts(store), plain_disk_errors(store.out, lambda: store.chunks_kept):
                _run_stages(store, workers, running)
                check_inputs_stand(job)
                dataset = store.commit(time.perf_counter() - started)
        elif running.strict:
            _refuse_rejects(dataset)
    unchanged = store.finished is not None and not store.completed
    return Outcome(dataset, unchanged, time.perf_counter() - started)


def _run_stages(store: Store, workers: Workers, running: Running) -> None:
    interrupts = Interrupts()
    given = running.executor
    opened = workers.open() if given is None else nullcontext(given)
    with interrupts.installed(), listened_to_by(running.on_event), opened as executor:
        for stage in store.job.stages:
            at_once = partial(capacity, workers, executor)
            queues = given is None
            Pass(store, stage, executor, at_once, queues, running.strict, running.on_event, interrupts).run()


def fit(job: Job, running: Running) -> Workers:
    """Lower the number of workers to what the memory budget holds.

    One worker process does no more than this process can, and takes the memory of a second interpreter.
    """
    workers = running.workers
    if workers.kind == "dask" or running.executor is not None:
        return workers
    budget = running.memory or default_budget()
    needs = [stage.chunk_memory() for stage in job.stages]
    try:
        count = workers_within(budget, needs, workers.count, processes=workers.separate)
    except MemoryBudgetError:
        count = workers_within(budget, needs, 1, processes=False)
        return Workers("serial", count)
    lowered = count < workers.count or not workers.separate
    return Workers("serial", 1) if count == 1 and lowered else Workers(workers.kind, count)


def _refuse_rejects(dataset: Dataset) -> None:
    """Raise StrictError where an output that stood already has rejected rows."""
    rejects = dataset.manifest.content.get("rejects")
    if rejects:
        listed = ", ".join(f"{number} of {reason}" for reason, number in rejects.items())
        raise StrictError(
            f"{dataset.root} stands, with rows in quarantine: {listed}", "leave --strict out to accept it"
        )


@contextmanager
def _plain_interrupts(store: Store) -> Iterator[None]:
    """Say at Ctrl-C what is kept."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(
            f"interrupted: {store.chunks_kept} chunks are kept, the same command goes on from there"
        ) from None


@contextmanager
def _one_arrow_thread() -> Iterator[None]:
    """Give Arrow one thread while the chunks are the parallelism, and then the caller's number again."""
    before = pa.cpu_count()
    prepare_process()
    pa.set_cpu_count(1)
    try:
        yield
    finally:
        pa.set_cpu_count(before)
