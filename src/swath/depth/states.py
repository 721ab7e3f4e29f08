"""Which sessions are extracted, which failed, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from swath.depth.manifest import has_frames
from swath.depth.sessions import EXTENSIONS, Session, find_sessions, has_metadata
from swath.depth.status import ResultPaths, read_status

COMPLETE = "complete"
SKIPPED = "skipped"
FAILED = "failed"
DAMAGED = "damaged"
RUNNING = "running"
UNFINISHED = "unfinished"
NEW = "not extracted"
NO_METADATA = "no metadata"


@dataclass(frozen=True)
class State:
    """What has become of a session: its state in a word, why in a sentence, and where its results are."""

    session: Session
    state: str
    why: str
    results: ResultPaths
    status: Mapping[str, Any]

    def as_row(self, root: Path) -> dict[str, Any]:
        """The state as a row for people; paths below ``root``."""
        metadata = self.status.get("metadata") or {}
        return {
            "session": session_key(self.session, root),
            "state": self.state,
            "subject": metadata.get("SubjectName"),
            "recording": str(self.session.recording),
            "uuid": self.status.get("uuid"),
            "why": self.why,
        }


COLUMNS = ("session", "state", "subject", "recording", "uuid", "why")


def session_key(session: Session, root: Path) -> str:
    """A session's name among those below ``root``: the path to its directory, or the directory's name at the root."""
    directory = session.directory.absolute()
    below = directory.relative_to(root.absolute()) if directory.is_relative_to(root.absolute()) else directory
    return below.as_posix() if below.parts else directory.name


def status(
    root: Path, *, output_dir: str = "proc", extensions: Sequence[str] = EXTENSIONS, index: int = 0
) -> Iterator[State]:
    """Yield the state of each session below a directory, in order of path. Raises InputError where it is none."""
    for session in find_sessions(root, extensions=extensions):
        yield state_of(session, session.results(output_dir, index))


def state_of(session: Session, results: ResultPaths) -> State:
    """The state of one session."""
    found = read_status(results.status) if results.status.is_file() else {}
    state, why = _state(session, results, found)
    return State(session, state, why, results, found)


def _state(session: Session, results: ResultPaths, found: Mapping[str, Any]) -> tuple[str, str]:
    if found.get("complete") is True:
        if not has_frames(results.h5):
            return DAMAGED, f"{results.h5.name} is missing or cannot be read"
        return (SKIPPED, "marked to be skipped") if found.get("skip") else (COMPLETE, "")
    if _is_locked(results):
        return RUNNING, "an extraction is writing it"
    if found.get("error"):
        return FAILED, str(found["error"])
    if found:
        return UNFINISHED, "its extraction was cut off: extract it again"
    return (NEW, "") if has_metadata(session) else (NO_METADATA, f"{session.metadata.name} is missing")


def lock_file(results: ResultPaths) -> Path:
    """The file that is locked while a session's results are written."""
    return results.file(".lock").with_name(f".{results.file('.lock').name}")


def _is_locked(results: ResultPaths) -> bool:
    path = lock_file(results)
    if not path.exists():
        return False
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False
