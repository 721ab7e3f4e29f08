"""The arena beside a session's results: background, first frame, ROI, as TIFF for MoSeq and PNG for people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from swath.depth.arena import Arena, find_arena
from swath.depth.background import Picture, median_background
from swath.depth.pictures import draw_depth, draw_roi
from swath.depth.recording import Recording, recording_for
from swath.depth.sessions import session_of
from swath.depth.settings import Settings
from swath.depth.tiff import read_tiff, write_in_range, write_plain, write_scaled

BACKGROUND = "bground"
FIRST_FRAME = "first_frame"
WALLS = "new_bg"


def session_background(recording: Recording, settings: Settings, directory: Path) -> Picture:
    """Read the background that lies in ``directory``, or make it; whole mm unless compat.

    Raises InputError where the file that lies there is no picture.
    """
    stored = directory / f"{BACKGROUND}.tiff"
    if stored.is_file() and not settings.recompute_bg:
        return np.asarray(read_tiff(stored), np.float64)
    background = median_background(recording)
    return background if settings.compat else np.floor(background)


def session_arena(recording: Recording, settings: Settings, directory: Path) -> Arena:
    """Find the arena of a session, and write its pictures into ``directory``. Raises InputError where there is none."""
    background = session_background(recording, settings, directory)
    arena = find_arena(recording, settings, background)
    write_background(arena.background if settings.compat else background, directory)
    write_arena(arena, settings, directory)
    return arena


def write_background(background: Picture, directory: Path) -> None:
    """Write the background, float64 (rows, columns), mm."""
    write_scaled(directory / f"{BACKGROUND}.tiff", background)
    draw_depth(directory / f"{BACKGROUND}.png", background)


def write_arena(arena: Arena, settings: Settings, directory: Path) -> None:
    """Write the first frame, the ROI and, where they were fitted, the walls."""
    roi = f"roi_{settings.bg_roi_index:02d}"
    write_scaled(directory / f"{roi}.tiff", arena.roi)
    draw_roi(directory / f"{roi}.png", arena.background, arena.roi)
    first = arena.first_frame[None]
    if settings.manual_set_depth_range:
        write_in_range(directory / f"{FIRST_FRAME}.tiff", first, *arena.depth_range)
    else:
        write_plain(directory / f"{FIRST_FRAME}.tiff", first, arena.depth_range)
    draw_depth(directory / f"{FIRST_FRAME}.png", arena.first_frame, arena.roi)
    if arena.walls_graduated:
        write_scaled(directory / f"{WALLS}.tiff", arena.floor)


def background(path: Path, settings: Settings) -> dict[str, Any]:
    """Write the background of a recording beside it; give the files, and what is in it. Raises InputError."""
    recording, directory = _opened(path, settings)
    found = session_background(recording, settings, directory)
    write_background(found, directory)
    known = found[found > 0]
    return {
        "background": str(directory / f"{BACKGROUND}.tiff"),
        "picture": str(directory / f"{BACKGROUND}.png"),
        "median_depth": float(np.median(known)) if known.size else None,
        "unknown_pixels": int(found.size - known.size),
    }


def roi(path: Path, settings: Settings) -> dict[str, Any]:
    """Write background, first frame and ROI of a recording beside it; give the files, and what was found.

    Raises InputError where there is no floor.
    """
    recording, directory = _opened(path, settings)
    arena = session_arena(recording, settings, directory)
    name = f"roi_{settings.bg_roi_index:02d}"
    return {
        "roi": str(directory / f"{name}.tiff"),
        "picture": str(directory / f"{name}.png"),
        "true_depth": arena.true_depth,
        "roi_pixels": int(np.count_nonzero(arena.roi)),
        "rows": f"{arena.box.top}-{arena.box.bottom - 1}",
        "columns": f"{arena.box.left}-{arena.box.right - 1}",
        "depth_range": list(arena.depth_range),
        "plane": arena.plane.tolist(),
        "warnings": "; ".join((*recording.warnings, *arena.warnings)),
    }


def _opened(path: Path, settings: Settings) -> tuple[Recording, Path]:
    recording = recording_for(path, settings)
    directory = session_of(path).results(settings.output_dir).directory
    directory.mkdir(parents=True, exist_ok=True)
    return recording, directory
