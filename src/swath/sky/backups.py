"""Backups of a store: whole copies beside it, by time."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from swath.errors import InputError, OutputError
from swath.sky.store import open_sky_store

_TIME = "%Y%m%dT%H%M%S"


def back_up(store: str | Path, directory: str | Path, comment: str = "") -> Path:
    """Copy a store to ``directory``/NAME.YYYYMMDDThhmmss (UTC), whole or not at all, and give the copy's path.

    ``comment`` is kept beside it. Raises OutputError for what is no store, and where the copy cannot be written.
    """
    root = open_sky_store(Path(store)).root.resolve()
    copy = Path(directory) / f"{root.name}.{datetime.now(UTC).strftime(_TIME)}"
    if copy.exists():
        raise OutputError(f"{copy} stands already", "wait a second")
    _copy_tree(root, copy)
    if comment:
        (copy / "_swath" / "comment.txt").write_text(comment + "\n", encoding="utf-8")
    return copy


def backups(directory: str | Path) -> list[dict[str, Any]]:
    """List the backups in a directory, oldest first: name, frames, when it was made, comment."""
    listed = []
    for path in sorted(Path(directory).glob("*.*T*")):
        try:
            dataset = open_sky_store(path)
        except OutputError:
            continue
        comment = path / "_swath" / "comment.txt"
        listed.append(
            {
                "name": path.name,
                "frames": dataset.manifest.tables["frames"]["rows"],
                "made": dataset.manifest.content["created_at"],
                "comment": comment.read_text(encoding="utf-8").strip() if comment.is_file() else "",
            }
        )
    return listed


def restore(backup: str | Path, store: str | Path) -> None:
    """Put a backup in the place of a store, which stands until the backup is copied whole.

    Raises OutputError where the backup is no store, or the place holds something else; InputError where they are one.
    """
    source, place = open_sky_store(Path(backup)).root.resolve(), Path(store).resolve()
    if source == place:
        raise InputError(f"{backup} is the store itself", "give the backup first, then the store")
    if place.exists():
        open_sky_store(place)
    _copy_tree(source, place.with_name(place.name + ".restored"))
    clear_all(place)
    place.with_name(place.name + ".restored").rename(place)
    (place / "_swath" / "comment.txt").unlink(missing_ok=True)


def clear_all(store: str | Path) -> None:
    """Delete a store; raises OutputError for what is none."""
    place = Path(store)
    if not place.exists():
        return
    open_sky_store(place)
    # renamed first: a half-deleted directory must not look like a store
    gone = place.with_name(place.name + ".deleted")
    shutil.rmtree(gone, ignore_errors=True)
    place.rename(gone)
    shutil.rmtree(gone)


def _copy_tree(source: Path, target: Path) -> None:
    temporary = target.with_name(f".{target.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        shutil.copytree(source, temporary)
        temporary.rename(target)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise OutputError(f"cannot write {target}: {error.strerror or error}", "check the directory") from error
