"""A recording: its frames in chunks of a fixed size, their times, what was noted with them, and the camera."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from swath.depth.acquisition import NAME as METADATA
from swath.depth.acquisition import missing_metadata, parse_metadata, read_metadata, resolution, what_is_missing
from swath.depth.archive_frames import ArchiveFrames, read_members
from swath.depth.cameras import Camera, find_camera
from swath.depth.raw_frames import RawFrames, UInt16s, whole_frames
from swath.depth.settings import Settings
from swath.depth.timestamps import NAMES, check_timestamps, parse_timestamps, read_timestamps
from swath.errors import InputError, MissingExtraError, UsageError

if TYPE_CHECKING:
    from swath.depth.video_frames import VideoFrames

FRAME_SIZE = (512, 424)
"""Width and height of a raw frame where no metadata says otherwise: a Kinect's."""

ARCHIVES = (".tar.gz", ".tgz", ".tar")
FILMS = (".avi", ".mkv")

_Times = npt.NDArray[np.float64] | None


class Frames(Protocol):
    """What a file gives: ``count`` frames of ``rows`` by ``columns`` pixels of depth in mm, 0 where there is none."""

    @property
    def count(self) -> int:
        """Number of frames."""

    @property
    def rows(self) -> int:
        """Rows of a frame."""

    @property
    def columns(self) -> int:
        """Columns of a frame."""

    def pieces(self, cuts: Sequence[int]) -> Iterator[UInt16s]:
        """Yield the frames from each cut to the next, uint16 (n, rows, columns), in one pass over the file."""

    def sample(self, start: int, stop: int, stride: int) -> Iterator[UInt16s]:
        """Yield every ``stride``-th frame, uint16 (rows, columns)."""


@dataclass(frozen=True)
class FrameChunk:
    """Consecutive frames, uint16 (n, rows, columns), mm. ``start`` is the recording's number of the first.

    The first ``overlap`` of them stood at the end of the chunk before.
    """

    start: int
    frames: UInt16s
    overlap: int = 0


@dataclass(frozen=True)
class Recording:
    """A session's depth recording.

    ``directory`` is the session's: where its results go, under ``proc``. ``timestamps`` are ms, one a frame, or None.
    ``warnings`` say what is missing or odd, in sentences.
    """

    path: Path
    directory: Path
    frames: Frames
    metadata: Mapping[str, Any]
    timestamps: _Times = field(default=None, compare=False)
    camera: Camera | None = None
    warnings: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Number of frames."""
        return self.frames.count

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of a frame."""
        return self.frames.rows, self.frames.columns

    @property
    def session(self) -> str:
        """The session's name on disk: its directory, or its archive without the ending."""
        return _archive_stem(self.path) or self.directory.resolve().name

    def first_frame(self, number: int = 0) -> UInt16s:
        """Read one frame, uint16 (rows, columns), mm."""
        return next(self.frames.sample(number, number + 1, 1))

    def sample(self, stride: int) -> Iterator[UInt16s]:
        """Yield frames 0, ``stride``, twice that, and so on: uint16 (rows, columns), mm."""
        return self.frames.sample(0, self.count, stride)

    def chunks(self, size: int, *, overlap: int = 0, start: int = 0, stop: int | None = None) -> Iterator[FrameChunk]:
        """Yield frames ``start`` to ``stop`` in chunks of ``size``, each with the last ``overlap`` of the one before.

        The last chunk may be short; there is none that would hold nothing but an overlap.
        Raises UsageError for an overlap that is not smaller than the size, InputError where the file ends too soon.
        """
        stop = self.count if stop is None else min(stop, self.count)
        ranges = chunk_ranges(start, stop, size, overlap)
        kept = np.empty((0, *self.shape), np.uint16)
        new_frames = self.frames.pieces([start, *(last for _, last in ranges)])
        for (first, _), new in zip(ranges, new_frames, strict=True):
            frames = np.concatenate([kept, new]) if len(kept) else new
            yield FrameChunk(first, frames, len(kept))
            kept = frames[len(frames) - overlap :]


def chunk_ranges(start: int, stop: int, size: int, overlap: int = 0) -> list[tuple[int, int]]:
    """Give first frame and end (exclusive) of each chunk; none where there are no more frames than the overlap.

    Raises UsageError for an overlap that is not smaller than the size.
    """
    if size < 1 or not 0 <= overlap < size:
        raise UsageError(f"chunks of {size} frames cannot overlap by {overlap}", "the overlap is smaller than a chunk")
    return [(first, min(first + size, stop)) for first in range(start, stop - overlap, size - overlap)]


