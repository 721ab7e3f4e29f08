"""The images of one layer as one volume: a file of slices, or flat files one behind the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from swath.volume.images.errors import UnsupportedImageDataError
from swath.volume.images.image_file import ImageFile
from swath.volume.images.opening import open_image
from swath.volume.images.stored_array import Plane


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
    def is_plain(self) -> bool:
        """Whether all planes are plain bytes of their files."""
        return all(each.is_plain for each in self.files)

    def planes(self, slices: Sequence[int], index: Sequence[int] = ()) -> Iterator[Plane]:
        """Yield the planes (y, x, c) of slices at a place along further axes; one may be smaller than the stack."""
        for file, places in self._places(slices, index):
            yield from file.planes(places)

    def boxes(self, slices: Sequence[int], index: Sequence[int], rows: slice, columns: slice) -> Iterator[Plane]:
        """Yield rows and columns of the planes, of which less is there where a plane is smaller than the stack."""
        for file, places in self._places(slices, index):
            yield from file.boxes(places, rows, columns)

    def _places(self, slices: Sequence[int], index: Sequence[int]) -> Iterator[tuple[ImageFile, list[dict[str, int]]]]:
        """Yield the files of slices, and which of their planes are meant."""
        place = {axis: at for (axis, _), at in zip(self.further, index, strict=True)}
        if len(self.files) == 1:
            yield self.first, [{**place, "z": z} for z in slices]
        else:
            for z in slices:
                yield self.files[z], [place]


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
