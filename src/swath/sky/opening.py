"""Opening a frame of any kind."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from swath.sky.fits import SUFFIXES, opened_fits
from swath.sky.frame import Frame
from swath.sky.raw import opened_raw


def opened_frame(path: Path, cameras: Mapping[str, str]) -> AbstractContextManager[Frame]:
    """Open a FITS frame by its suffix, any other file as RAW; its pixels are there inside the context only.

    ``cameras`` gives patterns by model that go before the file's own. Raises FrameError for a file that cannot be
    measured.
    """
    return (opened_fits if path.suffix.lower() in SUFFIXES else opened_raw)(path, cameras)
