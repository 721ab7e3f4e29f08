"""Making the manifest of a whole output from the records of its chunks."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from swath.engine.dataset import FORMAT, Manifest
from swath.engine.job import Job
from swath.engine.staging import Part, Record
from swath.tables import QUARANTINE, Table


def make_manifest(job: Job, records: Mapping[str, Mapping[str, Record]], seconds: float) -> Manifest:
    """Describe the output of a job: ``records`` by stage and chunk key, ``seconds`` of wall time."""
    counted = _standing(job, records)
    parts = sorted((vars(part) for part in _parts(counted)), key=lambda part: part["path"])
    content = {
        "format": FORMAT,
        **job.identity(),
        "fingerprint": job.fingerprint(),
        "python": sys.version.split()[0],
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "tables": {
            table.name: {
                "meaning": table.meaning,
                "partition_by": list(table.partition_by),
                "columns": table.describe() + _found(table, counted),
                "rows": sum(part["rows"] for part in parts if part["table"] == table.name),
                "bytes": sum(part["bytes"] for part in parts if part["table"] == table.name),
            }
            for table in (*job.tables, QUARANTINE)
        },
        "parts": parts,
        "rejects": _total(record.rejects for record in counted),
        "counts": _total(record.counts for record in counted),
    }
    return Manifest(content)


def _found(table: Table, records: Iterable[Record]) -> list[dict[str, str]]:
    """The columns that an open table has beyond its own; raises ValueError where its parts differ in them."""
    found: dict[str, str] = {}
    for record in records:
        for name, dtype in record.found.get(table.name, {}).items():
            if found.setdefault(name, dtype) != dtype:
                raise ValueError(f"{name} of {table.name} is {found[name]} in one part and {dtype} in another")
    return [{"name": name, "dtype": dtype, "unit": "", "meaning": ""} for name, dtype in found.items()]


def _standing(job: Job, records: Mapping[str, Mapping[str, Record]]) -> list[Record]:
    """The records that count: of a chunk that a later stage wrote anew, the later one."""
    standing = {stage.name: dict(records.get(stage.name, {})) for stage in job.stages}
    for stage in job.stages:
        for key in standing[stage.name]:
            standing.get(stage.replaces, {}).pop(key, None)
    return [record for stage in job.stages for _, record in sorted(standing[stage.name].items())]


def _parts(records: Iterable[Record]) -> Iterator[Part]:
    """Yield the parts of all records; two chunks that wrote one file are a mistake of the job, and lose rows."""
    seen = set()
    for record in records:
        for part in record.parts:
            if part.path in seen:
                raise ValueError(f"two chunks wrote {part.path}; the second is {record.chunk} of {record.stage}")
            seen.add(part.path)
            yield part


def _total(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for each in counts:
        for name, number in each.items():
            total[name] = total.get(name, 0) + number
    return dict(sorted(total.items()))
