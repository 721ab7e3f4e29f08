"""The images of one layer as one volume: a file of slices, or flat files one behind the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from swath.volume.images.errors import ImageReadError, UnsupportedImageDataError
from swath.volume.images.image_file import ImageFile, Plane
from swath.volume.images.opening import open_image


@dataclass(frozen=True)
class Stack:
    """Images that make a volume. Lengths are those of the largest image."""

    files: tuple[ImageFile, ...]
    width: int
    height: int
    depth: int

    @property
    def first(self) -> ImageFile:
        """The image that dtype and channels are taken from."""
        return self.files[0]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of a channel."""
        return self.first.dtype

    @property
    def channels(self) -> int:
        """Channels of a voxel."""
        return self.first.channels

    @property
    def further(self) -> tuple[tuple[str, int], ...]:
        """Axes beyond x, y, z and channels, with their lengths."""
        return self.first.further

    @property
    def uneven(self) -> bool:
        """Whether images differ in size."""
        return any((each.size["x"], each.size["y"]) != (self.width, self.height) for each in self.files)

    @property
    def is_mapped(self) -> bool:
        """Whether all planes are mapped from their files."""
        return all(each.is_mapped for each in self.files)

    def planes(self, slices: Sequence[int], index: Sequence[int] = ()) -> Iterator[Plane]:
        """Yield the planes (y, x, c) of slices at a place along further axes; one may be smaller than the stack."""
        place = {axis: at for (axis, _), at in zip(self.further, index, strict=True)}
        if len(self.files) == 1:
            yield from self.first.planes([{**place, "z": z} for z in slices])
            return
        for z in slices:
            yield from self.files[z].planes([place])


def open_stack(paths: Sequence[Path]) -> Stack:
    """Open the images of a layer, in the order of z.

    Raises UnsupportedImageDataError where they cannot be one volume, ImageReadError for a file that is damaged.
    """
    files = _open_all(paths)
    first = files[0]
    if len(files) > 1:
        for file in files:
            _check_alike(first, file)
    width = max(file.size["x"] for file in files)
    height = max(file.size["y"] for file in files)
    return Stack(files, width, height, first.slices if len(files) == 1 else len(files))


def _open_all(paths: Sequence[Path]) -> tuple[ImageFile, ...]:
    found = [open_image(paths[0])]
    for path in paths[1:]:
        found.append(found[-1].alike(path) or open_image(path))
    return tuple(found)


def _check_alike(first: ImageFile, file: ImageFile) -> None:
    if not file.is_flat:
        raise UnsupportedImageDataError(
            f"{file.path} is a volume of {file.slices} slices among other images of one layer",
            "map each file to a layer of its own, or give flat images only",
        )
    if file.channels != first.channels:
        raise UnsupportedImageDataError(
            f"{file.path} has {file.channels} channels, {first.path} has {first.channels}", "separate them by folder"
        )


def check_plane(file: Stack, plane: Plane) -> None:
    """Raise ImageReadError where a plane is larger than its stack: a file changed."""
    if plane.shape[0] > file.height or plane.shape[1] > file.width or plane.shape[2] != file.channels:
        raise ImageReadError(f"an image of {file.first.path.parent} is not what it was: {plane.shape}")
