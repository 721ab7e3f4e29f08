"""One read of a RAW file: its hash, its EXIF fields and its sensor."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.errors import MissingExtraError
from swath.sky.cameras import PATTERNS
from swath.sky.dng import read_dng
from swath.sky.file_hash import file_hash
from swath.sky.frame import Frame
from swath.sky.header import read_header
from swath.sky.rejects import FrameError


@contextmanager
def opened_raw(path: Path, cameras: Mapping[str, str]) -> Iterator[Frame]:
    """Open a RAW file; its pixels are there inside the context only.

    ``cameras`` gives patterns by model that go before the file's own. Plain DNG files are seen in place or decoded as
    far as it is asked for, any other file is decoded by LibRaw. Raises FrameError for a file that cannot be measured.
    """
    try:
        with path.open("rb") as file:
            header = read_header(file)
        sensor = read_dng(path)
        content = np.memmap(path, np.uint8, "r").data
    except OSError as error:
        raise FrameError("cannot be read", str(error.strerror)) from error
    digest, known = file_hash(content), cameras.get(header.model or "")
    if sensor is not None:
        yield Frame(header, digest, known or sensor.pattern, sensor.white, sensor.shape, sensor.layout.rows)
        return
    with _decoded(content) as (pixels, pattern, white):
        yield Frame(header, digest, known or pattern, white, pixels.shape, lambda stop: pixels[:stop])


@contextmanager
def _decoded(content: bytes | memoryview) -> Iterator[tuple[npt.NDArray[np.uint16], str, int]]:
    """The whole sensor as LibRaw decodes it, its pattern, its white level."""
    try:
        import rawpy  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("RAW frames need exifread and rawpy", "pip install 'swath[sky]'") from error
    try:
        raw = rawpy.imread(io.BytesIO(content))
    except rawpy.LibRawError as error:
        raise FrameError("not a RAW frame", f"LibRaw: {_said(error)}") from error
    with raw:
        try:
            pixels = raw.raw_image
        except rawpy.LibRawError as error:
            raise FrameError("damaged RAW frame", f"LibRaw: {_said(error)}") from error
        yield pixels, _pattern(raw), int(raw.white_level)


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
