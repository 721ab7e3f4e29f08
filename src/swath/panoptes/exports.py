"""Panoptes exports: finding their columns, cutting them into chunks at true record ends, reading a chunk.

A plain file is cut where it lies, and a chunk is a range of its bytes. A compressed one is read through once, and its
chunks are spooled, one file each, until they are done.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import zstandard

from swath.engine.job import Chunk
from swath.errors import InputError
from swath.panoptes.duplicates import SeenIds
from swath.panoptes.file_bytes import GZIP, ZSTD, open_stream, open_windows
from swath.panoptes.records import Records, split

_HEADER_BYTES = 1 << 20
_LONGEST_RECORD = 1 << 30
"""Positions within a chunk are 32-bit integers."""

_FEWEST_CHUNKS, _SMALLEST_CHUNK = 6, 8 << 20
_ROOM = 1 << 20
"""What a chunk may fall short of its size, as it ends with a whole record, without there being one chunk more."""

_BOM = b"\xef\xbb\xbf"
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Export:
    """One CSV file of an export: its path, columns in file order, where its first record starts."""

    path: Path
    columns: tuple[str, ...]
    first_record: int
    compressed: bool

    @classmethod
    def open(cls, path: Path, required: Sequence[str]) -> Export:
        """Read a file's header; raises InputError where it is not an export with the required columns."""
        try:
            with path.open("rb") as file:
                magic = file.read(4)
            if magic == _ZIP:
                raise InputError(f"{path} is a zip archive", "unpack it first")
            with open_stream(path) as stream:
                head = stream.read(_HEADER_BYTES)
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror or error}", "check the file") from error
        except (EOFError, zstandard.ZstdError) as error:
            raise InputError(f"{path} is a broken archive: {error}", "fetch it again") from error
        if not head:
            raise InputError(f"{path} is empty", "fetch the export again")
        columns, length = _header(path, head)
        _require(path, columns, required)
        return cls(path, columns, length, magic[:2] == GZIP or magic == ZSTD)


def _header(path: Path, head: bytes) -> tuple[tuple[str, ...], int]:
    """Read the column names of a file's first bytes, and the length of the header record."""
    skipped = len(_BOM) if head.startswith(_BOM) else 0
    text = head[skipped:].decode("utf-8", "surrogateescape")
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        names = next(reader, [])
    except csv.Error as error:
        raise InputError(f"{path} has no header line: {error}", "is it a CSV export?") from error
    lines = islice(io.StringIO(text, newline=""), reader.line_num)
    length = sum(len(line.encode("utf-8", "surrogateescape")) for line in lines)
    return tuple(names), skipped + length


def _require(path: Path, columns: Sequence[str], required: Sequence[str]) -> None:
    repeated = sorted({name for name in columns if columns.count(name) > 1 and name in required})
    if repeated:
        raise InputError(f"{path} has the column {repeated[0]!r} more than once", "keep one of them")
    missing = [name for name in required if name not in columns]
    if not missing:
        return
    lines = []
    for name in missing:
        close = difflib.get_close_matches(name, columns, 1, 0.6)
        lines.append(f"{name} (is it {close[0]!r}?)" if close else name)
    raise InputError(
        f"{path} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(lines)}",
        "is it the right file, with its header line, separated by commas?",
    )


def chunk_size_of(exports: Sequence[Export], largest: int) -> int:
    """Choose how many bytes of exports a chunk takes: ``largest``, or less where that made too few to share out."""
    size = sum(export.path.stat().st_size for export in exports)
    return min(largest, max(_SMALLEST_CHUNK, size // _FEWEST_CHUNKS + _ROOM))


def cut(
    exports: Sequence[Export],
    wanted: Sequence[str],
    chunk_size: int,
    spool: Path,
    done: Container[str],
    prefix: str = "",
) -> Iterator[Chunk]:
    """Cut exports into chunks of whole records, each of at most ``chunk_size`` bytes unless one record is larger.

    The cuts depend on the content and ``chunk_size`` alone. Below ``spool`` the chunks of compressed files are written,
    but for those in ``done``. A chunk's ``repeated`` lists the rows whose classification id an earlier chunk had. Keys
    are numbers after ``prefix``. The records are at hand, with the fields of the ``wanted`` columns.
    """
    seen = SeenIds(spool / f"{prefix}ids")
    number = 0
    for export in exports:
        for offset, records, cut_off in _windows(export, wanted, chunk_size):
            key = f"{prefix}{number:06d}"
            payload = {"source": str(export.path), "offset": offset, "length": int(records.data.size)}
            payload["repeated"] = seen.repeated(_ids(records))
            if export.compressed:
                payload["spooled"] = str(spool / f"{key}.csv")
                if key not in done:
                    spool.mkdir(parents=True, exist_ok=True)
                    records.data.tofile(spool / f"{key}.csv")
            yield Chunk(key, int(records.data.size), payload, (records, cut_off))
            number += 1


def _ids(records: Records) -> npt.NDArray[np.int64]:
    """The classification ids of records; 0 where there is none."""
    values, _ = records.fields_of("classification_id", np.arange(len(records))).integers()
    return values


def _windows(export: Export, wanted: Sequence[str], chunk_size: int) -> Iterator[tuple[int, Records, bool]]:
    """Yield consecutive windows of whole records: offset, records, and whether the file ends within quotes."""
    offset, size = export.first_record, chunk_size
    with open_windows(export.path, compressed=export.compressed) as windows:
        while True:
            data = windows.take(offset, size)
            final = data.size < size
            records, consumed, cut_off = split(data, export.columns, wanted, final=final)
            if consumed:
                yield offset, records, cut_off
            if final:
                return
            offset += consumed
            size = chunk_size if consumed else 2 * size
            if size > _LONGEST_RECORD:
                raise InputError(
                    f"{export.path}: the record at byte {offset} is longer than {_LONGEST_RECORD >> 20} MiB",
                    "is a quote before it never closed?",
                )
