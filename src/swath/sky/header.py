"""What a camera writes about a frame: its EXIF fields."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, BinaryIO

from swath.errors import MissingExtraError
from swath.sky.rejects import FrameError

_EXIF_TIME = "%Y:%m:%d %H:%M:%S"


@dataclass(frozen=True)
class Header:
    """The fields of a frame, None where one is missing.

    ``time`` is the camera's clock without a zone, ``exposure`` in seconds, ``focal_length`` in mm, ``temperature`` of
    the sensor in °C, ``kind`` LIGHT or DARK where the file itself says so.
    """

    time: datetime
    model: str | None
    iso: str | None
    exposure: float | None
    f_number: float | None
    focal_length: float | None
    temperature: float | None = None
    kind: str | None = None


def read_header(file: BinaryIO) -> Header:
    """Read the EXIF fields of an open file.

    Raises FrameError where there is no EXIF or no date and time, MissingExtraError without the reader.
    """
    try:
        import exifread  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("RAW frames need exifread and rawpy", "pip install 'swath[sky]'") from error
    logging.getLogger("exifread").setLevel(logging.CRITICAL)
    try:
        tags = exifread.process_file(file, details=False)
    except Exception as error:  # a damaged file raises whatever its bytes lead to
        raise FrameError("EXIF cannot be read", f"{type(error).__name__}: {error}") from error
    if not tags:
        raise FrameError("not an image", "the file has no EXIF fields")
    return Header(
        _time(tags),
        _text(tags, "Image Model"),
        _text(tags, "EXIF ISOSpeedRatings"),
        _number(tags, "EXIF ExposureTime"),
        _number(tags, "EXIF FNumber"),
        _number(tags, "EXIF FocalLength") or None,
    )


def night_of(time: datetime) -> date:
    """The night that a moment of local time belongs to: the day on whose noon it began."""
    return (time - timedelta(hours=12)).date()


def _text(tags: Mapping[str, Any], name: str) -> str | None:
    return str(tags[name]).strip().strip("\0") or None if name in tags else None


def _number(tags: Mapping[str, Any], name: str) -> float | None:
    text = _text(tags, name)
    try:
        return None if text is None else float(Fraction(text))
    except (ValueError, ZeroDivisionError):
        return None


def _time(tags: Mapping[str, Any]) -> datetime:
    found = _text(tags, "Image DateTime") or _text(tags, "EXIF DateTimeOriginal")
    if found is None:
        raise FrameError("no date and time", "the EXIF has neither DateTime nor DateTimeOriginal")
    try:
        return datetime.strptime(found, _EXIF_TIME)
    except ValueError as error:
        raise FrameError("no date and time", f"{found!r} is not of the form YYYY:MM:DD hh:mm:ss") from error
