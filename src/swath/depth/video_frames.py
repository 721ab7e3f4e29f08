"""Frames of a film with 16 bits a pixel: FFV1 in .avi or .mkv, or the raw depth stream of an Azure Kinect's .mkv."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path

import av
import av.error
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from swath.depth.raw_frames import UInt16s
from swath.errors import InputError

_BYTE_ORDERS = {"gray16le": "<u2", "gray16be": ">u2"}


@dataclass(frozen=True)
class VideoFrames:
    """A film's depth stream: ``count`` frames of ``rows`` by ``columns`` pixels.

    Packets are counted, never sought by time: a film's times say where a frame lies only approximately. ``times`` are
    those of the container, float64 (count,), seconds; None where it gives none but the frame rate.
    """

    path: Path
    stream: int
    count: int
    rows: int
    columns: int
    times: npt.NDArray[np.float64] | None = field(default=None, compare=False)

    @classmethod
    def open(cls, path: Path, mapping: str | int = "DEPTH") -> VideoFrames:
        """Look at a film; ``mapping`` is the title of its depth stream, or its number among the film's video streams.

        A title that no stream has, or a film without titles, means the first one. Frames are counted by going through
        the packets where the container does not say their number. Raises InputError.
        """
        with _opened(path) as container:
            number = _depth_stream(container, mapping, path)
            stream = container.streams.video[number]
            rows, columns = stream.codec_context.height, stream.codec_context.width
            count, times = stream.frames, None
            if path.suffix != ".avi" or not count:
                stamps = [packet.pts for packet in container.demux(stream) if packet.size]
                count = len(stamps)
                if None not in stamps and stream.time_base is not None:
                    # to the microsecond, as players print them
                    times = np.round(np.array(stamps, np.float64) * float(stream.time_base), 6)
        if not count:
            raise InputError(f"{path} has no frames")
        return cls(path, number, count, rows, columns, times)

    def pieces(self, cuts: Sequence[int]) -> Iterator[UInt16s]:
        """Yield the frames from each cut to the next. Raises InputError where the film ends before."""
        with _opened(self.path) as container:
            decoded = self._decoded(container, cuts[0], cuts[-1])
            for start, stop in pairwise(cuts):
                out = np.empty((stop - start, self.rows, self.columns), np.uint16)
                filled = 0
                for frame in islice(decoded, stop - start):
                    out[filled] = self._pixels(frame)
                    filled += 1
                if filled < len(out):
                    raise InputError(f"{self.path} ends at frame {start + filled} of {self.count}", "it is cut off")
                yield out

    def sample(self, start: int, stop: int, stride: int) -> Iterator[UInt16s]:
        """Yield every ``stride``-th frame, uint16 (rows, columns); few of those between have to be decoded."""
        with _opened(self.path) as container:
            stream = container.streams.video[self.stream]
            since_key: list[Packet[VideoStream]] = []
            for number, packet in enumerate(_packets(container, stream)):
                if number >= stop:
                    return
                since_key = [packet] if packet.is_keyframe else [*since_key, packet]
                if number >= start and (number - start) % stride == 0:
                    stream.codec_context.flush_buffers()
                    frames = [frame for waiting in since_key for frame in self._decode(stream, waiting, number)]
                    yield self._pixels(frames[-1])

    def _decoded(self, container: InputContainer, start: int, stop: int) -> Iterator[VideoFrame]:
        """Yield the frames from ``start`` on: packets before its key frame are passed over."""
        stream = container.streams.video[self.stream]
        stream.thread_type = "SLICE"
        since_key: list[Packet[VideoStream]] = []
        for number, packet in enumerate(_packets(container, stream)):
            if number >= stop:
                return
            if number < start:
                since_key = [packet] if packet.is_keyframe else [*since_key, packet]
                continue
            if not packet.is_keyframe:
                for waiting in since_key:
                    self._decode(stream, waiting, number)
            since_key = []
            yield from self._decode(stream, packet, number)

    def _decode(self, stream: VideoStream, packet: Packet[VideoStream], number: int) -> list[VideoFrame]:
        try:
            return stream.codec_context.decode(packet)
        except av.error.FFmpegError as error:
            raise InputError(f"{self.path}: frame {number} cannot be decoded: {error}") from error

    def _pixels(self, frame: VideoFrame) -> UInt16s:
        dtype = _BYTE_ORDERS.get(frame.format.name)
        if dtype is None:
            raise InputError(
                f"{self.path} has pixels {frame.format.name}, not 16 bits of depth", "is it the depth stream?"
            )
        plane = frame.planes[0]
        lines: UInt16s = np.frombuffer(memoryview(plane), dtype).reshape(-1, plane.line_size // 2)
        return lines[: self.rows, : self.columns]


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    """Yield the packets that hold something: after the last one comes an empty one."""
    return (packet for packet in container.demux(stream) if packet.size)


def _depth_stream(container: InputContainer, mapping: str | int, path: Path) -> int:
    videos = container.streams.video
    if not videos:
        raise InputError(f"{path} has no video stream")
    if isinstance(mapping, str) and not mapping.isdigit():
        titles = [stream.metadata.get("title", "") for stream in videos]
        return titles.index(mapping) if mapping in titles else 0
    if int(mapping) >= len(videos):
        raise InputError(f"{path} has {len(videos)} video streams, no number {mapping}")
    return int(mapping)


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    try:
        with av.open(str(path)) as container:
            yield container
    except av.error.FFmpegError as error:
        hint = "is it an .avi or .mkv with a depth stream?"
        raise InputError(f"cannot read the film {path}: {error}", hint) from error
