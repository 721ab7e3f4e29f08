"""The header of a lossless JPEG, and its samples as far as they are asked for."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

_START, _FRAME, _CODES, _SCAN, _RESTARTS = 0xD8, 0xC3, 0xC4, 0xDA, 0xDD
_ENTROPY_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC, _FRAME}


@dataclass(frozen=True)
class LosslessJpeg:
    """A scan of lossless JPEG: its rows, the samples of a row over all components, and what decodes it.

    ``codes`` are the counts and symbols of each component's Huffman code, ``start`` is where its data begin.
    """

    rows: int
    columns: int
    codes: tuple[bytes, ...]
    first: int
    predictor: int
    data: npt.NDArray[np.uint8]

    @classmethod
    def read(cls, content: npt.NDArray[np.uint8]) -> LosslessJpeg | None:
        """Read the header; None for what is no lossless JPEG of one scan, all components alike, without restarts."""
        try:
            return _read(content)
        except (struct.error, IndexError, KeyError):
            return None

    def decode(self, rows: int) -> npt.NDArray[np.uint16] | None:
        """Decode the first rows, uint16 (rows, columns); None where the data are damaged before their end."""
        from swath.kernels.lossless_jpeg import decode  # noqa: PLC0415  (start-up counts)

        out = np.empty((min(rows, self.rows), self.columns), np.uint16)
        distinct = tuple(dict.fromkeys(self.codes))
        tables = np.array([distinct.index(code) for code in self.codes], np.int64)
        whole = decode(self.data, *_tables(distinct), tables, self.first, self.predictor, out)
        return out if whole == out.shape[0] else None


def _segments(content: npt.NDArray[np.uint8]) -> Iterator[tuple[int, bytes, int]]:
    """The markers before the data, each with its content and where it ends."""
    place = 2
    while True:
        if content[place] != 0xFF:
            raise IndexError
        marker, (size,) = int(content[place + 1]), struct.unpack_from(">H", content.data, place + 2)
        yield marker, bytes(content[place + 4 : place + 2 + size]), place + 2 + size
        place += 2 + size


def _read(content: npt.NDArray[np.uint8]) -> LosslessJpeg | None:
    if bytes(content[:2]) != bytes([0xFF, _START]):
        return None
    codes: dict[int, bytes] = {}
    frame = b""
    for marker, body, end in _segments(content):
        if marker == _CODES:
            codes |= _huffman(body)
        elif marker == _FRAME:
            frame = body
        elif marker in _ENTROPY_FRAMES or (marker == _RESTARTS and body != b"\0\0"):
            return None
        elif marker == _SCAN:
            return _scan(frame, body, codes, content[end:])
    return None


def _huffman(body: bytes) -> dict[int, bytes]:
    """The codes in a segment by number, each as the counts of lengths and then the symbols."""
    found = {}
    while body:
        size = 17 + sum(body[1:17])
        if len(body) < size:
            raise IndexError
        found[body[0]] = body[1:size]
        body = body[size:]
    return found


def _scan(frame: bytes, scan: bytes, codes: dict[int, bytes], data: npt.NDArray[np.uint8]) -> LosslessJpeg | None:
    precision, rows, columns, components = struct.unpack_from(">BHHB", frame)
    whole = all(frame[7 + 3 * number] == 0x11 for number in range(components))
    predictor, _, shift = scan[1 + 2 * components : 4 + 2 * components]
    if not whole or scan[0] != components or not 1 <= predictor <= 7 or shift or not 2 <= precision <= 16:
        return None
    own = tuple(codes[scan[2 + 2 * number] >> 4] for number in range(components))
    return LosslessJpeg(rows, columns * components, own, 1 << (precision - 1), predictor, data)


@lru_cache(maxsize=16)
def _tables(codes: tuple[bytes, ...]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    from swath.kernels.lossless_jpeg import code_table, difference_table  # noqa: PLC0415  (start-up counts)

    texts = [np.frombuffer(code, np.uint8) for code in codes]
    made = [code_table(text[:16], text[16:]) for text in texts]
    return np.stack(made), np.stack([difference_table(table) for table in made])
