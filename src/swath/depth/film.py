"""The preview film: heights above the floor in colours, the aligned mouse in the corner, the frame's number below."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.depth.colours import height_colours, in_yuv
from swath.kernels.film import paint

Frames = npt.NDArray[Any]
Bytes = npt.NDArray[np.uint8]

_AT_ONCE = 64
_MARGIN = 5, 40
"""Where the number begins, in pixels from the left edge and from the bottom."""
_WHITE = 235, 128


def movie_canvas(region: Frames, crop: Frames) -> npt.NDArray[np.uint16]:
    """Lay the crop, frames x rows x columns, into the upper left corner and the region into the lower right one."""
    frames, top, left = crop.shape
    canvas = np.zeros((frames, top + region.shape[1], left + region.shape[2]), np.uint16)
    canvas[:, top:, left:] = region
    canvas[:, :top, :left] = crop
    return canvas


def number_mask(number: int) -> Bytes:
    """Draw a frame's number, 255 on 0, as wide as it is."""
    import cv2  # noqa: PLC0415  (optional extra)

    text = str(number)
    mask = np.zeros((40, 12 + 20 * len(text)), np.uint8)
    cv2.putText(mask, text, (_MARGIN[0], 30), cv2.FONT_HERSHEY_SIMPLEX, 1, 255, 2, cv2.LINE_8)
    return mask


@dataclass
class Film:
    """An H.264 film in the making: heights from ``low`` to ``high`` mm, ``size`` is height and width in pixels."""

    container: Any
    stream: Any
    size: tuple[int, int]
    low: int
    high: int
    colours: Bytes = field(init=False)

    def __post_init__(self) -> None:
        self.colours = in_yuv(height_colours(self.low, self.high))

    def write(self, first: int, region: Frames, crop: Frames) -> None:
        """Add frames; ``first`` is the number of the first of them, ``region`` and ``crop`` as for a canvas."""
        from av.video.frame import VideoFrame  # noqa: PLC0415  (optional extra)

        for start in range(0, len(region), _AT_ONCE):
            for offset, picture in enumerate(self._painted(region[start:][:_AT_ONCE], crop[start:][:_AT_ONCE])):
                self._draw_number(picture, first + start + offset)
                frame = VideoFrame.from_ndarray(picture, format="yuv420p")
                self.container.mux(self.stream.encode(frame))

    def _painted(self, region: Frames, crop: Frames) -> Bytes:
        height, width = self.size
        planes = np.empty((len(region), height // 2 * 3, width), np.uint8)
        paint(_heights(region), _heights(crop), self.colours, planes)
        return planes

    def _draw_number(self, picture: Bytes, number: int) -> None:
        """Write the number into a picture of YUV planes in white."""
        height, width = self.size
        drawn = number_mask(number)[:, :width]
        rows, columns = drawn.shape[0], drawn.shape[1] // 2 * 2
        bottom = (height - _MARGIN[1] + 10) // 2 * 2
        top = max(0, bottom - rows) // 2 * 2
        mask = drawn[: bottom - top, :columns] > 0
        picture[top:bottom, :columns][mask] = _WHITE[0]
        touched = mask[::2, ::2] | mask[1::2, ::2] | mask[::2, 1::2] | mask[1::2, 1::2]
        for plane in picture[height:].reshape(2, height // 2, width // 2):
            plane[top // 2 : bottom // 2, : columns // 2][touched] = _WHITE[1]

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self.container.mux(self.stream.encode(None))


@contextmanager
def open_film(
    path: Path, region: tuple[int, int], crop: tuple[int, int], fps: float, heights: tuple[int, int]
) -> Iterator[Film]:
    """Begin a film, and finish it at the end.

    ``region`` and ``crop`` are rows and columns, ``heights`` the lowest and highest in mm. One thread encodes, so that
    the bytes do not depend on the machine.
    """
    import av  # noqa: PLC0415  (optional extra)

    height, width = (side + side % 2 for side in (region[0] + crop[0], region[1] + crop[1]))
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("h264", rate=Fraction(fps).limit_denominator(1000))
        stream.height, stream.width, stream.pix_fmt = height, width, "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": "23"}
        stream.codec_context.thread_count = 1
        film = Film(container, stream, (height, width), *heights)
        yield film
        film.finish()


def _heights(frames: Frames) -> npt.NDArray[Any]:
    """Frames whose values can be indices; fractions are cut off."""
    return frames if frames.dtype in (np.uint8, np.uint16) else frames.astype(np.uint16)
