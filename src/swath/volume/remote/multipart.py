"""A chunk of a file as the form in which it is sent, read from the disk while it goes."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from swath.errors import InputError
from swath.volume.remote.uploaded_files import CHUNK_SIZE, UploadedFile

_PIECE = 1 << 20


@dataclass(frozen=True)
class FileChunk:
    """A chunk of a file, numbered from 1."""

    file: UploadedFile
    number: int

    @property
    def start(self) -> int:
        """Where it begins in the file, in bytes."""
        return (self.number - 1) * CHUNK_SIZE

    @property
    def size(self) -> int:
        """Its bytes."""
        return min(CHUNK_SIZE, self.file.size - self.start)

    def identifier(self, upload_id: str) -> str:
        """Name its file as resumable.js does."""
        return f"{upload_id}/{self.file.name}"

    def fields(self, upload_id: str) -> dict[str, str]:
        """Give the fields that describe it."""
        return {
            "resumableChunkNumber": str(self.number),
            "resumableChunkSize": str(CHUNK_SIZE),
            "resumableCurrentChunkSize": str(self.size),
            "resumableTotalSize": str(self.file.size),
            "resumableType": "application/octet-stream",
            "resumableIdentifier": self.identifier(upload_id),
            "resumableFilename": self.file.name.rpartition("/")[2],
            "resumableRelativePath": self.file.name,
            "resumableTotalChunks": str(self.file.chunks),
        }

    def pieces(self) -> Iterator[bytes]:
        """Yield its bytes; raises InputError where the file has become shorter."""
        left = self.size
        with self.file.open() as file:
            file.seek(self.start)
            while left:
                piece = file.read(min(left, _PIECE))
                if not piece:
                    raise InputError(f"{self.file.path} became shorter while it was sent", "upload it again")
                left -= len(piece)
                yield piece


class Form:
    """A form with fields and, at its end, a chunk: its length is known before it is sent."""

    def __init__(self, fields: dict[str, str], chunk: FileChunk) -> None:
        self._chunk = chunk
        boundary = secrets.token_hex(16)
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        file = 'Content-Disposition: form-data; name="file"; filename="chunk"'
        self._before = "".join(
            [*parts, f"--{boundary}\r\n{file}\r\nContent-Type: application/octet-stream\r\n\r\n"]
        ).encode()
        self._after = f"\r\n--{boundary}--\r\n".encode()
        self.headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(self._before) + chunk.size + len(self._after)),
        }

    def content(self) -> Iterator[bytes]:
        """Yield its bytes."""
        yield self._before
        yield from self._chunk.pieces()
        yield self._after
