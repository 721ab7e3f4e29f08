"""Frames into one directory a night, by the date of their EXIF fields."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from filecmp import cmp
from pathlib import Path

from swath.errors import InputError, OutputError, UsageError
from swath.sky.config import Observer
from swath.sky.directories import find_frames
from swath.sky.header import night_of, read_header
from swath.sky.rejects import FrameError


@dataclass(frozen=True)
class Placement:
    """Where a file goes; ``target`` is None where it stays, and ``why`` says for what reason."""

    source: Path
    target: Path | None
    why: str = ""


def _copy(source: Path, target: Path) -> None:
    """Copy a file with its times; it appears whole or not at all."""
    temporary = target.with_name(f".{target.name}.tmp")
    try:
        shutil.copy2(source, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _move(source: Path, target: Path) -> None:
    shutil.move(source, target)


def _link(source: Path, target: Path) -> None:
    target.symlink_to(source.resolve())


WAYS: Mapping[str, Callable[[Path, Path], None]] = {"copy": _copy, "move": _move, "link": _link}
"""How files go to their night, by name."""


def plan_nights(source: Path, out: Path, *, recursive: bool = False) -> list[Placement]:
    """Decide where each file of a directory goes: ``out``/YYYY-MM-DD, its night from noon to noon.

    The clock is the camera's. A file without a date, and one whose name another file of its night has, stays. Raises
    InputError where the directory cannot be read or holds no file.
    """
    found = find_frames(source, Observer(pattern="*"), recursive=recursive)
    if not found:
        raise InputError(f"{source} holds no files", "check the directory")
    placements, taken = [], set()
    for item in found:
        placed = _place(item.path, out)
        if placed.target in taken:
            placed = Placement(item.path, None, f"another file goes to {placed.target}")
        elif placed.target is not None and placed.target.exists():
            same = cmp(item.path, placed.target, shallow=False)
            placed = Placement(item.path, None, f"{placed.target} {'has it already' if same else 'is another file'}")
        taken.add(placed.target)
        placements.append(placed)
    return placements


def _place(path: Path, out: Path) -> Placement:
    try:
        with path.open("rb") as file:
            night = night_of(read_header(file).time)
    except FrameError as error:
        return Placement(path, None, str(error))
    except OSError as error:
        return Placement(path, None, f"cannot be read: {error.strerror}")
    return Placement(path, out / night.isoformat() / path.name)


def carry_out(placements: Sequence[Placement], way: str = "copy") -> int:
    """Copy, move or link the files to their nights, and give their number.

    Raises UsageError for another way, OutputError where a directory or file cannot be written.
    """
    if way not in WAYS:
        raise UsageError(f"there is no way {way!r}", "one of " + ", ".join(WAYS))
    done = 0
    for placement in placements:
        if placement.target is None:
            continue
        try:
            placement.target.parent.mkdir(parents=True, exist_ok=True)
            WAYS[way](placement.source, placement.target)
        except OSError as error:
            raise OutputError(
                f"cannot write {placement.target}: {error.strerror}", f"{done} files are in place; run it again"
            ) from error
        done += 1
    return done
