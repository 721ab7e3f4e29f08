"""Writing depth frames without loss, raw or as an FFV1 film, and reading them back to see that nothing was lost."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.depth.raw_frames import RawFrames
from swath.errors import InputError, OutputError, UsageError

UInt16s = npt.NDArray[np.uint16]
Write = Callable[[UInt16s], None]

ENDINGS = (".avi", ".dat")
_READ_AT_ONCE = 64


def write_frames(
    chunks: Iterable[UInt16s], output: Path, size: tuple[int, int], *, fps: float, threads: int, overwrite: bool
) -> int:
    """Write chunks of frames into ``output``, read them back, and give their number; the file appears once it is right.

    ``size`` is rows and columns. The ending chooses the kind: ``.avi`` is an FFV1 film of 16 bits, ``.dat`` raw frames,
    little-endian. Raises OutputError where the file stands, and where what was written is not what was read.
    """
    if output.suffix not in ENDINGS:
        raise UsageError(f"{output} is neither a film nor raw frames", "its name ends with " + " or ".join(ENDINGS))
    if output.exists() and not overwrite:
        raise OutputError(f"{output} stands already", "give --overwrite to replace it, or choose another name")
    temporary = output.with_name(f".{output.stem}.{os.getpid()}.tmp{output.suffix}")
    opened = _film if output.suffix == ".avi" else _raw
    digests: list[bytes] = []
    try:
        with opened(temporary, size, fps, threads) as write:
            for frames in chunks:
                digests += _digests(frames)
                write(frames)
        _check(temporary, output, size, digests)
        temporary.replace(output)
    finally:
        temporary.unlink(missing_ok=True)
    return len(digests)


def _digests(frames: UInt16s) -> list[bytes]:
    return [hashlib.blake2b(np.ascontiguousarray(frame).data, digest_size=16).digest() for frame in frames]


def _check(written: Path, output: Path, size: tuple[int, int], digests: list[bytes]) -> None:
    """Read all frames back; raises OutputError at the first that is not what it was."""
    if not digests:
        raise InputError("there are no frames to write", "check the recording and the range")
    number = 0
    for frames in _read_back(written, size):
        for digest in _digests(frames):
            if number >= len(digests) or digest != digests[number]:
                raise OutputError(f"frame {number} of {output} was not written as it was read", "is the disk sound?")
            number += 1
    if number != len(digests):
        raise OutputError(f"{output} has {number} of {len(digests)} frames", "is the disk full?")


def _read_back(path: Path, size: tuple[int, int]) -> Iterator[UInt16s]:
    from swath.depth.video_frames import VideoFrames  # noqa: PLC0415  (optional extra)

    film = path.suffix == ".avi"
    frames = VideoFrames.open(path, 0) if film else RawFrames.open(path, (size[1], size[0]))
    return frames.pieces([*range(0, frames.count, _READ_AT_ONCE), frames.count])


@contextmanager
def _raw(path: Path, _size: tuple[int, int], _fps: float, _threads: int) -> Iterator[Write]:
    with path.open("wb") as file:
        yield lambda frames: frames.astype("<u2", copy=False).tofile(file)


@contextmanager
def _film(path: Path, size: tuple[int, int], fps: float, threads: int) -> Iterator[Write]:
    """An FFV1 film of grey frames of 16 bits in slices with checksums, each frame by itself."""
    import av  # noqa: PLC0415  (optional extra)
    from av.video.frame import VideoFrame  # noqa: PLC0415

    options = {"slices": "24", "slicecrc": "1", "level": "3", "g": "1"}
    with av.open(str(path), "w", format="avi") as container:
        stream: Any = container.add_stream("ffv1", rate=Fraction(fps).limit_denominator(1000), options=options)
        stream.height, stream.width = size
        stream.pix_fmt = "gray16le"
        stream.codec_context.thread_count = threads

        def write(frames: UInt16s) -> None:
            for frame in frames:
                picture = VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="gray16le")
                container.mux(stream.encode(picture))

        yield write
        container.mux(stream.encode(None))
