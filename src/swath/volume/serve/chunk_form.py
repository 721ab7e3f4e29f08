"""A chunk as a form with one file at its end, parsed and written while it comes, in bounded memory."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from swath.volume.serve.errors import RequestError, refused
from swath.volume.serve.upload import Chunk, ChunkWriter

_MOST_FIELDS, _LONGEST_FIELDS = 32, 64 << 10
_WRITTEN_AT_ONCE = 1 << 20
_PATIENCE = 120
"""Seconds that the next bytes may take."""

logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # what is wrong with a form its sender is told


class _Form:
    """The fields of a form, and the bytes of its file that were parsed and not yet taken."""

    def __init__(self, boundary: bytes) -> None:
        self.fields: dict[str, str] = {}
        self.in_file = False
        self.ended = False
        self.size = 0
        self._pieces: list[bytes] = []
        self._headers: dict[bytes, bytes] = {}
        self._header, self._value, self._name = b"", b"", ""
        self._text = bytearray()
        self._length, self._parts = 0, 0
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._on_header,
                "on_header_value": self._on_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers,
                "on_part_data": self._on_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
        )

    def feed(self, data: bytes) -> None:
        """Parse the next bytes; raises RequestError where they are no such form."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise refused(f"the body is no form: {error}") from error

    def take(self) -> bytes:
        """Give the bytes of the file that have come since the last time."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        self.size = 0
        return data

    def _begin(self) -> None:
        if self.in_file:
            raise refused("the file has to be the last part of the form")
        self._parts += 1
        if self._parts > _MOST_FIELDS:
            raise refused(f"the form has more than {_MOST_FIELDS} fields")
        self._headers.clear()

    def _on_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header, self._value = b"", b""

    def _on_headers(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self.in_file = b"filename" in options or self._name == "file"

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self.in_file:
            self._pieces.append(data[start:end])
            self.size += end - start
            return
        self._length += end - start
        if self._length > _LONGEST_FIELDS:
            raise refused("the fields of the form are too long")
        self._text += data[start:end]

    def _on_part_end(self) -> None:
        if not self.in_file:
            self.fields[self._name] = self._text.decode("utf-8", "replace")
            self._text.clear()

    def _on_end(self) -> None:
        self.ended = True


async def receive_chunk(request: Request, open_chunk: Callable[[Chunk], ChunkWriter]) -> None:
    """Write the chunk that a request brings; raises RequestError where it is cut off, too long, or no chunk."""
    form = _Form(_boundary(request))
    writer: ChunkWriter | None = None
    try:
        async for data in _pieces(request):
            form.feed(data)
            if form.in_file and writer is None:
                writer = await run_in_threadpool(open_chunk, Chunk.from_fields(form.fields))
            if writer is not None and form.size >= _WRITTEN_AT_ONCE:
                await run_in_threadpool(writer.write, form.take())
        if writer is None or not form.ended:
            raise refused("the form ends before its file does")
        await run_in_threadpool(_finish, writer, form.take())
    finally:
        if writer is not None:
            writer.close()


def _finish(writer: ChunkWriter, rest: bytes) -> None:
    writer.write(rest)
    writer.finish()


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise refused("a chunk comes as multipart/form-data")
    return boundary


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """Yield the body as it comes; raises RequestError where the sender is gone or silent."""
    stream = request.stream()
    try:
        while True:
            try:
                yield await asyncio.wait_for(anext(stream), _PATIENCE)
            except StopAsyncIteration:
                return
    except TimeoutError:
        raise RequestError(408, f"nothing came for {_PATIENCE} seconds") from None
    except ClientDisconnect:
        raise refused("the sender is gone") from None
