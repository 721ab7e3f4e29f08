"""Executors: serial, threads, local processes or a Dask cluster, each a ``concurrent.futures.Executor``.

This module imports nothing heavy: a spawned worker reads it before its thread limits are set.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from swath.engine.processes import LimitedSpawn, prepare_worker
from swath.errors import InputError, MissingExtraError, UsageError

T = TypeVar("T")
Kind = Literal["serial", "threads", "processes", "dask"]
KINDS = ("serial", "threads", "processes", "dask")


class SerialExecutor(Executor):
    """Runs each task when it is submitted, in this thread."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run a task and give its finished future."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  (an executor hands any error to whoever asks for the result)
            future.set_exception(error)
        return future


@dataclass(frozen=True)
class Workers:
    """How many workers of which kind; ``scheduler`` is a Dask address or scheduler file."""

    kind: Kind = "serial"
    count: int = 1
    scheduler: str = ""

    @property
    def separate(self) -> bool:
        """Whether workers are processes of their own on this machine."""
        return self.kind == "processes"

    @contextmanager
    def open(self) -> Iterator[Executor]:
        """Start the workers, and stop them at the end."""
        if self.kind == "dask":
            with _dask(self.scheduler) as executor:
                yield executor
            return
        executor = self._local()
        try:
            yield executor
        except BaseException:
            _end_processes(executor)
            raise
        finally:
            executor.shutdown(wait=True, cancel_futures=True)

    def _local(self) -> Executor:
        if self.kind == "threads":
            return ThreadPoolExecutor(self.count, thread_name_prefix="swath")
        if self.kind == "processes":
            return ProcessPoolExecutor(self.count, mp_context=LimitedSpawn(), initializer=prepare_worker)
        return SerialExecutor()


def _end_processes(executor: Executor) -> None:
    """End worker processes in the middle of their chunks, which nobody waits for any more; a file is whole or not."""
    for process in list((getattr(executor, "_processes", None) or {}).values()):
        process.terminate()


def capacity(workers: Workers, executor: Executor) -> int:
    """How many chunks the workers can do at a time, as of now: a cluster may grow."""
    if workers.count or not isinstance(executor, DaskExecutor):
        return max(1, workers.count)
    return max(1, executor.threads())


def cpu_count() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def choose_workers(kind: str, count: int | None, scheduler: str | None, preferred: Kind) -> Workers:
    """Decide the workers from a user's options; ``auto`` takes what measured fastest for the work.

    Raises UsageError where the options contradict each other.
    """
    if count is not None and count < 1:
        raise UsageError(f"--workers {count} is less than 1", "give 1 or more")
    if kind not in ("auto", *KINDS):
        raise UsageError(f"{kind!r} is no executor", "one of auto, " + ", ".join(KINDS))
    if scheduler and kind not in ("auto", "dask"):
        raise UsageError(f"--scheduler goes with dask, not with {kind}", "leave --executor out")
    if scheduler or kind == "dask":
        if not scheduler:
            raise UsageError("dask needs a scheduler", "give --scheduler tcp://host:8786 or --scheduler-file")
        return Workers("dask", count or 0, scheduler)
    count = count or cpu_count()
    if kind == "auto":
        return Workers("serial" if count == 1 else preferred, count)
    return Workers(kind, 1 if kind == "serial" else count)  # type: ignore[arg-type]


class DaskExecutor(Executor):
    """The workers of a Dask cluster."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._executor = client.get_executor(pure=False)

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Send a task to the cluster."""
        future: Future[T] = self._executor.submit(fn, *args, **kwargs)
        return future

    def threads(self) -> int:
        """Threads of all workers that the cluster has now."""
        return int(sum(self._client.nthreads().values()))


@contextmanager
def _dask(scheduler: str) -> Iterator[Executor]:
    try:
        from distributed import Client  # noqa: PLC0415  (optional extra)
    except ImportError as error:
        raise MissingExtraError("a Dask cluster needs distributed", "pip install 'swath[cluster]'") from error
    at = {"address": scheduler} if "://" in scheduler else {"scheduler_file": scheduler}
    if "scheduler_file" in at and not Path(scheduler).is_file():
        raise InputError(f"no Dask scheduler file at {scheduler}", "check the path, or give tcp://host:port")
    try:
        client = Client(**at, timeout=20, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(f"no Dask scheduler at {scheduler}: {error}", "check the address or the file") from error
    with client:
        yield DaskExecutor(client)
