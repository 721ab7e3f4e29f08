"""Filling new arrays as a job of the engine: cut off, it goes on where it was, and nothing half-made is ever seen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from swath.engine.dataset import is_dataset
from swath.engine.executors import Workers, cpu_count
from swath.engine.job import Chunk, Input, Job, Result, RunSoFar, Stage
from swath.engine.run import Running, run
from swath.engine.staging import Staging
from swath.errors import MismatchError
from swath.volume.filling.arrays import NewArray
from swath.volume.filling.stages import Target
from swath.volume.statistics_store import merge_statistics
from swath.volume.tables import MAGS, VOLUME_TABLES

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from swath.volume.dataset import Dataset

FOLDER = ".swath"
"""Folder in a dataset where unfinished jobs keep what they need to go on."""


@dataclass(frozen=True)
class MagsStage(Stage):
    """Writes the rows of the mags."""

    targets: tuple[Target, ...]
    name: str = "mags"

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:  # noqa: ARG002
        """Yield one chunk."""
        yield Chunk("0", 0)

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002
        """Give the rows."""
        return Result(tables={MAGS.name: pa.concat_tables([target.measured.row() for target in self.targets])})

    def chunk_memory(self) -> int:
        """Nothing to speak of."""
        return 0


@dataclass(frozen=True)
class Filling:
    """A job that fills arrays: its name, which is that of its place too, what decides the output, and how."""

    dataset: Dataset
    name: str
    settings: Any
    arrays: tuple[NewArray, ...]
    stages: tuple[Stage, ...]
    inputs: tuple[Input, ...] = ()

    @property
    def out(self) -> Path:
        """Where the job keeps what it needs to go on, and its statistics until they are the dataset's."""
        return self.dataset.path / FOLDER / self.name

    def job(self) -> Job:
        """The job for the engine."""
        targets = tuple(array.target() for array in self.arrays)
        return Job("volume " + self.name, self.settings, self.inputs, VOLUME_TABLES, (*self.stages, MagsStage(targets)))


def fill(filling: Filling, running: Running) -> None:
    """Fill the arrays, put them in their places, and take their statistics into the dataset's.

    An unfinished job of the same name goes on if nothing changed since, and else begins again. The mags are not yet
    entered into the dataset's properties. Raises what ``swath.engine.run.run`` raises.
    """
    out = filling.out
    if not is_dataset(out) and not out.with_name(out.name + ".partial").exists():
        shutil.rmtree(out, ignore_errors=True)  # cut off while it was removed
        _begin(filling.arrays)
    try:
        outcome = run(filling.job(), out, replace(running, overwrite=False))
    except MismatchError:
        shutil.rmtree(out, ignore_errors=True)
        _begin(filling.arrays)
        outcome = run(filling.job(), out, replace(running, overwrite=True))
    merge_statistics(filling.dataset.path, outcome.dataset)
    for array in filling.arrays:
        array.put()
    (out / "_swath" / "manifest.json").unlink()  # first, so that half of it is never taken for the whole
    shutil.rmtree(out)
    with suppress(OSError):  # another job's
        out.parent.rmdir()


def _begin(arrays: Sequence[NewArray]) -> None:
    for array in arrays:
        array.begin()


def running_with(executor: Executor | None, running: Running | None) -> Running:
    """Say how to run: as asked for, else with threads of this process, or with the caller's executor."""
    chosen = running or Running(Workers("threads", cpu_count()))
    return chosen if executor is None else replace(chosen, executor=executor)
