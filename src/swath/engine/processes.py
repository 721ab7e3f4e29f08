"""Worker processes on this machine: spawned with their thread limits, and gone when their parent is.

This module imports nothing heavy: a spawned worker reads it before anything else of ours.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from multiprocessing.context import SpawnContext, SpawnProcess

_THREAD_LIMITS = (
    "POLARS_MAX_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)


def limit_threads(threads: int) -> None:
    """Give each library at most so many threads; call before the libraries are imported."""
    for name in _THREAD_LIMITS:
        os.environ[name] = str(threads)


def prepare_worker() -> None:
    """Prepare a worker process: Ctrl-C is its parent's to handle, and it ends when its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="swath-parent", daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class LimitedProcess(SpawnProcess):
    """A process whose libraries get one thread each, and that no Ctrl-C reaches, not even while it starts.

    A spawned process reads the main module before any initializer runs, and the libraries with it, so that the limits
    must be in the environment that it is born with.
    """

    def start(self) -> None:
        """Start the process."""
        with _limited_environment(), _interrupts_held():
            super().start()


class LimitedSpawn(SpawnContext):
    """Spawns processes with thread limits."""

    Process = LimitedProcess


@contextmanager
def _limited_environment() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _THREAD_LIMITS}
    limit_threads(1)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back: a process that starts now is born so, and this one hears of it afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
