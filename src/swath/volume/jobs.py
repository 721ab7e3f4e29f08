"""Running engine jobs whose product is arrays.

The array's header is written first, into a folder that no properties file names yet. A chunk of the job is a shard of
the array: ``process`` writes it by ``ArrayStore.write`` or ``write_shard``, each of which replaces files whole, and
names the files in ``Result.written``. When the run is committed, the array is named, or put in the place of the old one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

from swath.engine.executors import Workers, cpu_count
from swath.engine.job import Job
from swath.engine.place import Place
from swath.engine.run import Outcome, Running, run
from swath.errors import MismatchError


def running_for(executor: Executor | None = None, running: Running | None = None) -> Running:
    """Say how to run: as told, by the executor that was given, or by threads of this process, one a processor."""
    told = running or Running(workers=Workers("threads", cpu_count()))
    return told if executor is None else replace(told, executor=executor, workers=Workers("threads", cpu_count()))


def run_over_arrays(
    job: Job, out: Path, running: Running, prepare: Callable[[], None], arrays: Iterable[Path]
) -> Outcome:
    """Run a job that writes ``arrays``; take up what a run that was cut off left, if nothing changed since.

    ``prepare`` makes the arrays that are not there. Where the settings or the source changed, the unfinished arrays are
    thrown away and the work begins again.
    """
    arrays = list(arrays)
    if not Place.of(out).partial.exists() and not out.exists():
        discard(*arrays)
    prepare()
    try:
        return run(job, out, running)
    except MismatchError:
        discard(out, Place.of(out).partial, *arrays)
        prepare()
        return run(job, out, running)


def discard(*folders: Path) -> None:
    """Delete folders of unfinished work; those that are not there are no error."""
    for folder in folders:
        if folder.exists():
            shutil.rmtree(folder)


def state_of_files(folder: Path) -> str:
    """Give a hash of the names, sizes and times of all files below a folder: what changes when one is written."""
    digest = hashlib.blake2b(digest_size=16)
    for directory, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = Path(directory) / name
            stat = path.stat()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def written_files(files: Iterable[Path]) -> dict[str, int]:
    """Give the bytes of those of some files that are there, by absolute path, as ``Result.written`` has them."""
    return {str(path.absolute()): path.stat().st_size for path in files if path.is_file()}
