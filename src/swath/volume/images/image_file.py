"""An image file: its axes, and its planes."""

from __future__ import annotations

import math
import mmap
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.volume.images.errors import ImageReadError

Plane = npt.NDArray[Any]
"""Rows, columns and channels of one plane, (y, x, c)."""


@dataclass(frozen=True)
class ImageFile(ABC):
    """A file of planes.

    ``sizes`` are the lengths of its axes in the order in which they are stored: y, x, perhaps c, and any further ones,
    of which one is z. ``is_rgb`` says that the channels are red, green, blue, perhaps with opacity.
    """

    path: Path
    sizes: tuple[tuple[str, int], ...]
    dtype: np.dtype[Any]
    is_rgb: bool

    @property
    def size(self) -> dict[str, int]:
        """The lengths by axis."""
        return dict(self.sizes)

    @property
    def channels(self) -> int:
        """Channels of a plane."""
        return self.size.get("c", 1)

    @property
    def slices(self) -> int:
        """Planes along z."""
        return self.size.get("z", 1)

    @property
    def further(self) -> tuple[tuple[str, int], ...]:
        """Axes beyond x, y, z and channels that have more than one place, with their lengths."""
        return tuple((axis, length) for axis, length in self.sizes if axis not in "cxyz" and length > 1)

    @property
    def is_flat(self) -> bool:
        """Whether it is one plane."""
        return self.slices == 1 and not self.further

    @property
    def is_mapped(self) -> bool:
        """Whether planes are mapped from the file, so that a part of one costs no more than it is."""
        return False

    def alike(self, path: Path) -> ImageFile | None:  # noqa: ARG002
        """Give what another file holds where that is known without opening it as an image, else None."""
        return None

    @abstractmethod
    def planes(self, places: Sequence[Mapping[str, int]]) -> Iterator[Plane]:
        """Yield planes (y, x, c) at places along the other axes, 0 where one is not named.

        Raises ImageReadError where the file is damaged, MissingExtraError where its compression needs a library.
        """


def mapped(path: Path, dtype: np.dtype[Any], offset: int, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Map an array that is one run of a file's bytes; raises ImageReadError where the file is shorter, or gone."""
    try:
        with path.open("rb", buffering=0) as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return np.frombuffer(content, dtype, math.prod(shape), offset).reshape(shape)
    except (OSError, ValueError) as error:
        raise ImageReadError(f"{path} is cut off or went away: {error}") from error
