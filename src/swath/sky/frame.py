"""A decoded frame, whatever file it comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swath.sky.header import Header


@dataclass(frozen=True)
class Frame:
    """A frame that is open: ``rows`` gives the first rows of the whole sensor, margins included, as uint16.

    ``pattern`` is the Bayer pattern of its first two rows, ``white`` the level where it saturates, ``digest`` the
    hash of the file, ``shape`` the rows and columns of the sensor.
    """

    header: Header
    digest: str
    pattern: str
    white: int
    shape: tuple[int, int]
    rows: Callable[[int], npt.NDArray[np.uint16]]

    @property
    def pixels(self) -> npt.NDArray[np.uint16]:
        """The whole sensor, uint16 (rows, columns)."""
        return self.rows(self.shape[0])
