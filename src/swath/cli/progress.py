"""Progress on stderr: a bar at a terminal, a JSON object an event, or nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from swath.cli.options import Progress

if TYPE_CHECKING:
    from swath.engine.events import Event, Listener


@contextmanager
def listening(progress: Progress) -> Iterator[Listener]:
    """Give a listener that shows progress in the form that was asked for; notices are always shown."""
    if progress is Progress.auto:
        progress = Progress.bar if sys.stderr.isatty() else Progress.none
    if progress is Progress.bar:
        with _bar() as listener:
            yield listener
    else:
        yield _log if progress is Progress.jsonl else _notices


def _notices(event: Event) -> None:
    from swath.engine.events import Noticed  # noqa: PLC0415

    if isinstance(event, Noticed):
        sys.stderr.write(f"note: {event.message}\n")


def _log(event: Event) -> None:
    from swath.engine.events import ChunkFinished  # noqa: PLC0415

    line: dict[str, Any] = {"event": type(event).__name__}
    if isinstance(event, ChunkFinished):
        record = event.record
        line |= {
            "stage": event.stage,
            "chunk": record.chunk,
            "bytes": record.size,
            "rows": sum(part.rows for part in record.parts if part.table != "quarantine"),
            "rejects": sum(record.rejects.values()),
            "seconds": round(event.seconds, 4),
            "resumed": event.resumed,
        }
    else:
        line |= asdict(event)
    sys.stderr.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stderr.flush()


@contextmanager
def _bar() -> Iterator[Listener]:
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        DownloadColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.progress import Progress as Bars  # noqa: PLC0415

    from swath.engine.events import (  # noqa: PLC0415
        ChunkFinished,
        ChunkProgressed,
        Noticed,
        StageFinished,
        StageStarted,
    )

    columns = (
        "[progress.description]{task.description}",
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    bars = Bars(*columns, TimeRemainingColumn(), TextColumn("{task.fields[rejects]}"), console=Console(stderr=True))
    tasks: dict[str, Any] = {}
    rejected: dict[str, int] = {}
    begun: dict[str, int] = {}

    def show(event: Event) -> None:
        if isinstance(event, StageStarted):
            tasks[event.stage] = bars.add_task(event.stage, total=event.total, completed=event.done, rejects="")
        elif isinstance(event, ChunkProgressed):
            before, begun[event.chunk] = begun.get(event.chunk, 0), event.bytes
            bars.update(tasks[event.stage], advance=event.bytes - before)
        elif isinstance(event, ChunkFinished):
            rejected[event.stage] = rejected.get(event.stage, 0) + sum(event.record.rejects.values())
            aside = f"{rejected[event.stage]:,} rows set aside" if rejected[event.stage] else ""
            # What an earlier run did stands at the bar's start, so that the rate is this run's alone.
            size = 0 if event.resumed else event.record.size - begun.pop(event.record.chunk, 0)
            bars.update(tasks[event.stage], advance=size, rejects=aside)
        elif isinstance(event, StageFinished):
            done = bars.tasks[tasks[event.stage]].completed
            bars.update(tasks[event.stage], total=done, completed=done, visible=done > 0)
        elif isinstance(event, Noticed):
            bars.console.print(f"note: {event.message}", markup=False, highlight=False)

    with bars:
        yield show
