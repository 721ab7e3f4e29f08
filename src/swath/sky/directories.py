"""Where the frames are: directories of a work directory, each with its observer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from swath.errors import InputError
from swath.sky.config import Observer, read_observer


@dataclass(frozen=True)
class Found:
    """A file that may be a frame, and its observer; None where no configuration is known."""

    path: Path
    observer: Observer | None


def find_frames(work_dir: Path, observer: Observer, *, recursive: bool) -> list[Found]:
    """Find the files of a directory and of its sub-directories, of all below with ``recursive``; in order of path.

    Raises InputError where the directory cannot be read.
    """
    return [
        Found(path, observer) for directory in _directories(work_dir, recursive) for path in _files(directory, observer)
    ]


def find_frames_of_observers(work_dir: Path, config_dir: Path, *, recursive: bool) -> list[Found]:
    """Find the files of several observers: a sub-directory for each, and NAME.ini or NAME.toml in ``config_dir``.

    The files of a sub-directory without a configuration have no observer.
    Raises InputError where the directory cannot be read, holds no sub-directory, or a configuration is wrong.
    """
    homes = [path for path in _entries(work_dir) if path.is_dir()]
    if not homes:
        raise InputError(f"{work_dir} has no sub-directories of observers", "leave --multiuser out")
    found = []
    for home in homes:
        known = [path for suffix in ("toml", "ini") if (path := config_dir / f"{home.name}.{suffix}").is_file()]
        if known:
            found += find_frames(home, read_observer(known[0]), recursive=recursive)
        else:
            found += [Found(item.path, None) for item in find_frames(home, Observer(), recursive=recursive)]
    return found


def _directories(top: Path, recursive: bool) -> Iterator[Path]:
    yield top
    for path in _entries(top):
        if path.is_dir():
            yield from _directories(path, recursive) if recursive else [path]


def _files(directory: Path, observer: Observer) -> Iterator[Path]:
    for path in _entries(directory):
        if path.is_file() and fnmatchcase(path.name, observer.pattern):
            yield path


def _entries(directory: Path) -> list[Path]:
    try:
        return sorted(path for path in directory.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise InputError(f"cannot read {directory}: {error.strerror}", "check --work-dir") from error
