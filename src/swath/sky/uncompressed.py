"""Uncompressed DNG frames, seen in place: no decoder, and only the pixels that are asked for are read."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from swath.sky.cameras import PATTERNS

_WIDTH, _LENGTH, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_OFFSETS, _SAMPLES, _COUNTS, _SUB_IFDS = 273, 277, 279, 330
_CFA_SIZE, _CFA_PATTERN, _DNG, _LINEARIZATION, _WHITE, _ACTIVE_AREA = 33421, 33422, 50706, 50712, 50717, 50829
_CFA = 32803
_FORMATS = {1: "B", 3: "H", 4: "I"}
_COLOURS = "RGB"
_MOST_ENTRIES = 4096

Tags = dict[int, tuple[int, ...]]


@dataclass(frozen=True)
class Sensor:
    """The whole sensor, uint16 (rows, columns), as it lies in the file; its Bayer pattern and its white level."""

    pixels: npt.NDArray[np.uint16]
    pattern: str
    white: int


def read_uncompressed(path: Path) -> Sensor | None:
    """Map the sensor of a DNG file into memory; None for every file that is not plain enough, for a decoder to read.

    Plain is a little-endian DNG with 16 bits a pixel in one piece, a Bayer pattern and no table of linearization.
    Source: Adobe, "Digital Negative specification", version 1.7, and TIFF 6.0. Raises OSError.
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
    rows, columns = tags[_LENGTH][0], tags[_WIDTH][0]
    begins, counts = tags[_OFFSETS], tags[_COUNTS]
    in_one_piece = all(a + n == b for a, n, b in zip(begins, counts, begins[1:], strict=False))
    plain = (
        _DNG in first
        and _LINEARIZATION not in tags
        and (tags[_BITS], tags[_COMPRESSION], tags.get(_SAMPLES, (1,))) == ((16,), (1,), (1,))
        and tags[_CFA_SIZE] == (2, 2)
        and not any(edge % 2 for edge in tags.get(_ACTIVE_AREA, (0, 0))[:2])
        and in_one_piece
        and begins[0] % 2 == 0
        and sum(counts) == 2 * rows * columns
        and begins[0] + 2 * rows * columns <= content.size
    )
    pattern = "".join(_COLOURS[colour] for colour in tags[_CFA_PATTERN])
    if not plain or pattern not in PATTERNS:
        return None
    pixels = content[begins[0] : begins[0] + 2 * rows * columns].view("<u2").reshape(rows, columns)
    return Sensor(np.asarray(pixels), pattern, tags[_WHITE][0])
