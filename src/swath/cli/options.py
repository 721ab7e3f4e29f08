"""The options that every converting command has."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from swath.engine.events import Listener
    from swath.engine.executors import Kind
    from swath.engine.run import Running


class Executor(StrEnum):
    """Where the work is done."""

    auto = "auto"
    serial = "serial"
    threads = "threads"
    processes = "processes"
    dask = "dask"


class Progress(StrEnum):
    """How progress is shown."""

    auto = "auto"
    bar = "bar"
    jsonl = "jsonl"
    none = "none"


class Format(StrEnum):
    """How results are printed."""

    table = "table"
    json = "json"
    csv = "csv"


_RUN = "How it runs"

Output = Annotated[Path, typer.Option("-o", "--output", help="Directory to write the dataset into.")]
Memory = Annotated[
    str | None,
    typer.Option(help="Memory that the run may take, such as 900M or 2G [default: a quarter, at most 4G]."),
]
WorkerCount = Annotated[int | None, typer.Option("--workers", help="Workers [default: one a processor].")]
ExecutorOption = Annotated[Executor, typer.Option("--executor", help="Where the work is done.")]
Scheduler = Annotated[str | None, typer.Option(help="Address of a Dask scheduler, such as tcp://host:8786.")]
SchedulerFile = Annotated[Path | None, typer.Option(help="Scheduler file of a Dask cluster.")]
ChunkSize = Annotated[str, typer.Option(help="Most input bytes in a chunk, such as 32M; part of what makes an output.")]
ProgressOption = Annotated[
    Progress, typer.Option("--progress", help="Progress on stderr: auto is a bar at a terminal.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first row that cannot be read.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an output; it stays until the new one is whole.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print the summary.")]


def chunk_bytes(text: str) -> int:
    """Read a chunk size in bytes; raises UsageError where it is too small or too large to be meant."""
    from swath.engine.memory import parse_size  # noqa: PLC0415
    from swath.errors import UsageError  # noqa: PLC0415

    size = parse_size(text)
    if not 1 << 10 <= size <= 1 << 30:
        raise UsageError(f"a chunk of {text} is out of range", "give from 1K to 1G; 64M is a good size")
    return size


def make_running(
    *,
    memory: str | None,
    workers: int | None,
    executor: Executor,
    scheduler: str | None,
    scheduler_file: Path | None,
    strict: bool,
    overwrite: bool,
    listener: Listener,
    preferred: Kind,
) -> Running:
    """Put the options of a run together; raises UsageError where they contradict each other."""
    from swath.engine.executors import choose_workers  # noqa: PLC0415
    from swath.engine.memory import parse_size  # noqa: PLC0415
    from swath.engine.run import Running  # noqa: PLC0415

    where = _scheduler(scheduler, scheduler_file)
    chosen = choose_workers(executor.value, workers, where, preferred)
    budget = parse_size(memory) if memory else None
    return Running(chosen, budget, strict, overwrite, listener)


def _scheduler(address: str | None, file: Path | None) -> str | None:
    """Give where the Dask scheduler is told; a file that is not there would be waited for without end."""
    from swath.errors import InputError, UsageError  # noqa: PLC0415

    if address and file:
        raise UsageError("the scheduler is given twice", "give --scheduler or --scheduler-file")
    if file is None:
        return address
    if not file.is_file():
        raise InputError(f"there is no scheduler file {file}", "start the scheduler first, or check the path")
    return str(file)
