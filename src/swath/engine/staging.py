"""Writing the parts of a chunk into the staging directory: each under a temporary name, and renamed.

The run flushes them to the disk before it notes the chunk as done, while the workers are at the next ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from swath import compute as pc
from swath.engine.files import replaced
from swath.engine.job import Carried, Chunk, Result
from swath.engine.shuffle import write_buckets
from swath.errors import OutputError
from swath.tables import QUARANTINE, Table, sql_type

NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
_LONGEST_NAME = 255


@dataclass(frozen=True)
class Part:
    """One Parquet file of a table: path below the output, rows, bytes, BLAKE2b checksum."""

    table: str
    path: str
    rows: int
    bytes: int
    checksum: str


@dataclass(frozen=True)
class Record:
    """What is known of a finished chunk; one line of the journal.

    ``shuffled`` gives the bytes of each file that the chunk wrote for a later stage, by its path below the output.
    ``found`` are the further columns of open tables, SQL types by name. ``written`` gives the bytes of each file that
    the stage wrote itself, by its absolute path.
    """

    stage: str
    chunk: str
    size: int
    parts: tuple[Part, ...] = ()
    rejects: Mapping[str, int] = field(default_factory=dict)
    first_reject: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    shuffled: Mapping[str, int] = field(default_factory=dict)
    found: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    written: Mapping[str, int] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, int]:
        """The bytes of every file that the chunk wrote, by its path below the output, or its absolute path."""
        return {part.path: part.bytes for part in self.parts} | dict(self.shuffled) | dict(self.written)

    def as_json(self) -> dict[str, Any]:
        """The record as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Record:
        """Read a record back from ``as_json``."""
        return cls(**{**record, "parts": tuple(Part(**part) for part in record["parts"])})


@dataclass(frozen=True)
class Staging:
    """The directory that a run writes into until it is whole; a task gets it instead of the store."""

    root: Path

    @property
    def scratch(self) -> Path:
        """Files that only the run itself reads: the shuffle, decompressed chunks."""
        return self.root / "_swath" / "scratch"

    def write(self, stage: str, chunk: Chunk, result: Result, tables: Mapping[str, Table]) -> Record:
        """Write all that a chunk gave, and say what was written."""
        parts, found = [], {}
        for name, given in result.tables.items():
            for label, frame in _sections(chunk.key, given):
                if tables[name].open:
                    found[name] = _found(frame, tables[name])
                for directory, rows in partitions(frame, tables[name]):
                    parts.append(write_part(self.root, directory, label, rows, tables[name]))
        parts += [carry(self.root, carried) for carried in result.carried]
        shuffled = {}
        for name, (frame, buckets) in result.shuffled.items():
            path = self.scratch / name / f"{chunk.key}.arrow"
            shuffled[path.relative_to(self.root).as_posix()] = write_buckets(path, frame, buckets)
        rejects, first = {}, ""
        if result.rejects is not None and result.rejects.num_rows:
            parts.append(write_part(self.root, Path(QUARANTINE.name), f"part-{chunk.key}", result.rejects, QUARANTINE))
            counted = pc.value_counts(result.rejects["reason"])
            rejects = {str(item["values"]): int(item["counts"].as_py()) for item in counted}
            first = _first_reject(result.rejects)
        return Record(
            stage=stage,
            chunk=chunk.key,
            size=chunk.size,
            parts=tuple(parts),
            rejects=rejects,
            first_reject=first,
            counts=dict(result.counts),
            shuffled=shuffled,
            found=found,
            written=dict(result.written),
        )


def _found(frame: pa.Table, table: Table) -> dict[str, str]:
    """The SQL types of the columns that an open table has beyond its own."""
    own = {column.name for column in table.columns}
    return {field.name: sql_type(field.type) for field in frame.schema if field.name not in own}


def _sections(key: str, given: pa.Table | Sequence[pa.Table]) -> Iterator[tuple[str, pa.Table]]:
    """Label a chunk's frames, so that files in order of name have all first sections before all second ones."""
    if isinstance(given, pa.Table):
        yield f"part-{key}", given
        return
    if len(given) > 10:
        raise ValueError(f"{len(given)} sections of one table: their one digit orders at most 10")
    for number, frame in enumerate(given):
        yield f"part-{number}-{key}", frame


def _first_reject(rejects: pa.Table) -> str:
    row = rejects.slice(0, 1).to_pylist()[0]
    ids = f", classification {row['classification_id']}" if row["classification_id"] is not None else ""
    return f"{row['source']}, byte {row['offset']}{ids}: {row['reason']} ({row['detail']})"


def partitions(frame: pa.Table, table: Table) -> Iterator[tuple[Path, pa.Table]]:
    """Split a frame by the table's partition columns, in order of value; rows keep their order."""
    directory = Path(table.name)
    if table.partition_by:
        yield from _split(frame, directory, table.partition_by)
    elif frame.num_rows:
        yield directory, frame


def _split(frame: pa.Table, directory: Path, keys: Sequence[str]) -> Iterator[tuple[Path, pa.Table]]:
    """Split a frame by the first key, and each of its pieces by those that follow."""
    if not keys:
        yield directory, frame
        return
    key = keys[0]
    values = sorted(pc.unique(frame[key]).to_pylist(), key=lambda value: (value is None, value))
    for value in values:
        equal = pc.is_null(frame[key]) if value is None else pc.equal(frame[key], value)
        rows = frame if len(values) == 1 else frame.filter(equal)
        yield from _split(rows.drop_columns([key]), directory / _directory_name(key, value), keys[1:])


def _directory_name(key: str, value: object) -> str:
    """Name a Hive partition; a text that reads like the name for null is escaped, one too long for a path refused."""
    label = NULL_PARTITION if value is None else quote(str(value), safe="")
    if value == NULL_PARTITION:
        label = "%5F" + label[1:]
    name = f"{key}={label}"
    if len(name) > _LONGEST_NAME:
        raise OutputError(f"{key} has the value {str(value)[:40]!r}…, too long for the name of a directory")
    return name


def carry(root: Path, carried: Carried) -> Part:
    """Take over a part of an earlier output under its path, by a link, else as a copy."""
    path, source = root / carried.part.path, carried.root / carried.part.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    try:
        path.hardlink_to(source)
    except OSError:
        with replaced(path) as file:
            file.write(source.read_bytes())
    return carried.part


def write_part(root: Path, directory: Path, name: str, frame: pa.Table, table: Table) -> Part:
    """Write one Parquet file: readers and later runs see all of it or nothing. It is not flushed to the disk."""
    import pyarrow.parquet as pq  # noqa: PLC0415  (a run that finds its output done needs none of it)

    sink = pa.BufferOutputStream()
    repeating = [column.name for column in table.stored_columns if column.repeats]
    pq.write_table(
        frame,
        sink,
        compression="zstd",
        compression_level=1,
        use_dictionary=repeating or False,
        store_schema=False,
    )
    content = memoryview(sink.getvalue())
    path = directory / f"{name}.parquet"
    with replaced(root / path) as file:
        file.write(content)
    checksum = hashlib.blake2b(content, digest_size=16).hexdigest()
    return Part(table.name, path.as_posix(), frame.num_rows, len(content), checksum)
