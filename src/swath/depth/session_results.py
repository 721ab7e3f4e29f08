"""The results of one session: extracted, written under temporary names, and put in their places when they are whole."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from swath.depth.arena import Arena
from swath.depth.arena_files import session_arena
from swath.depth.config import deciding_parameters, peer_parameters
from swath.depth.convert import convert
from swath.depth.extract import extract_frames, frame_range
from swath.depth.flags import count_flags
from swath.depth.frame_table import FrameRows, write_frame_table
from swath.depth.recording import Recording, recording_for
from swath.depth.result_writers import in_batches, result_writers
from swath.depth.results_h5 import Contents
from swath.depth.sessions import Session
from swath.depth.settings import Settings
from swath.depth.status import ResultPaths, is_complete, new_status, write_failure, write_status
from swath.engine.files import sync_directory
from swath.engine.job import Input
from swath.engine.place import Place, locked
from swath.errors import InputError, SwathError

Status = dict[str, Any]


@dataclass(frozen=True)
class Extracted:
    """A session that is extracted: its status, and the numbers of its first frame and of the one after the last."""

    recording: Recording
    arena: Arena
    status: Mapping[str, Any]
    first: int
    end: int


def extract_session(
    session: Session,
    settings: Settings,
    *,
    workers: int = 2,
    on_frames: Callable[[int, int], None] = lambda _done, _all: None,
) -> Extracted:
    """Extract a session, and write its results: results file, film, a row a frame, status, pictures of the arena.

    Files appear when they are whole; those of before stay until then. ``workers`` are threads that compute;
    ``on_frames`` is told how many frames are done, and of how many. Raises
    InputError and its kin, which the status file tells too unless results of before stand, and BusyError where another
    extraction writes the same results.
    """
    results = session.results(settings.output_dir, settings.bg_roi_index)
    results.directory.mkdir(parents=True, exist_ok=True)
    with locked(Place(results.file(""))), _failure_told(results) as status:
        recording = recording_for(session.recording, settings)
        status.update(new_status(_uuid(session, settings), recording.metadata, peer_parameters(settings)))
        if not is_complete(results.status):
            write_status(results.status, status)
        arena = session_arena(recording, settings, results.directory)
        status["parameters"]["true_depth"] = arena.true_depth
        status["warnings"] = [*recording.warnings, *arena.warnings]
        made = Extracted(recording, arena, status, *frame_range(settings, recording.count))
        status["flags"] = _write(made, settings, results, workers, on_frames)
        _put_in_place(results, status)
    if settings.compress and session.recording.suffix == ".dat":
        _compress(session.recording, settings)
    return made


@contextmanager
def _failure_told(results: ResultPaths) -> Iterator[Status]:
    """Give a status to fill in, and write down why where the extraction fails."""
    status: Status = {"skip": False}
    try:
        yield status
    except Exception as error:
        why = error.message if isinstance(error, SwathError) else f"{type(error).__name__}: {error}"
        write_failure(results.status, status, why)
        for suffix in (".h5", ".mp4", ".parquet"):
            _partial(results.file(suffix)).unlink(missing_ok=True)
        raise


def _uuid(session: Session, settings: Settings) -> str:
    """A name that is the same whenever the results are: of the recording's place and content, and the parameters."""
    identity = Input.of(session.recording)
    deciding = deciding_parameters(peer_parameters(settings))
    text = json.dumps([identity.path, identity.hash, deciding], sort_keys=True, default=str)
    return str(uuid.uuid5(uuid.NAMESPACE_URL, text))


def _write(
    made: Extracted, settings: Settings, results: ResultPaths, workers: int, on_frames: Callable[[int, int], None]
) -> dict[str, int]:
    """Extract the frames, and write what comes of them; gives the numbers of frames that have each flag."""
    film = _partial(results.film) if settings.write_movie else None
    heights, region = (settings.min_height, settings.max_height), made.arena.box.shape
    blocks = extract_frames(made.recording, made.arena, settings, workers=workers)
    contents, rows = _contents(made, settings), FrameRows()
    with result_writers(_partial(results.h5), contents, film, region, settings.fps, heights) as write:
        for batch in in_batches(blocks):
            write(batch)
            for block in batch:
                rows.take(block)
            on_frames(batch[-1].start + len(batch[-1]) - made.first, contents.length)
    table = rows.table(made.first, contents.timestamps)
    if table.num_rows != contents.length:
        raise InputError(f"{made.recording.path} gave {table.num_rows} of {contents.length} frames", "is it cut off?")
    write_frame_table(_partial(results.parquet), table)
    return count_flags(table["flags"].to_numpy())


def _contents(made: Extracted, settings: Settings) -> Contents:
    times = made.recording.timestamps
    return Contents(
        uuid=made.status["uuid"],
        first=made.first,
        last=made.end,
        crop_size=settings.crop_size,
        frame_dtype=settings.frame_dtype,
        mask_type=np.float32 if settings.use_tracking_model else np.bool,
        flips=settings.flip_classifier is not None,
        timestamps=None if times is None else times[made.first : made.end],
        acquisition=made.recording.metadata,
        parameters={name: value for name, value in made.status["parameters"].items() if name != "true_depth"},
        true_depth=made.arena.true_depth,
        roi=made.arena.roi,
        background=made.arena.background,
        first_frame=made.arena.first_frame,
    )


def _put_in_place(results: ResultPaths, status: Status) -> None:
    """Put the whole files in their places; while they change, the status says that the results are not complete."""
    write_status(results.status, status)
    for path in (results.h5, results.film, results.parquet):
        if _partial(path).exists():
            _partial(path).replace(path)
        else:
            path.unlink(missing_ok=True)
    sync_directory(results.directory)
    write_status(results.status, {**status, "complete": True})


def _partial(path: Path) -> Path:
    """Where a file grows until it is whole."""
    return path.with_name(f"{path.name}.partial")


def _compress(recording: Path, settings: Settings) -> None:
    """Write a film of a raw recording beside it, unless there is one."""
    film = recording.with_suffix(".avi")
    if not film.exists():
        convert(
            recording,
            film,
            fps=settings.fps,
            chunk_size=settings.compress_chunk_size,
            threads=settings.compress_threads,
            mapping=settings.mapping,
        )
