"""DNG frames read without a decoder of all cameras' files: no more of them than is asked for."""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt

from swath.sky.cameras import PATTERNS
from swath.sky.lossless_jpeg import LosslessJpeg
from swath.sky.rejects import FrameError

_WIDTH, _LENGTH, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_OFFSETS, _SAMPLES, _ROWS_OF_STRIP, _COUNTS, _SUB_IFDS = 273, 277, 278, 279, 330
_TILE_WIDTH, _TILE_LENGTH, _TILE_OFFSETS, _TILE_COUNTS = 322, 323, 324, 325
_CFA_SIZE, _CFA_PATTERN, _DNG, _LINEARIZATION, _WHITE, _ACTIVE_AREA = 33421, 33422, 50706, 50712, 50717, 50829
_CFA = 32803
_UNCOMPRESSED, _LOSSLESS_JPEG = (1,), (7,)
_FORMATS = {1: "B", 3: "H", 4: "I"}
_COLOURS = "RGB"
_MOST_ENTRIES = 65536
_OLDEST = (1, 1)

Tags = dict[int, tuple[int, ...]]
Pixels = npt.NDArray[np.uint16]


class Layout(ABC):
    """Where the pixels of a sensor lie in a file."""

    @abstractmethod
    def rows(self, stop: int) -> Pixels:
        """The first rows of the sensor, uint16 (rows, columns); raises FrameError where the file is damaged."""


@dataclass(frozen=True)
class Plain(Layout):
    """The whole sensor, uint16 (rows, columns), as it lies in the file."""

    pixels: Pixels

    def rows(self, stop: int) -> Pixels:
        """See the first rows in place."""
        return self.pixels[:stop]


@dataclass(frozen=True)
class Compressed(Layout):
    """Strips or tiles of lossless JPEG, each with the row and the column where it begins, for a sensor of a shape."""

    shape: tuple[int, int]
    tiles: tuple[tuple[int, int, LosslessJpeg], ...]

    def rows(self, stop: int) -> Pixels:
        """Decode the first rows, and no more."""
        rows, columns = min(stop, self.shape[0]), self.shape[1]
        out = np.empty((rows, columns), np.uint16)
        for top, left, tile in self.tiles:
            if top >= rows:
                continue
            pixels = tile.decode(rows - top)
            if pixels is None:
                raise FrameError("damaged RAW frame", f"its lossless JPEG at row {top}, column {left} is damaged")
            if pixels.shape == out.shape:
                return pixels
            out[top : top + pixels.shape[0], left : left + tile.columns] = pixels[:, : columns - left]
        return out


@dataclass(frozen=True)
class Sensor:
    """A sensor in a file: its size in rows and columns, its Bayer pattern, its white level, where its pixels lie."""

    shape: tuple[int, int]
    pattern: str
    white: int
    layout: Layout


def read_dng(path: Path) -> Sensor | None:
    """Find the sensor of a DNG file; None for every file that is not plain enough, for LibRaw to read.

    Plain is a little-endian DNG with a Bayer pattern, no table of linearization, and either 16 bits a pixel in one
    piece or lossless JPEG. Source: Adobe, "Digital Negative specification", version 1.7, and TIFF 6.0. Raises OSError,
    and FrameError for a plain file that is cut off.
    """
    if not path.stat().st_size:
        return None
    content = np.memmap(path, np.uint8, "r")
    try:
        directories = _directories(content.data)
        found = [tags for tags in directories if tags.get(_PHOTOMETRIC) == (_CFA,)]
        return _sensor(content, found[0], directories[0]) if len(found) == 1 else None
    except (struct.error, KeyError, IndexError, ValueError):
        return None


def _directories(content: memoryview) -> list[Tags]:
    """The first directory of tags, and those below it."""
    if bytes(content[:4]) != b"II*\0":
        return []
    (start,) = struct.unpack_from("<I", content, 4)
    first = _tags(content, start)
    return [first, *(_tags(content, below) for below in first.get(_SUB_IFDS, ()))]


