"""An image file: its axes, and its planes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from swath.volume.images.errors import ImageReadError
from swath.volume.images.stored_array import Plane


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
    def is_plain(self) -> bool:
        """Whether planes are plain bytes of the file, so that a part of one costs little more than it is."""
        return False

    def alike(self, path: Path) -> ImageFile | None:  # noqa: ARG002
        """Give what another file holds where that is known without opening it as an image, else None."""
        return None

    @abstractmethod
    def planes(self, places: Sequence[Mapping[str, int]]) -> Iterator[Plane]:
        """Yield planes (y, x, c) at places along the other axes, 0 where one is not named.

        Raises ImageReadError where the file is damaged, MissingExtraError where its compression needs a library.
        """

    def boxes(self, places: Sequence[Mapping[str, int]], rows: slice, columns: slice) -> Iterator[Plane]:
        """Yield rows and columns of planes, of which less is there where a plane ends; raises as ``planes`` does."""
        size = self.size
        for plane in self.planes(places):
            height, width, channels = plane.shape
            if height > size["y"] or width > size["x"] or channels != self.channels:
                raise ImageReadError(f"{self.path} is not what it was: {plane.shape}")
            yield plane[rows, columns]
