"""FITS frames of a colour sensor, as astronomical cameras write them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.errors import MissingExtraError
from swath.sky.cameras import PATTERNS
from swath.sky.file_hash import file_hash
from swath.sky.frame import Frame
from swath.sky.header import Header
from swath.sky.rejects import FrameError

SUFFIXES = (".fits", ".fit", ".fts")
_LARGEST = 65535
_TYPES = {8: ">u1", 16: ">i2", 32: ">i4", -32: ">f4", -64: ">f8"}
"""Types of values by BITPIX. Source: FITS standard 4.0, section 4.4.1."""

_DARK_WORDS = ("dark",)


@contextmanager
def opened_fits(path: Path, cameras: Mapping[str, str]) -> Iterator[Frame]:
    """Open a FITS frame; ``cameras`` gives patterns by model that go before the file's own.

    Raises FrameError for a file that cannot be measured, MissingExtraError without astropy.
    """
    try:
        from astropy.io import fits  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("FITS frames need astropy", "pip install 'swath[fits]'") from error
    try:
        content = path.read_bytes()
        file = io.BytesIO(content)
        header = dict(fits.Header.fromfile(file))
    except (OSError, EOFError, TypeError, ValueError, fits.VerifyError) as error:
        raise FrameError("not a FITS frame", str(error) or "it has no header") from error
    data = _pixels(header, content[file.tell() :])
    read = _header(header)
    pattern = cameras.get(read.model or "") or _pattern(header)
    yield Frame(read, file_hash(content), pattern, _LARGEST, data.shape, lambda stop: data[:stop])


def _pixels(header: Mapping[str, Any], content: bytes) -> npt.NDArray[np.uint16]:
    """The sensor in the first part of a file; raises FrameError for what is no whole sensor."""
    shape, kind = (header.get("NAXIS2"), header.get("NAXIS1")), _TYPES.get(header.get("BITPIX", 0))
    if header.get("NAXIS") != 2 or kind is None or not all(isinstance(size, int) and size > 0 for size in shape):
        raise FrameError("not a Bayer sensor", "the first part of the file is no picture of two dimensions")
    rows, columns = (int(size) for size in shape if size is not None)
    if len(content) < rows * columns * np.dtype(kind).itemsize:
        raise FrameError("damaged FITS frame", "the file is cut off")
    stored = np.frombuffer(content, kind, rows * columns).reshape(rows, columns)
    data = stored * float(header.get("BSCALE", 1)) + float(header.get("BZERO", 0))
    if not (data.min() >= 0 and data.max() <= _LARGEST):
        raise FrameError("not a RAW frame", "its values are not those of a sensor, 0 to 65535")
    return data.astype(np.uint16)


def _header(header: Mapping[str, Any]) -> Header:
    focal, aperture = _number(header, "FOCALLEN"), _number(header, "APTDIA")
    iso = header.get("ISOSPEED", header.get("GAIN"))
    return Header(
        _time(header),
        str(header["INSTRUME"]).strip() or None if "INSTRUME" in header else None,
        None if iso is None else str(iso),
        _number(header, "EXPTIME", "EXPOSURE"),
        focal / aperture if focal and aperture else None,
        focal or None,
        _number(header, "CCD-TEMP"),
        _kind(header),
    )


def _number(header: Mapping[str, Any], *names: str) -> float | None:
    for name in names:
        if isinstance(header.get(name), int | float):
            return float(header[name])
    return None


def _kind(header: Mapping[str, Any]) -> str | None:
    said = str(header.get("IMAGETYP", "")).lower()
    if not said:
        return None
    return "DARK" if any(word in said for word in _DARK_WORDS) else "LIGHT"


def _time(header: Mapping[str, Any]) -> datetime:
    said = str(header.get("DATE-OBS", ""))
    try:
        return datetime.fromisoformat(said.removesuffix("Z")).replace(microsecond=0, tzinfo=None)
    except ValueError as error:
        raise FrameError("no date and time", f"DATE-OBS is {said!r}") from error


def _pattern(header: Mapping[str, Any]) -> str:
    """The pattern of the first two rows; rows from the bottom up have it upside down."""
    pattern = str(header.get("BAYERPAT", "")).strip().upper()
    if pattern not in PATTERNS:
        raise FrameError("not a Bayer sensor", f"BAYERPAT is {pattern!r}")
    upside_down = str(header.get("ROWORDER", "")).strip().upper() == "BOTTOM-UP"
    return pattern[2:] + pattern[:2] if upside_down else pattern
