"""From directories of RAW frames to a store of night-sky brightness."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
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
from swath.sky.store import JOB, SCALAR, keeps_blocks, known_before
from swath.sky.subtract import MasterStage, SubtractStage
from swath.sky.tables import BLOCKS, SKY_TABLES


@dataclass(frozen=True)
class ReduceSettings:
    """What decides the output beside the files: the observers in order, and patterns of cameras by model.

    ``dark`` is scalar, as AZOTEA subtracts, or mean or median: master dark frames, subtracted pixel by pixel.
    ``keep_blocks`` keeps the histograms of blocks of each frame, for regions to come.
    """

    observers: tuple[Observer, ...] = (Observer(),)
    cameras: Mapping[str, str] = field(default_factory=dict)
    dark: str = SCALAR
    keep_blocks: bool = False

    def __post_init__(self) -> None:
        if self.dark not in (SCALAR, *STACKS):
            raise UsageError(f"there is no dark {self.dark!r}", "one of " + ", ".join((SCALAR, *STACKS)))


def reduce(
    found: Sequence[Found],
    out: str | Path,
    *,
    cameras: Mapping[str, str] | None = None,
    dark: str = SCALAR,
    keep_blocks: bool = False,
    running: Running | None = None,
) -> Outcome:
    """Measure frames into the store ``out``; where the store stands, read only what is new or changed.

    What is gone from the directories is gone from the store. ``keep_blocks`` keeps what regions to come can be measured
    from without decoding again; a store that has it keeps it. ``running.overwrite`` measures all of them anew.
    Raises InputError where there is no file, OutputError where ``out`` is another dataset, and what
    ``swath.engine.run.run`` raises.
    """
    running, place, found = running or Running(), Path(out), absolute(found)
    before = Dataset.open(place).manifest.content if is_dataset(place) else None
    if before is not None and before["job"] != JOB and not running.overwrite:
        raise OutputError(f"{out} is an output of swath {before['job']}", "choose another output")
    if not running.overwrite:
        keep_blocks = keep_blocks or keeps_blocks(place)
    describe = partial(reduce_job, found, cameras=cameras, dark=dark, keep_blocks=keep_blocks, before=before)
    job = describe()
    if before is not None and not running.overwrite:
        if before["fingerprint"] == job.fingerprint():
            return run(job, out, running)
        known = known_before(place, found, cameras or {}, dark, keep_blocks=keep_blocks)
        job = describe(known=known)
        running = replace(running, overwrite=True)
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
    keep_blocks: bool = False,
    before: Mapping[str, Any] | None = None,
) -> Job:
    """Describe a reduction; ``known`` need not be measured again, ``before`` is the manifest of a store that stands.

    Raises InputError where there is no file.
    """
    if not found:
        raise InputError("there are no frames", "check --work-dir, and the filter of the configuration")
    found = absolute(found)
    inputs = _inputs(found, before)
    observers = tuple(dict.fromkeys(item.observer for item in found if item.observer is not None))
    largest = max(item.size for item in inputs)
    shared = (tuple(found), dict(cameras or {}), largest, known or {})
    stages: tuple[Stage, ...] = (MeasureStage(*shared, keep_blocks),)
    if dark != SCALAR:
        stages += (MasterStage(*shared, dark), SubtractStage(*shared, dark))
    settings = ReduceSettings(observers, dict(cameras or {}), dark, keep_blocks)
    tables = (*SKY_TABLES, BLOCKS) if keep_blocks else SKY_TABLES
    return Job(JOB, settings, inputs, tables, (*stages, SessionStage()))


def _inputs(found: Sequence[Found], before: Mapping[str, Any] | None) -> tuple[Input, ...]:
    """The files as they stand; one whose size and time are those of the run before is not looked into again."""
    known = {item["path"]: Input(**item) for item in before["inputs"]} if before is not None else {}
    return tuple(_input(item.path, known.get(os.path.realpath(item.path))) for item in found)


def _input(path: Path, known: Input | None) -> Input:
    if known is None or not path.is_file():
        return Input.of(path)
    stat = path.stat()
    same = (known.size, known.mtime_ns) == (stat.st_size, stat.st_mtime_ns)
    return known if same else Input.of(path)


def absolute(found: Sequence[Found]) -> list[Found]:
    """Give the files by their absolute paths; a link to a file stays one, in its own directory."""
    directories = {item.path.parent: item.path.parent.resolve() for item in found}
    return [Found(directories[item.path.parent] / item.path.name, item.observer) for item in found]
