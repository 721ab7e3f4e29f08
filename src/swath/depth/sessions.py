"""Finding the recordings below a directory, and what has become of each."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from swath.depth.acquisition import NAME as METADATA
from swath.depth.status import ResultPaths, is_complete
from swath.errors import InputError

ARCHIVE = r"session_\d+\.(?:tgz|tar\.gz)"
"""Names of archives of sessions, as a regular expression for the whole name."""

EXTENSIONS = (".dat",)
_FILMS = (".avi", ".mkv")
_INFRARED = "ir"
_ARCHIVE_ENDINGS = (".tar.gz", ".tgz", ".tar")


@dataclass(frozen=True)
class Session:
    """A recording and where its results go; ``metadata`` is the file that was noted at its recording."""

    recording: Path
    directory: Path
    metadata: Path

    @property
    def name(self) -> str:
        """The session's name: that of its directory, or of its archive without the ending."""
        stem = archive_stem(self.recording.name)
        return stem or self.directory.absolute().name

    def results(self, output_dir: str | Path = "proc", index: int = 0) -> ResultPaths:
        """Where its results lie; a relative ``output_dir`` is one of the session's directory."""
        return ResultPaths(self.directory / output_dir, index)


def archive_stem(name: str) -> str:
    """The name of an archive without its ending; empty for what is no archive."""
    ending = next((ending for ending in _ARCHIVE_ENDINGS if name.endswith(ending)), None)
    return name.removesuffix(ending) if ending else ""


def session_of(recording: Path) -> Session:
    """The session of one recording.

    The results of an archive go into a directory of its name beside it, so that several archives can lie together.
    """
    stem = archive_stem(recording.name)
    if stem:
        return Session(recording, recording.parent / stem, recording.parent / f"{stem}.json")
    return Session(recording, recording.parent, recording.parent / METADATA)


def find_sessions(root: Path, *, extensions: Sequence[str] = EXTENSIONS, archive: str = ARCHIVE) -> list[Session]:
    """Find all recordings below a directory, in order of path: files with these endings, and archives by their names.

    Infrared films, whose names begin with ``ir``, are none. Raises InputError where ``root`` is no directory.
    """
    if not root.is_dir():
        raise InputError(f"there is no directory {root}", "give the directory of the sessions")
    pattern = re.compile(archive)
    return [session_of(path) for path in _walk(root) if _is_recording(path.name, extensions, pattern)]


def recordings_in(root: Path, extensions: Sequence[str] = EXTENSIONS) -> list[Path]:
    """The recordings one level below a directory, in order of path."""
    return sorted(path for ending in extensions for path in root.glob(f"*/*{ending}") if path.is_file())


def unextracted(sessions: Sequence[Session], output_dir: str = "proc", *, skip_checks: bool = False) -> list[Session]:
    """Those sessions that have metadata and are not complete; with ``skip_checks`` all of them."""
    return [
        session
        for session in sessions
        if skip_checks or (has_metadata(session) and not is_complete(session.results(output_dir).status))
    ]


def has_metadata(session: Session) -> bool:
    """Say whether the session's metadata lie beside it; those of an archive may be inside."""
    return session.metadata.is_file() or bool(archive_stem(session.recording.name))


def films_instead(root: Path) -> int:
    """Count the films below a directory, for a hint where no raw recordings are found."""
    return sum(path.suffix in _FILMS and not path.name.startswith(_INFRARED) for path in _walk(root))


def _is_recording(name: str, extensions: Sequence[str], archive: re.Pattern[str]) -> bool:
    if archive.fullmatch(name):
        return True
    return any(name.endswith(ending) for ending in extensions) and not name.startswith(_INFRARED)


def _walk(root: Path) -> Iterator[Path]:
    """All files below a directory, but those of Swath's datasets."""
    for directory, below, names in os.walk(root):
        below[:] = sorted(name for name in below if not (Path(directory) / name / "_swath").is_dir())
        for name in sorted(names):
            yield Path(directory) / name