def open_recording(
    path: str | Path,
    *,
    camera_type: str | None = "auto",
    movie_dtype: str = "<u2",
    mapping: str | int = "DEPTH",
    frame_size: tuple[int, int] | None = None,
    compat: bool = False,
) -> Recording:
    """Look at a recording: a raw ``.dat``, a film, or an archive of a session. Nothing is written beside it.

    ``movie_dtype`` is the type of a raw pixel where there is no camera; ``mapping`` names the depth stream of a film;
    ``frame_size`` is width and height of raw frames where the metadata is wrong. Raises InputError for a file that is
    cut off, for metadata that is not JSON, and for timestamps that are not as many as the frames. With ``compat``, as
    moseq2-extract has it, a partial last frame is dropped, timestamps are not counted, raw frames are a Kinect's
    whatever the metadata says, and the times of a film are seconds.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there is no recording {path}", "a .dat, .avi, .mkv or .tar.gz")
    size = (frame_size or FRAME_SIZE) if compat else frame_size
    if _archive_stem(path):
        return _open_archive(path, camera_type, movie_dtype, size, compat)
    metadata, warnings = read_metadata(path.parent)
    times = read_timestamps(path.parent)
    frames: Frames
    if path.suffix in FILMS:
        frames = film = _open_film(path, mapping)
        if times is None and film.times is not None:
            times = film.times if compat else film.times * 1000.0
        camera, warning = find_camera(camera_type, path.suffix, (film.columns, film.rows))
    else:
        camera, warning = find_camera(camera_type, path.suffix)
        dtype = movie_dtype if camera is None else camera.movie_dtype
        frames = RawFrames.open(path, size or resolution(metadata) or FRAME_SIZE, dtype=dtype, whole=not compat)
    return _recording(path, path.parent, frames, metadata, times, camera, (warning, *warnings), compat)


def recording_for(path: str | Path, settings: Settings) -> Recording:
    """Look at a recording as the settings of an extraction say; raises InputError as ``open_recording`` does."""
    return open_recording(
        path,
        camera_type=settings.camera_type,
        movie_dtype=settings.movie_dtype,
        mapping=settings.mapping,
        compat=settings.compat,
    )


def _open_film(path: Path, mapping: str | int) -> VideoFrames:
    try:
        from swath.depth.video_frames import VideoFrames  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingExtraError("films are read with PyAV, which is not here", "pip install 'swath[depth]'") from error
    return VideoFrames.open(path, mapping)


def _open_archive(
    path: Path, camera_type: str | None, movie_dtype: str, size: tuple[int, int] | None, compat: bool
) -> Recording:
    members = read_members(path)
    texts = members.texts
    if METADATA in texts:
        metadata = parse_metadata(texts[METADATA], f"{path}: {METADATA}")
        warnings = what_is_missing(metadata)
    else:
        metadata, warnings = missing_metadata(_archive_stem(path)), (f"no {METADATA}: defaults stand for it",)
    times = next((parse_timestamps(texts[name], name) for name in NAMES if name in texts), None)
    camera, _ = find_camera(camera_type, ".dat")
    columns, rows = size or resolution(metadata) or FRAME_SIZE
    count = whole_frames(members.size, (columns, rows), f"{path}: {members.frames}", whole=not compat)
    dtype = movie_dtype if camera is None else camera.movie_dtype
    frames = ArchiveFrames(path, members.frames, count, rows, columns, dtype)
    return _recording(path, path.parent, frames, metadata, times, camera, warnings, compat)


def _recording(
    path: Path,
    directory: Path,
    frames: Frames,
    metadata: Mapping[str, Any],
    times: _Times,
    camera: Camera | None,
    warnings: tuple[str, ...],
    compat: bool,
) -> Recording:
    if times is None:
        warnings = (*warnings, "no timestamps: " + " and ".join(NAMES) + " are missing")
    elif not compat:
        check_timestamps(times, frames.count, str(path))
    return Recording(path, directory, frames, metadata, times, camera, tuple(filter(None, warnings)))


def _archive_stem(path: Path) -> str:
    """Give the name of an archive without its ending, or an empty text where it is none."""
    ending = next((ending for ending in ARCHIVES if path.name.endswith(ending)), "")
    return path.name.removesuffix(ending) if ending else ""
