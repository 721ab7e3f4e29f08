"""Recordings from raw to FFV1 film and back, and ranges of them; what was written is read back frame by frame."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from swath.depth.acquisition import NAME as METADATA
from swath.depth.frame_files import UInt16s, write_frames
from swath.depth.recording import Recording, open_recording
from swath.depth.sessions import archive_stem
from swath.depth.timestamps import NAMES as TIMESTAMPS
from swath.engine.files import write_atomically
from swath.errors import InputError, UsageError

_CHUNK = 256


@dataclass(frozen=True)
class Written:
    """What was written: the file, its frames, from which to which of the recording, and the sizes in bytes."""

    output: Path
    start: int
    stop: int
    bytes_before: int
    bytes_after: int

    @property
    def frames(self) -> int:
        """Number of frames."""
        return self.stop - self.start


def convert(
    recording: Path,
    output: Path | None = None,
    *,
    fps: float = 30,
    chunk_size: int = _CHUNK,
    threads: int = 8,
    mapping: str | int = "DEPTH",
    delete: bool = False,
    overwrite: bool = False,
) -> Written:
    """Write a recording as an FFV1 film, or a film as raw frames; ``output`` says which, by its ending.

    Without one, raw frames become ``.avi`` and films ``.dat``, beside the recording. With ``delete`` the recording goes
    away once all its frames have been read back from the output. Raises InputError and OutputError.
    """
    source = open_recording(recording, mapping=mapping)
    target = output or recording.with_name(
        _stem(recording) + (".dat" if recording.suffix in (".avi", ".mkv") else ".avi")
    )
    _check_different(recording, target)
    written = _write(source, target, 0, source.count, fps, chunk_size, threads, overwrite)
    if delete:
        recording.unlink()
    return written


def copy_slice(
    recording: Path,
    output: Path | None = None,
    frames: tuple[int, int] = (0, 1000),
    *,
    fps: float = 30,
    chunk_size: int = _CHUNK,
    threads: int = 8,
    mapping: str | int = "DEPTH",
    delete: bool = False,
    overwrite: bool = False,
) -> Written:
    """Write the frames from the first of ``frames`` up to, not with, the second; a range beyond the end is cut there.

    Into another directory go the timestamps of the frames and the metadata too, unless they are there. ``delete``
    removes the recording, and is refused for a slice that leaves frames out. Raises InputError, OutputError and
    UsageError.
    """
    source = open_recording(recording, mapping=mapping)
    start, stop = frames[0], min(frames[1], source.count)
    if not 0 <= start < frames[1]:
        raise UsageError(
            f"frames {frames[0]} to {frames[1]} are no range", "give the first frame, and the one behind the last"
        )
    if start >= stop:
        raise InputError(f"{recording} has {source.count} frames, none from {start} on", "frames are counted from 0")
    if delete and stop - start < source.count:
        lost = source.count - (stop - start)
        raise UsageError(f"--delete would lose the {lost} frames that the slice leaves out", "leave --delete out")
    target = output or recording.with_name(f"{_stem(recording)}_{start}-{stop}.avi")
    _check_different(recording, target)
    written = _write(source, target, start, stop, fps, chunk_size, threads, overwrite)
    if target.absolute().parent != recording.absolute().parent:
        _copy_notes(source, target.parent, start, stop)
    if delete:
        recording.unlink()
    return written


def _write(
    source: Recording, target: Path, start: int, stop: int, fps: float, chunk_size: int, threads: int, overwrite: bool
) -> Written:
    target.parent.mkdir(parents=True, exist_ok=True)
    chunks = _frames(source, start, stop, chunk_size)
    write_frames(chunks, target, source.shape, fps=fps, threads=threads, overwrite=overwrite)
    return Written(target, start, stop, source.path.stat().st_size, target.stat().st_size)


def _frames(source: Recording, start: int, stop: int, size: int) -> Iterator[UInt16s]:
    for chunk in source.chunks(max(1, min(size, _CHUNK)), start=start, stop=stop):
        yield chunk.frames


def _copy_notes(source: Recording, directory: Path, start: int, stop: int) -> None:
    """Put timestamps of the frames and the metadata beside a slice, where nothing of the kind is."""
    times = directory / TIMESTAMPS[0]
    if source.timestamps is not None and not any((directory / name).exists() for name in TIMESTAMPS):
        lines = (f"{time!r} 0\n" for time in np.asarray(source.timestamps)[start:stop].tolist())
        write_atomically(times, "".join(lines).encode())
    metadata = source.path.parent / METADATA
    if metadata.is_file() and not (directory / METADATA).exists():
        shutil.copyfile(metadata, directory / METADATA)


def _check_different(recording: Path, output: Path) -> None:
    if output.exists() and output.samefile(recording):
        raise UsageError(f"{output} is the recording itself", "choose another output")


def _stem(recording: Path) -> str:
    return archive_stem(recording.name) or recording.stem
