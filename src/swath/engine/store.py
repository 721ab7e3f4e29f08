"""The store of one run: a lock, a journal of finished chunks, and one commit at the end."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from swath.engine.catalog import catalog_sql
from swath.engine.dataset import Dataset, Manifest, is_dataset
from swath.engine.files import sync_directory, write_atomically
from swath.engine.job import Job
from swath.engine.staging import Record, Staging
from swath.errors import BusyError, MismatchError, OutputError
from swath.tables import QUARANTINE

FORMAT = 1


@dataclass
class Store:
    """What a run has written so far, and where.

    ``finished`` is the dataset of an earlier, equal run, when there is nothing to do.
    """

    out: Path
    job: Job
    staging: Staging
    records: dict[str, dict[str, Record]] = field(default_factory=dict)
    finished: Dataset | None = None

    @property
    def _journal(self) -> Path:
        return self.staging.root / "_swath" / "journal.jsonl"

    def done(self, stage: str) -> dict[str, Record]:
        """The records of a stage's finished chunks, by chunk key."""
        return self.records.setdefault(stage, {})

    def add(self, record: Record) -> None:
        """Write a finished chunk into the journal; from now on it is never done again."""
        with self._journal.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(record.as_json(), ensure_ascii=False) + "\n")
            journal.flush()
            os.fsync(journal.fileno())
        self.done(record.stage)[record.chunk] = record

    def load_journal(self) -> None:
        """Read the journal of an interrupted run; a torn line or a part that is gone is work to do again."""
        if not self._journal.exists():
            return
        lines = self._journal.read_text(encoding="utf-8", errors="replace").splitlines()
        records = [record for line in lines if (record := _parse_record(line))]
        last_writer = {part.path: record for record in records for part in record.parts}
        for record in records:
            own = [part for part in record.parts if last_writer[part.path] is record]
            if all(_stands(self.staging.root / part.path, part.bytes) for part in own):
                self.done(record.stage)[record.chunk] = record
        kept = [r.as_json() for stage in self.records.values() for r in stage.values()]
        write_atomically(self._journal, "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in kept).encode())

    def commit(self, seconds: float) -> Dataset:
        """Write the manifest, flush everything, and put the output in its place by one rename."""
        root = self.staging.root
        manifest = self._manifest(seconds)
        self._remove_strays(manifest)
        write_atomically(root / "catalog.sql", catalog_sql(manifest, self.out.resolve()).encode())
        write_atomically(root / "_swath" / "manifest.json", json.dumps(manifest.content, indent=1).encode())
        shutil.rmtree(self.staging.scratch, ignore_errors=True)
        for leftover in ("journal.jsonl", "run.json"):
            (root / "_swath" / leftover).unlink(missing_ok=True)
        for directory in {(root / part["path"]).parent for part in manifest.content["parts"]}:
            sync_directory(directory)
        sync_directory(root / "_swath")
        sync_directory(root)
        _put_in_place(root, self.out)
        return Dataset.open(self.out)

    def _manifest(self, seconds: float) -> Manifest:
        records = self._standing()
        parts = sorted((vars(part) for record in records for part in record.parts), key=lambda p: p["path"])
        content = {
            "format": FORMAT,
            **self.job.identity(),
            "fingerprint": self.job.fingerprint(),
            "python": sys.version.split()[0],
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(seconds, 3),
            "tables": {
                table.name: {
                    "meaning": table.meaning,
                    "partition_by": list(table.partition_by),
                    "columns": table.describe(),
                    "rows": sum(p["rows"] for p in parts if p["table"] == table.name),
                    "bytes": sum(p["bytes"] for p in parts if p["table"] == table.name),
                }
                for table in (*self.job.tables, QUARANTINE)
            },
            "parts": parts,
            "rejects": _total(record.rejects for record in records),
            "counts": _total(record.counts for record in records),
        }
        return Manifest(content)

    def _standing(self) -> list[Record]:
        """The records that count: of a chunk that a later stage wrote anew, the later one."""
        standing = {stage.name: dict(self.done(stage.name)) for stage in self.job.stages}
        for stage in self.job.stages:
            for key in standing[stage.name]:
                standing.get(stage.replaces, {}).pop(key, None)
        return [record for stage in self.job.stages for _, record in sorted(standing[stage.name].items())]

    def _remove_strays(self, manifest: Manifest) -> None:
        known = {part["path"] for part in manifest.content["parts"]}
        root = self.staging.root
        for path in root.rglob("*"):
            relative = path.relative_to(root).as_posix()
            if path.is_file() and not relative.startswith("_swath/") and relative not in known:
                path.unlink()


def _parse_record(line: str) -> Record | None:
    """Read a line of the journal; None where the line is torn."""
    try:
        return Record.from_json(json.loads(line))
    except (ValueError, TypeError, KeyError):
        return None


def _stands(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _total(counts: Any) -> dict[str, int]:
    total: dict[str, int] = {}
    for each in counts:
        for name, number in each.items():
            total[name] = total.get(name, 0) + number
    return dict(sorted(total.items()))


@contextmanager
def open_store(out: Path, job: Job, *, overwrite: bool = False) -> Iterator[Store]:
    """Open the store for a run into ``out``, alone.

    Raises BusyError when another run writes there, MismatchError when an unfinished or finished output came of other
    settings or input, OutputError when the place is taken by something that Swath did not write.
    """
    partial = out.with_name(out.name + ".partial")
    lock = FileLock(out.with_name(f".{out.name}.lock"), timeout=0)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise BusyError(f"another run is writing {out}", "wait for it, or choose another output") from None
    except OSError as error:
        raise OutputError(
            f"cannot write beside {out}: {error.strerror}", "check the path and its permissions"
        ) from error
    try:
        _recover(out, partial)
        yield _open(out, partial, job, overwrite=overwrite)
    finally:
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)


def _open(out: Path, partial: Path, job: Job, *, overwrite: bool) -> Store:
    store = Store(out, job, Staging(partial))
    if out.exists() and not is_dataset(out) and (not out.is_dir() or any(out.iterdir())):
        raise OutputError(f"{out} exists and is not a Swath output", "choose another output, or move it away")
    if is_dataset(out) and not overwrite:
        finished = Dataset.open(out)
        _refuse_other(finished.manifest.content, job, out, "finished")
        store.finished = finished
        return store
    for stage in job.stages:
        stage.check()
    _prepare(store, overwrite=overwrite)
    return store


def _prepare(store: Store, *, overwrite: bool) -> None:
    """Make or take up the staging directory."""
    root = store.staging.root
    run_file = root / "_swath" / "run.json"
    if run_file.exists():
        known = json.loads(run_file.read_text(encoding="utf-8"))
        if known.get("fingerprint") == store.job.fingerprint():
            store.load_journal()
            return
        if not overwrite:
            _refuse_other(known, store.job, root, "unfinished")
    shutil.rmtree(root, ignore_errors=True)
    store.staging.scratch.mkdir(parents=True)
    identity = {**store.job.identity(), "fingerprint": store.job.fingerprint()}
    write_atomically(run_file, json.dumps(identity, indent=1).encode())


def _refuse_other(known: dict[str, Any], job: Job, where: Path, state: str) -> None:
    if known["fingerprint"] == job.fingerprint():
        return
    mine = json.loads(json.dumps(job.identity()))
    differing = [name for name in mine if mine[name] != known.get(name)]
    settings = [
        f"{key} was {known['settings'].get(key)!r}, is {value!r}"
        for key, value in mine["settings"].items()
        if "settings" in differing and known["settings"].get(key) != value
    ]
    what = "; ".join([*(d for d in differing if d != "settings"), *settings])
    raise MismatchError(
        f"{where} is an {state} output of another run ({what} differ)".replace("an finished", "a finished"),
        "give --overwrite to replace it, or choose another output",
    )


def _put_in_place(partial: Path, out: Path) -> None:
    old = out.with_name(out.name + ".old")
    if out.exists():
        out.rename(old)
    partial.rename(out)
    sync_directory(out.parent)
    shutil.rmtree(old, ignore_errors=True)


def _recover(out: Path, partial: Path) -> None:
    """Finish or undo a replacement that was cut off between its two renames."""
    old = out.with_name(out.name + ".old")
    if old.exists() and not out.exists():
        (partial if is_dataset(partial) else old).rename(out)
    if old.exists() and is_dataset(old):
        shutil.rmtree(old)
