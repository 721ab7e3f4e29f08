"""From directories of RAW frames to a store of night-sky brightness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from swath.engine.dataset import Dataset, is_dataset
from swath.engine.job import Input, Job, Stage
from swath.engine.run import Outcome, Running, run
from swath.errors import InputError, MismatchError, OutputError, UsageError
from swath.sky.config import Observer
from swath.sky.directories import Found
from swath.sky.masters import STACKS
from swath.sky.measure import MeasureStage
from swath.sky.sessions import SessionStage
from swath.sky.store import JOB, SCALAR, known_before
from swath.sky.subtract import MasterStage, SubtractStage
from swath.sky.tables import SKY_TABLES


@dataclass(frozen=True)
class ReduceSettings:
    """What decides the output beside the files: the observers in order, and patterns of cameras by model.

    ``dark`` is scalar, as AZOTEA subtracts, or mean or median: master dark frames, subtracted pixel by pixel.
    """

    observers: tuple[Observer, ...] = (Observer(),)
    cameras: Mapping[str, str] = field(default_factory=dict)
    dark: str = SCALAR

    def __post_init__(self) -> None:
        if self.dark not in (SCALAR, *STACKS):
            raise UsageError(f"there is no dark {self.dark!r}", "one of " + ", ".join((SCALAR, *STACKS)))


def reduce(
    found: Sequence[Found],
    out: str | Path,
    *,
    cameras: Mapping[str, str] | None = None,
    dark: str = SCALAR,
    running: Running | None = None,
) -> Outcome:
    """Measure frames into the store ``out``; where the store stands, read only what is new or changed.

    What is gone from the directories is gone from the store. ``running.overwrite`` measures all of them anew.
    Raises InputError where there is no file, OutputError where ``out`` is another dataset, and what
    ``swath.engine.run.run`` raises.
    """
    running = running or Running()
    known = {} if running.overwrite else known_before(Path(out), absolute(found), cameras or {}, dark)
    job = reduce_job(found, cameras=cameras, known=known, dark=dark)
    if is_dataset(Path(out)):
        before = Dataset.open(out).manifest.content
        if before["job"] != JOB and not running.overwrite:
            raise OutputError(f"{out} is an output of swath {before['job']}", "choose another output")
        running = replace(running, overwrite=running.overwrite or before["fingerprint"] != job.fingerprint())
    try:
        return run(job, out, running)
    except MismatchError:
        # files came, changed or went since a run that was cut off: it begins again, and the store stands meanwhile
        return run(job, out, replace(running, overwrite=True))


def reduce_job(
    found: Sequence[Found],
    *,
    cameras: Mapping[str, str] | None = None,
    known: Mapping[str, Mapping[str, Any]] | None = None,
    dark: str = SCALAR,
) -> Job:
    """Describe a reduction; ``known`` is what need not be measured again. Raises InputError where there is no file."""
    if not found:
        raise InputError("there are no frames", "check --work-dir, and the filter of the configuration")
    found = absolute(found)
    inputs = tuple(Input.of(item.path) for item in found)
    observers = tuple(dict.fromkeys(item.observer for item in found if item.observer is not None))
    largest = max(item.size for item in inputs)
    shared = (tuple(found), dict(cameras or {}), largest, known or {})
    stages: tuple[Stage, ...] = (MeasureStage(*shared),)
    if dark != SCALAR:
        stages += (MasterStage(*shared, dark), SubtractStage(*shared, dark))
    settings = ReduceSettings(observers, dict(cameras or {}), dark)
    return Job(JOB, settings, inputs, SKY_TABLES, (*stages, SessionStage()))


def absolute(found: Sequence[Found]) -> list[Found]:
    """Give the files by their absolute paths."""
    return [Found(item.path.resolve(), item.observer) for item in found]
