"""Pictures: PNG, JPEG, GIF, BMP and others, through Pillow."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from swath.volume.images.errors import ImageReadError
from swath.volume.images.image_file import ImageFile
from swath.volume.images.stored_array import Plane

_CONVERTED = {"1": "L", "P": "RGB", "PA": "RGBA", "CMYK": "RGB", "YCbCr": "RGB", "LAB": "RGB", "HSV": "RGB"}
_OPENING = threading.Lock()
_CHANNELS = {"L": 1, "I": 1, "F": 1, "I;16": 1, "I;16B": 1, "LA": 2, "RGB": 3, "RGBA": 4}


@dataclass(frozen=True)
class Picture(ImageFile):
    """A picture; its frames, where it has several, are its slices. ``mode`` is Pillow's name for its pixels."""

    mode: str

    def planes(self, places: Sequence[Mapping[str, int]]) -> Iterator[Plane]:
        """Yield frames."""
        with _opened(self.path) as picture:
            for place in places:
                try:
                    picture.seek(place.get("z", 0))
                    pixels = np.asarray(picture if picture.mode == self.mode else picture.convert(self.mode))
                except (OSError, EOFError, ValueError, SyntaxError) as error:
                    raise ImageReadError(f"{self.path} cannot be read: {error}") from error
                yield pixels[..., None] if pixels.ndim == 2 else pixels


def open_picture(path: Path) -> Picture:
    """Read what a picture is; raises ImageReadError where it is none."""
    with _opened(path) as picture:
        mode = _CONVERTED.get(picture.mode, picture.mode)
        if picture.mode == "P" and "transparency" in picture.info:
            mode = "RGBA"
        if mode not in _CHANNELS:
            raise ImageReadError(f"{path} has pixels of the kind {picture.mode}, which are not read")
        frames = getattr(picture, "n_frames", 1)
        width, height = picture.size
    channels = _CHANNELS[mode]
    sizes = (("z", frames),) * (frames > 1) + (("y", height), ("x", width)) + (("c", channels),) * (channels > 1)
    dtype = {"I": np.int32, "F": np.float32, "I;16": np.uint16, "I;16B": np.uint16}.get(mode, np.uint8)
    return Picture(path, sizes, np.dtype(dtype), channels >= 3, mode)


def _opened(path: Path) -> Image.Image:
    with _OPENING:  # slices are larger than what Pillow takes for an attack, and memory is bounded by a budget
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(path)
        except (OSError, ValueError, SyntaxError) as error:
            raise ImageReadError(f"{path} is no picture: {error}", "leave it out, or repair it") from error
        finally:
            Image.MAX_IMAGE_PIXELS = limit
