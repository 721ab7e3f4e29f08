"""A decoded frame, whatever file it comes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swath.sky.header import Header


@dataclass(frozen=True)
class Frame:
    """A decoded frame: ``pixels`` is the whole sensor, margins included, uint16 (rows, columns).

    ``pattern`` is the Bayer pattern of its first two rows, ``white`` the level where it saturates, ``digest`` the
    SHA-256 hash (hexadecimal) of the file.
    """

    header: Header
    digest: str
    pattern: str
    white: int
    pixels: npt.NDArray[np.uint16]
