"""Gathering the results of many sessions in one directory, under names that say what they are."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from swath.depth.index import INDEX, Index, index
from swath.depth.manifest import FORMAT, Copy, Results, build_manifest, find_results
from swath.depth.results_h5 import FRAMES
from swath.depth.status import read_status
from swath.depth.yaml_files import write_yaml
from swath.errors import InputError

_FRAMES_LOOKED_AT = 1000


@dataclass(frozen=True)
class Aggregated:
    """What became of one session: the name of its copies, or why it has none."""

    h5: Path
    name: str
    why: str = ""


@dataclass(frozen=True)
class Aggregation:
    """What was gathered, the index over it, and its file."""

    sessions: tuple[Aggregated, ...]
    index: Index
    index_file: Path


def aggregate(
    directory: Path,
    output: Path | None = None,
    form: str = FORMAT,
    *,
    mouse_threshold: float = 0.0,
    snake: bool = True,
    compat: bool = False,
) -> Aggregation:
    """Copy the results of all complete sessions below ``directory`` into ``output``, and write an index of them.

    ``output`` is ``aggregate_results`` in the directory by default; the index goes into the directory. ``form`` is a
    format string over the metadata. A session counts if its frames are higher than ``mouse_threshold`` (mm) on
    average, over the first thousand. Of two sessions with one name the second gets a number behind it; with
    ``compat``, as moseq2-extract has it, it is left out. Raises InputError where no session is complete.
    """
    output = output or directory / "aggregate_results"
    chosen, left_out = _choose(directory, output, mouse_threshold)
    if not chosen:
        raise InputError(f"no complete session is below {directory}", "swath depth status says what is there")
    copies = build_manifest(chosen, form, snake=snake)
    made = _copy_all(copies, output, drop_equal_names=compat)
    index_file = directory / INDEX
    listed = index(output, index_file, compat=compat)
    return Aggregation((*made, *left_out), listed, index_file)


def _choose(directory: Path, output: Path, threshold: float) -> tuple[list[Results], list[Aggregated]]:
    """Choose the sessions to copy, and say of the others why not; copies of before are neither."""
    chosen, left_out = [], []
    for item in find_results(directory.absolute()):
        if item.h5.is_relative_to(output.absolute()):
            continue
        why = _why_not(item, threshold)
        if why:
            left_out.append(Aggregated(item.h5, "", why))
        else:
            chosen.append(item)
    return chosen, left_out


def _why_not(item: Results, threshold: float) -> str:
    if item.status.get("complete") is not True:
        return str(item.status.get("error") or "not complete")
    if item.status.get("skip", False):
        return "marked to be skipped"
    if "sample" in item.status:
        return "a sample of a session"
    mean = mean_height(item.h5)
    return "" if mean > threshold else f"{mean:.3g} mm high on average: no more than the threshold"


def mean_height(h5: Path) -> float:
    """The mean of a results file's first thousand frames, in mm, over all pixels of the crops."""
    import h5py  # noqa: PLC0415  (optional extra)

    with h5py.File(h5, "r") as file:
        frames = file[FRAMES][:_FRAMES_LOOKED_AT]
    return float(np.nanmean(frames)) if frames.size else 0.0


def copy_results(copies: Sequence[Copy], output: Path) -> list[Aggregated]:
    """Copy sessions into ``output``; of those with one name, all but the first get a number behind it.

    A copy that stands is made again where its session was extracted anew.
    """
    return _copy_all(copies, output, drop_equal_names=False)


def _copy_all(copies: Sequence[Copy], output: Path, *, drop_equal_names: bool) -> list[Aggregated]:
    output.mkdir(parents=True, exist_ok=True)
    made: list[Aggregated] = []
    for copy in copies:
        if drop_equal_names and (output / f"{copy.name}.h5").exists():
            made.append(Aggregated(copy.results.h5, "", f"another session is named {copy.name}"))
            continue
        name = _free_name(copy, output)
        if not _stands(copy, output / name):
            _copy_one(copy, output / name)
        made.append(Aggregated(copy.results.h5, name, "; ".join(copy.warnings)))
    return made


def _free_name(copy: Copy, output: Path) -> str:
    """The name of a session's copy: its own, or with the first number that no other session has."""
    number, name = 1, copy.name
    while _of_another(copy, output / f"{name}.yaml"):
        number += 1
        name = f"{copy.name}_{number}"
    return name


def _of_another(copy: Copy, status: Path) -> bool:
    return status.is_file() and read_status(status).get("uuid") != copy.status.get("uuid")


def _stands(copy: Copy, stem: Path) -> bool:
    """Say whether a session's copy was made since its results were."""
    made = stem.with_name(stem.name + ".h5")
    return made.is_file() and made.stat().st_mtime_ns >= copy.results.h5.stat().st_mtime_ns


def _copy_one(copy: Copy, stem: Path) -> None:
    """Copy a session's files; the status comes first, so that a name is taken by whoever began it."""
    write_yaml(stem.with_name(stem.name + ".yaml"), copy.status)
    film = copy.results.h5.with_suffix(".mp4")
    if film.is_file():
        with _appearing(stem.with_name(stem.name + ".mp4")) as path:
            shutil.copyfile(film, path)
    with _appearing(stem.with_name(stem.name + ".h5")) as path:
        shutil.copyfile(copy.results.h5, path)
        _add_realtime(path, copy)


def _add_realtime(path: Path, copy: Copy) -> None:
    import h5py  # noqa: PLC0415  (optional extra)

    if not copy.realtime:
        return
    with h5py.File(path, "a") as file:
        for name, found in copy.realtime.items():
            file[f"metadata/misc/{name}/data"] = found.data
            file[f"metadata/misc/{name}/timestamps"] = found.timestamps


@contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """Give a path to write to that becomes ``target`` at the end, or goes away where that fails."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
