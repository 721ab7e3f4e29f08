"""One upload: what was announced, which chunks of its files have come, and where they are staged."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from swath.engine.files import write_atomically
from swath.volume.serve.errors import RequestError, not_found, refused
from swath.volume.serve.names import check_file_name, check_upload_id
from swath.volume.serve.space import PER_FILE

_LARGEST = 1 << 53
_WRITING = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True)
class Reservation:
    """What an upload announced. ``links`` are layers of other datasets that the new one refers to."""

    upload_id: str
    name: str
    files: int
    size: int
    links: tuple[dict[str, Any], ...] = ()
    folder: str | None = None
    teams: tuple[str, ...] = ()

    @property
    def charge(self) -> int:
        """Bytes that are kept free for it."""
        return self.size + self.files * PER_FILE


@dataclass(frozen=True)
class Chunk:
    """A chunk of a file as its sender describes it: numbered from 1, ``chunk_size`` bytes but for the last."""

    upload_id: str
    name: str
    number: int
    chunks: int
    chunk_size: int
    size: int
    file_size: int

    @classmethod
    def from_fields(cls, fields: Mapping[str, str]) -> Chunk:
        """Read the fields of resumable.js; raises RequestError where one is missing, wrong, or contradicts another."""
        upload_id, name = split_identifier(fields.get("resumableIdentifier", ""))
        chunk = cls(
            upload_id,
            name,
            number=_integer(fields, "resumableChunkNumber", 1),
            chunks=_integer(fields, "resumableTotalChunks", 1),
            chunk_size=_integer(fields, "resumableChunkSize", 1),
            size=_integer(fields, "resumableCurrentChunkSize", 0),
            file_size=_integer(fields, "resumableTotalSize", 0),
        )
        whole = chunk.file_size - chunk.start if chunk.number == chunk.chunks else chunk.chunk_size
        if chunk.number > chunk.chunks or chunk.size != whole:
            raise refused(f"chunk {chunk.number} of {name!r} does not go with the sizes that it names")
        return chunk

    @property
    def start(self) -> int:
        """Where it begins in its file, in bytes."""
        return (self.number - 1) * self.chunk_size

    @property
    def form(self) -> tuple[int, int, int]:
        """What all chunks of one file agree in."""
        return self.file_size, self.chunk_size, self.chunks


def split_identifier(identifier: str) -> tuple[str, str]:
    """Split the identifier of a file into the upload's and the file's name within the dataset; raises RequestError."""
    upload_id, _, name = identifier.partition("/")
    return check_upload_id(upload_id), str(check_file_name(name))


def _integer(fields: Mapping[str, str], key: str, least: int) -> int:
    text = fields.get(key, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and least <= int(text) <= _LARGEST):
        raise refused(f"{key} is {text[:40]!r}, and should be a whole number from {least}")
    return int(text)


@dataclass
class _File:
    """A file that chunks have come of."""

    form: tuple[int, int, int]
    received: set[int] = field(default_factory=set)

    @property
    def whole(self) -> bool:
        return len(self.received) == self.form[2]

    @property
    def bytes_received(self) -> int:
        size, chunk_size, chunks = self.form
        last = size - (chunks - 1) * chunk_size
        return len(self.received) * chunk_size + (last - chunk_size if chunks in self.received else 0)


class Upload:
    """An upload in its folder: ``reservation.json``, ``files``, and ``chunks.jsonl``, a line for each safe chunk.

    All of it is on the disk, so that a server that was killed goes on where it was.
    """

    def __init__(self, folder: Path, reservation: Reservation) -> None:
        self.folder = folder
        self.reservation = reservation
        self._files: dict[str, _File] = {}
        self._lock = threading.Lock()
        self._writing = 0
        self._closed = False

    @classmethod
    def begin(cls, folder: Path, reservation: Reservation) -> Upload:
        """Make the folder of a new upload."""
        (folder / "files").mkdir(parents=True)
        write_atomically(folder / "reservation.json", json.dumps(asdict(reservation), indent=1).encode())
        return cls(folder, reservation)

    @classmethod
    def load(cls, folder: Path) -> Upload | None:
        """Take up an upload that another server began; None where its folder is not whole."""
        try:
            kept = json.loads((folder / "reservation.json").read_bytes())
            upload = cls(folder, Reservation(**{**kept, "links": tuple(kept["links"]), "teams": tuple(kept["teams"])}))
            upload.files.stat()
            lines = upload._journal.read_bytes().split(b"\n") if upload._journal.exists() else []
        except (OSError, ValueError, TypeError, KeyError):
            return None
        for line in lines:
            try:
                name, number, *form = json.loads(line)
            except ValueError:  # torn by a kill: that chunk is sent again
                continue
            upload._files.setdefault(name, _File(tuple(form))).received.add(number)
        return upload

    @property
    def files(self) -> Path:
        """Where the files are staged."""
        return self.folder / "files"

    @property
    def _journal(self) -> Path:
        return self.folder / "chunks.jsonl"

    @property
    def touched(self) -> float:
        """When a chunk came last, in seconds since 1970."""
        for file in (self._journal, self.folder / "reservation.json"):
            if file.exists():
                return file.stat().st_mtime
        return 0.0

    @property
    def received(self) -> int:
        """Bytes that have come."""
        with self._lock:
            return sum(file.bytes_received for file in self._files.values())

    def names(self) -> list[str]:
        """List the files that chunks have come of."""
        with self._lock:
            return sorted(self._files)

    def has(self, name: str, number: int) -> bool:
        """Say whether a chunk has come."""
        with self._lock:
            return name in self._files and number in self._files[name].received

    def open(self, chunk: Chunk) -> ChunkWriter:
        """Take a chunk up; raises RequestError where it goes beyond what was announced."""
        with self._lock:
            if self._closed:
                raise not_found(f"upload {chunk.upload_id!r}")
            known = self._files.get(chunk.name)
            if known is None:
                self._check_announced(chunk)
                known = self._files[chunk.name] = _File(chunk.form)
            if known.form != chunk.form:
                raise refused(f"{chunk.name!r} was sent with other sizes before")
            self._writing += 1
            again = chunk.number in known.received
        try:
            return ChunkWriter(self, chunk, None if again else self._open(chunk))
        except BaseException:
            self.release()
            raise

    def _check_announced(self, chunk: Chunk) -> None:
        if len(self._files) >= self.reservation.files:
            raise refused(f"the upload announced {self.reservation.files} files, and {chunk.name!r} is one more")
        if sum(file.form[0] for file in self._files.values()) + chunk.file_size > self.reservation.size:
            raise refused(f"{chunk.name!r} goes beyond the {self.reservation.size} bytes that the upload announced")

    def _open(self, chunk: Chunk) -> int:
        path = self.files / chunk.name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, _WRITING, 0o644)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            raise refused(f"{chunk.name!r} is a file and a folder at once") from None
        os.lseek(handle, chunk.start, os.SEEK_SET)
        return handle

    def keep(self, chunk: Chunk) -> None:
        """Note that a chunk is safe on the disk."""
        line = json.dumps([chunk.name, chunk.number, *chunk.form]).encode() + b"\n"
        with self._lock:
            with self._journal.open("ab", buffering=0) as journal:
                journal.write(line)
            self._files[chunk.name].received.add(chunk.number)

    def release(self) -> None:
        """Note that a chunk is no longer written."""
        with self._lock:
            self._writing -= 1

    def close(self, *, whole: bool) -> None:
        """Take no more chunks; raises RequestError where one is being written, or, of a ``whole`` one, is missing."""
        with self._lock:
            if self._writing:
                raise RequestError(409, "a chunk is still being written")
            missing = [name for name, file in self._files.items() if not file.whole]
            size = sum(file.form[0] for file in self._files.values())
            if whole and missing:
                raise refused(f"chunks of {len(missing)} files have not come, the first is {missing[0]!r}")
            if whole and size != self.reservation.size:
                raise refused(f"{size} of {self.reservation.size} bytes have come")
            self._closed = True

    def reopen(self) -> None:
        """Take chunks again, after what was to be done with the whole failed."""
        with self._lock:
            self._closed = False


class ChunkWriter:
    """Writes a chunk as its bytes come; a chunk that came before is read and dropped."""

    def __init__(self, upload: Upload, chunk: Chunk, handle: int | None) -> None:
        self._upload = upload
        self._chunk = chunk
        self._handle = handle
        self._written = 0
        self._closed = False

    def write(self, data: bytes) -> None:
        """Write the next bytes; raises RequestError where they are more than the chunk has."""
        if self._written + len(data) > self._chunk.size:
            raise refused(f"chunk {self._chunk.number} of {self._chunk.name!r} has more bytes than it names")
        self._written += len(data)
        rest = memoryview(data)
        while self._handle is not None and rest:
            rest = rest[os.write(self._handle, rest) :]

    def finish(self) -> None:
        """Flush the chunk to the disk and note it; raises RequestError where bytes are missing."""
        if self._written != self._chunk.size:
            raise refused(f"chunk {self._chunk.number} of {self._chunk.name!r} has fewer bytes than it names")
        if self._handle is not None:
            os.fsync(self._handle)
            self._upload.keep(self._chunk)

    def close(self) -> None:
        """Let go of the file; a chunk that was not finished has not come."""
        if self._closed:
            return
        self._closed = True
        if self._handle is not None:
            os.close(self._handle)
        self._upload.release()
