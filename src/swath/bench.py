"""How fast a conversion of a user's own export goes, stage by stage, and against a plain read of the file."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from swath.engine.events import Event, StageFinished
from swath.engine.executors import Workers, cpu_count
from swath.engine.memory import format_size
from swath.engine.run import Running
from swath.errors import MissingExtraError
from swath.panoptes.convert import convert

_INTERVAL = 0.05


@dataclass(frozen=True)
class Figures:
    """What was measured: a record a stage, and the figures of the whole."""

    stages: list[dict[str, Any]]
    figures: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The figures as plain JSON values."""
        return asdict(self)


def bench(export: str | Path, *, workers: int | None = None) -> Figures:
    """Convert an export into a temporary directory and measure it; the directory is removed.

    The floor is Polars reading every column of the file as text. Raises MissingExtraError where Polars is not
    installed.
    """
    size = Path(export).stat().st_size
    floor = _floor(Path(export))
    finished: list[StageFinished] = []
    count = workers or cpu_count()

    def listen(event: Event) -> None:
        if isinstance(event, StageFinished):
            finished.append(event)

    scratch = Path(tempfile.mkdtemp(prefix="swath-bench-", dir=Path.cwd()))
    try:
        with peak_memory() as peak:
            running = Running(Workers("threads" if count > 1 else "serial", count), on_event=listen)
            outcome = convert([export], scratch / "out", running=running)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    rows = outcome.dataset.manifest.content["counts"]["classifications"]
    seconds = outcome.seconds
    stages = [
        {
            "stage": e.stage,
            "seconds": round(e.seconds, 2),
            "chunks": e.chunks,
            "share": f"{e.seconds / seconds:.0%}",
        }
        for e in finished
    ]
    return Figures(
        stages,
        {
            "seconds": round(seconds, 2),
            "rows a second": round(rows / seconds),
            "megabytes a second": round(size / 1e6 / seconds, 1),
            "peak memory": format_size(max(peak)),
            "workers": count,
            "seconds of the floor": round(floor, 2),
            "times the floor": round(seconds / floor, 2),
        },
    )


def _floor(export: Path) -> float:
    """Seconds that Polars takes to read every column of a file as text."""
    try:
        import polars  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("the floor is measured with Polars", "pip install 'swath[bench]'") from error
    started = time.perf_counter()
    polars.scan_csv(export, infer_schema=False).collect()
    return time.perf_counter() - started


@contextmanager
def peak_memory() -> Iterator[list[int]]:
    """Watch the resident memory of this process and its children; the list holds the sums that were seen, in bytes."""
    me = psutil.Process()
    seen = [0]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_INTERVAL):
            seen[0] = max(seen[0], _resident(me))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()
        seen[0] = max(seen[0], _resident(me))


def _resident(process: psutil.Process) -> int:
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total
