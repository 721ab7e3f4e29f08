"""Asking: start the process that answers a query, watch over it, and take its answer."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

import psutil
import pyarrow as pa

from swath.engine.memory import PROCESS_BASE, format_size
from swath.errors import QueryError, UsageError
from swath.query.outputs import Outputs
from swath.query.request import Request

MEMORY = 2 << 30
TIMEOUT = 3600.0

_LEAST_MEMORY = 32 << 20
_LOOK_EVERY = 0.02
_COMMAND = (sys.executable, "-P", "-m", "swath.query.answer")


def query(
    out: str | Path,
    sql: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    also: Mapping[str, str | Path] | None = None,
    memory: int = MEMORY,
    threads: int | None = None,
    timeout: float = TIMEOUT,
) -> pa.Table:
    """Run one reading statement over an output and give its result whole; arguments and errors as of ``stream``."""
    outputs = Outputs.open(out, also)
    batches = stream(outputs, sql, parameters, memory=memory, threads=threads, timeout=timeout)
    return pa.Table.from_batches(list(batches))


def stream(
    outputs: Outputs,
    sql: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    memory: int = MEMORY,
    threads: int | None = None,
    timeout: float = TIMEOUT,
) -> Iterator[pa.RecordBatch]:
    """Run one reading statement and yield its record batches, at least one; ``parameters`` fill its ``$name``s.

    ``memory`` is in bytes; ``timeout`` in seconds, the taking of the batches included; ``threads`` are all by default.
    Raises QueryError for SQL that is wrong, that does not only read, or that takes too long or too much memory.
    """
    if not timeout > 0:
        raise UsageError(f"a query cannot be done in {timeout:g} s", "give --timeout more")
    if memory < _LEAST_MEMORY:
        raise UsageError(f"a query cannot be done in {format_size(memory)}", "give --memory 32M or more")
    request = Request(sql, dict(parameters or {}), outputs.views(), memory, threads)
    with _Answering(memory + PROCESS_BASE, timeout) as answering:
        yield from answering.batches(request)


class _Answering:
    """A process that answers one request, ended when it takes too much memory (in bytes) or time (in seconds)."""

    def __init__(self, memory: int, timeout: float) -> None:
        self._memory = memory
        self._timeout = timeout
        self._verdict: QueryError | None = None
        self._over = threading.Event()
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(_COMMAND, stdin=pipe, stdout=pipe, stderr=pipe)  # noqa: S603
        self._request = cast(IO[bytes], self._process.stdin)
        self._answer = cast(IO[bytes], self._process.stdout)
        self._errors = cast(IO[bytes], self._process.stderr)
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _Answering:
        self._watcher.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._watcher.join()
        self._process.kill()
        self._process.wait()
        self._answer.close()
        self._errors.close()
        with suppress(BrokenPipeError):  # it ended before it had read the whole request
            self._request.close()

    def batches(self, request: Request) -> Iterator[pa.RecordBatch]:
        """Send the request and yield the answer; raises QueryError where there is none, or not all of it."""
        try:
            pickle.dump(request, self._request)
            self._request.flush()
            yield from _at_least_one(pa.ipc.open_stream(self._answer))
        except (pa.ArrowException, OSError) as error:
            raise self._failure() from error
        if self._process.wait() != 0:
            raise self._failure()

    def _watch(self) -> None:
        end = time.monotonic() + self._timeout
        try:
            process = psutil.Process(self._process.pid)
            while not self._over.wait(_LOOK_EVERY):
                if time.monotonic() > end:
                    return self._stop(f"the query took longer than {self._timeout:g} s", "give --timeout more")
                if process.memory_info().rss > self._memory:
                    return self._stop("the query needs more memory than its limit", "give --memory more")
        except psutil.NoSuchProcess:
            return None
        return None

    def _stop(self, message: str, hint: str) -> None:
        self._verdict = QueryError(message, hint)
        self._process.kill()

    def _failure(self) -> QueryError:
        """Why the process ended without its whole answer."""
        said = self._errors.read().decode(errors="replace").strip().rpartition("\n")[2]
        status = self._process.wait()
        if self._verdict is not None:
            return self._verdict
        try:
            return QueryError(**json.loads(said))
        except ValueError:
            reason = said or "perhaps for want of memory"
            return QueryError(f"the query's process ended with status {status}: {reason}", "try a simpler query")


def _at_least_one(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    empty = True
    for batch in reader:
        empty = False
        yield batch
    if empty:
        yield pa.RecordBatch.from_pylist([], schema=reader.schema)