def _tags(content: memoryview, start: int) -> Tags:
    """The tags of a directory whose values are whole numbers."""
    (entries,) = struct.unpack_from("<H", content, start)
    tags: Tags = {}
    for number in range(min(entries, _MOST_ENTRIES)):
        place = start + 2 + 12 * number
        tag, kind, count = struct.unpack_from("<HHI", content, place)
        letter = _FORMATS.get(kind)
        if letter is None or count > _MOST_ENTRIES:
            continue
        at = place + 8
        if count * struct.calcsize(letter) > 4:
            (at,) = struct.unpack_from("<I", content, at)
        tags[tag] = struct.unpack_from(f"<{count}{letter}", content, at)
    return tags


def _sensor(content: npt.NDArray[np.uint8], tags: Tags, first: Tags) -> Sensor | None:
    shape = tags[_LENGTH][0], tags[_WIDTH][0]
    plain = (
        first[_DNG][:2] >= _OLDEST
        and _LINEARIZATION not in tags
        and tags.get(_SAMPLES, (1,)) == (1,)
        and tags[_CFA_SIZE] == (2, 2)
        and not any(edge % 2 for edge in tags.get(_ACTIVE_AREA, (0, 0))[:2])
    )
    pattern = "".join(_COLOURS[colour] for colour in tags[_CFA_PATTERN])
    if not plain or pattern not in PATTERNS:
        return None
    begins, counts = _pieces(tags)
    missing = max(begin + count for begin, count in zip(begins, counts, strict=True)) - content.size
    if missing > 0:
        raise FrameError("damaged RAW frame", f"the file is cut off: {missing:,} bytes are missing")
    layout = _LAYOUTS[tags[_COMPRESSION]](content, tags, shape)
    return Sensor(shape, pattern, tags[_WHITE][0], layout) if layout is not None else None


def _pieces(tags: Tags) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Where the strips or tiles begin, and their bytes."""
    names = (_TILE_OFFSETS, _TILE_COUNTS) if _TILE_OFFSETS in tags else (_OFFSETS, _COUNTS)
    return tags[names[0]], tags[names[1]]


def _plain(content: npt.NDArray[np.uint8], tags: Tags, shape: tuple[int, int]) -> Layout | None:
    begins, counts = tags[_OFFSETS], tags[_COUNTS]
    in_one_piece = all(a + n == b for a, n, b in zip(begins, counts, begins[1:], strict=False))
    size = 2 * shape[0] * shape[1]
    whole = sum(counts) == size and begins[0] + size <= content.size and begins[0] % 2 == 0
    if tags[_BITS] != (16,) or not in_one_piece or not whole:
        return None
    return Plain(np.asarray(content[begins[0] : begins[0] + size].view("<u2").reshape(shape)))


def _compressed(content: npt.NDArray[np.uint8], tags: Tags, shape: tuple[int, int]) -> Layout | None:
    """Strips are tiles as wide as the sensor; the last ones may reach over its edge, strips not below it."""
    rows, columns = shape
    in_tiles = _TILE_OFFSETS in tags
    width = tags[_TILE_WIDTH][0] if in_tiles else columns
    height = tags[_TILE_LENGTH][0] if in_tiles else min(rows, tags.get(_ROWS_OF_STRIP, (rows,))[0])
    begins, counts = _pieces(tags)
    if len(range(0, rows, height)) * len(range(0, columns, width)) != len(begins):
        return None
    corners = product(range(0, rows, height), range(0, columns, width))
    tiles = []
    for (top, left), begin, count in zip(corners, begins, counts, strict=True):
        tile = LosslessJpeg.read(content[begin : begin + count])
        expected = height if in_tiles else min(height, rows - top)
        if tile is None or (tile.rows, tile.columns) != (expected, width):
            return None
        tiles.append((top, left, tile))
    return Compressed(shape, tuple(tiles))


_LAYOUTS: Mapping[tuple[int, ...], Callable[[npt.NDArray[np.uint8], Tags, tuple[int, int]], Layout | None]] = {
    _UNCOMPRESSED: _plain,
    _LOSSLESS_JPEG: _compressed,
}
"""How pixels lie in a file, by its tag of compression."""
