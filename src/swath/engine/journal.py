"""The journal of a run: one line for each finished chunk, written when its files are safe."""

from __future__ import annotations

import json
import os
from pathlib import Path

from swath.engine.files import write_atomically
from swath.engine.staging import Record


def append(path: Path, record: Record) -> None:
    """Add a line for a finished chunk, and flush it to the disk."""
    with path.open("ab") as journal:
        journal.write(_line(record))
        journal.flush()
        os.fsync(journal.fileno())


def load(path: Path, root: Path) -> list[Record]:
    """Read what an interrupted run finished; a torn line or a file that is gone or cut is work to do again.

    A file that a later stage wrote anew must be as that stage left it. The journal is written again without what is to
    be done again.
    """
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    latest = {(record.stage, record.chunk): record for line in lines if (record := _parse(line))}
    writers = {name: record for record in latest.values() for name in record.files}
    standing = [record for record in latest.values() if _stands(record, writers, root)]
    write_atomically(path, b"".join(_line(record) for record in standing))
    return standing


def _line(record: Record) -> bytes:
    return json.dumps(record.as_json()).encode() + b"\n"


def _parse(line: str) -> Record | None:
    """Read a line of the journal; None where the line is torn."""
    try:
        return Record.from_json(json.loads(line))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _stands(record: Record, writers: dict[str, Record], root: Path) -> bool:
    """Say whether the files that a record was the last to write are there in full."""
    own = [(root / name, size) for name, size in record.files.items() if writers[name] is record]
    return all(path.is_file() and path.stat().st_size == size for path, size in own)
