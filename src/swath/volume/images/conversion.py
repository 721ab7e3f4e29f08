"""How images become layers: the arguments of a conversion, and which layers their channels make."""

from __future__ import annotations

import colorsys
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from swath.errors import UsageError
from swath.volume.errors import ArgumentError
from swath.volume.images.errors import UnsupportedImageDataError
from swath.volume.images.stack import Stack
from swath.volume.images.stage import Orientation

_COMPAT = (None, "peer")


@dataclass(frozen=True)
class Conversion:
    """How images become layers, but for where: the arguments of ``add_layer_from_images``."""

    data_format: str | None = None
    mag: Any = 1
    chunk_shape: Any = None
    chunks_per_shard: Any = None
    shard_shape: Any = None
    compress: Any = True
    codec: Any = None
    topleft: Any = (0, 0, 0)
    swap_xy: bool = False
    flip_x: bool = False
    flip_y: bool = False
    flip_z: bool = False
    dtype: Any = None
    use_bioformats: bool | None = None
    channel: int | None = None
    timepoint: int | None = None
    czi_channel: int | None = None
    batch_size: int | None = None
    allow_multiple_layers: bool = False
    max_layers: int = 20
    truncate_rgba_to_rgb: bool = True
    compat: str | None = None

    def __post_init__(self) -> None:
        if self.compat not in _COMPAT:
            raise UsageError(f"there is no compat {self.compat!r}", "peer, or none")
        if self.use_bioformats:
            raise ArgumentError("Bio-Formats is not used", "save such files as OME-TIFF")
        if self.czi_channel is not None:
            raise ArgumentError("CZI files are not read", "save them as OME-TIFF, and choose a channel of that")

    @property
    def orientation(self) -> Orientation:
        """How an image lies in the volume. The peer, without ``swap_xy``, has its axes exchanged when it reverses."""
        exchanged = self.compat == "peer" and not self.swap_xy
        x, y = (self.flip_y, self.flip_x) if exchanged else (self.flip_x, self.flip_y)
        return Orientation(self.swap_xy, x, y, self.flip_z)


@dataclass(frozen=True)
class Part:
    """What one layer gets of a stack: its name, the channels, and the colour in which it is shown."""

    name: str
    channels: tuple[int, int]
    color: tuple[int, int, int] | None = None


def choose_parts(stack: Stack, name: str, conversion: Conversion) -> list[Part]:
    """Choose which layers the channels make."""
    count = stack.channels
    if conversion.channel is not None:
        if not 0 <= conversion.channel < count:
            raise UnsupportedImageDataError(f"there is no channel {conversion.channel}, but {count}", "the first is 0")
        return [Part(name, (conversion.channel, conversion.channel + 1))]
    if count == 1:
        return [Part(name, (0, 1))]
    if stack.first.is_rgb and stack.dtype == np.uint8 and (count == 3 or conversion.truncate_rgba_to_rgb):
        return [Part(name, (0, 3))]
    if not conversion.allow_multiple_layers:
        raise UnsupportedImageDataError(
            f"{count} channels of {stack.first.path} make no one layer: only three of uint8 do, as red, green, blue",
            "pass allow_multiple_layers=True for a layer a channel, or channel=0 for one of them",
        )
    if count > conversion.max_layers:
        warnings.warn(
            f"[WARNING] {count} channels, of which max_layers={conversion.max_layers} become layers.", stacklevel=5
        )
    kept = range(min(count, conversion.max_layers))
    return [Part(f"{name}__channel{number}", (number, number + 1), _color(number)) for number in kept]


def _color(channel: int) -> tuple[int, int, int]:
    """Give red, green, blue, and then hues a golden angle apart."""
    if channel < 3:
        return ((255, 0, 0), (0, 255, 0), (0, 0, 255))[channel]
    hue = ((channel - 3) * 0.618033988749895) % 1.0
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.85, 1.0)
    return round(red * 255), round(green * 255), round(blue * 255)
