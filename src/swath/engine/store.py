"""The store of one run: a lock, a journal of finished chunks, and one commit at the end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from swath.engine import journal
from swath.engine.catalog import catalog_sql
from swath.engine.dataset import Dataset, Manifest, is_dataset
from swath.engine.files import plain_disk_errors, sync_directory, sync_files, write_atomically
from swath.engine.identity import read_identity, refuse_other
from swath.engine.interrupts import Interrupts
from swath.engine.job import Job
from swath.engine.manifest import make_manifest
from swath.engine.place import Place, locked
from swath.engine.staging import Record, Staging
from swath.errors import OutputError


@dataclass
class Store:
    """What a run has written so far, and where.

    ``finished`` is the dataset of an earlier, equal run, when there is nothing to do; ``completed`` says that the
    earlier run was cut off in its last step, which has been done now.
    """

    out: Path
    job: Job
    staging: Staging
    records: dict[str, dict[str, Record]] = field(default_factory=dict)
    finished: Dataset | None = None
    completed: bool = False

    @property
    def _journal(self) -> Path:
        return self.staging.root / "_swath" / "journal.jsonl"

    @property
    def chunks_kept(self) -> int:
        """How many chunks are done, over all stages."""
        return sum(len(records) for records in self.records.values())

    def done(self, stage: str) -> dict[str, Record]:
        """The records of a stage's finished chunks, by chunk key."""
        return self.records.setdefault(stage, {})

    def add(self, record: Record) -> None:
        """Flush the files of a finished chunk and write it into the journal; from now on it is never done again."""
        sync_files([self.staging.root / name for name in record.files])
        journal.append(self._journal, record)
        self.done(record.stage)[record.chunk] = record

    def load_journal(self) -> None:
        """Take up what an interrupted run finished."""
        for record in journal.load(self._journal, self.staging.root):
            self.done(record.stage)[record.chunk] = record

    def commit(self, seconds: float) -> Dataset:
        """Write the manifest, flush everything, and put the output in its place by one rename."""
        root = self.staging.root
        manifest = make_manifest(self.job, self.records, seconds)
        self._remove_strays(manifest)
        write_atomically(root / "catalog.sql", catalog_sql(manifest, self.out.resolve()).encode())
        for directory in {path.parent for path in root.rglob("*") if "_swath" not in path.relative_to(root).parts}:
            sync_directory(directory)
        write_atomically(root / "_swath" / "manifest.json", json.dumps(manifest.content, indent=1).encode())
        return self.publish()

    def publish(self) -> Dataset:
        """Do the last step of a commit: the output is whole, and goes to its place without the run's own files."""
        swath = self.staging.root / "_swath"
        shutil.rmtree(self.staging.scratch, ignore_errors=True)
        for leftover in ("journal.jsonl", "run.json"):
            (swath / leftover).unlink(missing_ok=True)
        sync_directory(swath)
        Place.of(self.out).put()
        return Dataset.open(self.out)

    def _remove_strays(self, manifest: Manifest) -> None:
        """Remove what is not part of the output: parts that were replaced, temporary files of killed processes."""
        root = self.staging.root
        keep = {part["path"] for part in manifest.content["parts"]} | {"_swath/run.json", "_swath/journal.jsonl"}
        for path in sorted(root.rglob("*"), reverse=True):
            if path.is_relative_to(self.staging.scratch):
                continue
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(root).as_posix() not in keep:
                path.unlink()


@contextmanager
def open_store(out: Path, job: Job, *, overwrite: bool = False) -> Iterator[Store]:
    """Open the store for a run into ``out``, alone.

    Raises BusyError when another run writes there, MismatchError when an unfinished or finished output came of other
    settings or input, OutputError when the place is taken by something that Swath did not write.
    """
    place = Place.of(out)
    with locked(place):
        store = Store(place.out, job, Staging(place.partial), completed=place.recover())
        place.check()
        yield _opened(store, place, overwrite=overwrite)


def _opened(store: Store, place: Place, *, overwrite: bool) -> Store:
    job = store.job
    if is_dataset(place.out):
        overwrite = overwrite and not (store.completed and _is_of(place.out, job))
        if not overwrite:
            store.finished = Dataset.open(place.out)
            refuse_other(store.finished.manifest.content, job, place.out, "a finished")
            return store
        _refuse_foreign_files(place.out)
    store.completed = False
    if is_dataset(place.partial) and _was_whole(store, overwrite=overwrite):
        store.finished, store.completed = store.publish(), True
        return store
    with Interrupts().installed():
        for stage in job.stages:
            stage.check()
    with plain_disk_errors(place.out, lambda: 0):
        _prepare(store, overwrite=overwrite)
    return store


def _is_of(root: Path, job: Job) -> bool:
    return bool(Dataset.open(root).manifest.content["fingerprint"] == job.fingerprint())


def _was_whole(store: Store, *, overwrite: bool) -> bool:
    """Say whether a run of this job was cut off when all was written and only the last step was left."""
    root = store.staging.root
    if not overwrite:
        refuse_other(Dataset.open(root).manifest.content, store.job, root, "an unfinished")
    return _is_of(root, store.job)


def _refuse_foreign_files(out: Path) -> None:
    """Raise OutputError where somebody put files of their own into an output that is to be replaced."""
    try:
        foreign = next(Dataset.open(out).strays(), None)
    except OutputError:
        return  # Damaged, so that nothing tells which files are whose; to make it again is the way to mend it.
    if foreign is not None:
        raise OutputError(
            f"{out} cannot be replaced: it holds {foreign}, which Swath did not write", "move that file away"
        )


def _prepare(store: Store, *, overwrite: bool) -> None:
    """Make or take up the staging directory."""
    root = store.staging.root
    if (root / "_swath" / "run.json").exists() and _is_resumable(store, overwrite=overwrite):
        store.load_journal()
        return
    if root.exists():
        shutil.rmtree(root)
    store.staging.scratch.mkdir(parents=True)
    identity = {**store.job.identity(), "fingerprint": store.job.fingerprint()}
    write_atomically(root / "_swath" / "run.json", json.dumps(identity, indent=1).encode())


def _is_resumable(store: Store, *, overwrite: bool) -> bool:
    """Say whether an unfinished run is of this job; raises MismatchError if not, and it may not be replaced."""
    root = store.staging.root
    try:
        known = read_identity(root / "_swath" / "run.json")
    except OutputError:
        if overwrite:
            return False
        raise
    if not overwrite:
        refuse_other(known, store.job, root, "an unfinished")
    return bool(known["fingerprint"] == store.job.fingerprint())
