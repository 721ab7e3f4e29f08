"""Headers of TIFF files of one page: one that is the same to the byte as another file's need not be read again."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LONGEST = 1 << 16
_TOLD_BY_HEADER = frozenset({"imagej", "shaped", "uniform"})
"""Kinds of TIFF files, in tifffile's words, that look nowhere else than in their header."""


@dataclass(frozen=True)
class TiffHeader:
    """All of a file that says where its pixels stand and what they are: its length, and bytes by position."""

    length: int
    parts: tuple[tuple[int, bytes], ...]

    def is_also_of(self, path: Path) -> bool:
        """Say whether another file is as long and has the same header; a file that cannot be read has not."""
        try:
            with path.open("rb", buffering=0) as file:
                same_length = os.fstat(file.fileno()).st_size == self.length
                return same_length and all(_read(file, at, at + len(part)) == part for at, part in self.parts)
        except OSError:
            return False


def header_of(file: Any) -> TiffHeader | None:
    """Give the header of an open ``tifffile.TiffFile``, None where it is long, or does not tell all.

    It tells all of a file of one page; what a tag says elsewhere than in the list of tags belongs to it.
    """
    if len(file.pages) != 1 or not file.flags <= _TOLD_BY_HEADER:
        return None
    page, kind, content = file.pages[0], file.tiff, file.filehandle
    content.seek(page.offset)
    (tags,) = struct.unpack(kind.tagnoformat, content.read(kind.tagnosize))
    listed = (page.offset, page.offset + kind.tagnosize + tags * kind.tagsize + kind.offsetsize)
    values = ((tag.valueoffset, tag.valueoffset + tag.valuebytecount) for tag in page.tags.values())
    spans = _joined([(0, 2 * kind.offsetsize), listed, *values])
    if sum(end - start for start, end in spans) > _LONGEST:
        return None
    return TiffHeader(content.size, tuple((start, _read(content, start, end)) for start, end in spans))


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans that touch or overlap."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _read(content: Any, start: int, end: int) -> bytes:
    content.seek(start)
    return bytes(content.read(end - start))
