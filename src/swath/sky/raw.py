"""One read of a RAW file: its hash, its EXIF fields and its sensor."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from swath.errors import MissingExtraError
from swath.sky.cameras import PATTERNS
from swath.sky.frame import Frame
from swath.sky.header import read_header
from swath.sky.rejects import FrameError


@contextmanager
def opened_raw(path: Path, cameras: Mapping[str, str]) -> Iterator[Frame]:
    """Open a RAW file; its pixels are there inside the context only.

    ``cameras`` gives patterns by model that go before the file's own.
    Raises FrameError for a file that cannot be measured.
    """
    try:
        import rawpy  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("RAW frames need exifread and rawpy", "pip install 'swath[sky]'") from error
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FrameError("cannot be read", str(error.strerror)) from error
    header = read_header(io.BytesIO(content))
    try:
        raw = rawpy.imread(io.BytesIO(content))
    except rawpy.LibRawError as error:
        raise FrameError("not a RAW frame", f"LibRaw: {_said(error)}") from error
    with raw:
        try:
            pixels = raw.raw_image
        except rawpy.LibRawError as error:
            raise FrameError("damaged RAW frame", f"LibRaw: {_said(error)}") from error
        pattern = cameras.get(header.model or "") or _pattern(raw)
        digest = hashlib.sha256(content).hexdigest()
        yield Frame(header, digest, pattern, int(raw.white_level), pixels)


def _said(error: Exception) -> str:
    first = error.args[0] if error.args else error
    return first.decode(errors="replace") if isinstance(first, bytes) else str(first)


def _pattern(raw: Any) -> str:
    cells = raw.raw_pattern
    if cells is None or cells.shape != (2, 2):
        raise FrameError("not a Bayer sensor", "the sensor's colours do not repeat every 2 x 2 pixels")
    colours = raw.color_desc.decode()
    pattern = "".join(colours[cell] for cell in cells.ravel())
    if pattern not in PATTERNS:
        raise FrameError("not a Bayer sensor", f"its colours are {pattern}")
    return pattern
