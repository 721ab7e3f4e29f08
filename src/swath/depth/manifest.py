"""What is to be copied where when results are gathered: names from metadata, and what the rig wrote in real time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from swath.depth.naming import naming_values, results_name, snake_case
from swath.depth.realtime import FEEDBACK, FILES, Realtime, read_feedback, read_realtime
from swath.depth.results_h5 import ACQUISITION, EXTRACTION, FRAMES, read_group
from swath.depth.status import read_status
from swath.errors import InputError

FORMAT = "{start_time}_{session_name}_{subject_name}"


@dataclass(frozen=True)
class Results:
    """An extracted session: its results file, and the status beside it."""

    h5: Path
    status: Mapping[str, Any]

    @property
    def yaml(self) -> Path:
        """The status file."""
        return self.h5.with_suffix(".yaml")

    @property
    def complete(self) -> bool:
        """Whether it is extracted, and not one to skip."""
        return self.status.get("complete") is True and not self.status.get("skip", False)


@dataclass(frozen=True)
class Copy:
    """One session to copy: under which name, with which status, and what the rig wrote in real time, by its name.

    ``named_after`` are the metadata that the name is made of. ``warnings`` say what could not be read.
    """

    results: Results
    name: str
    status: Mapping[str, Any]
    named_after: Mapping[str, Any]
    realtime: Mapping[str, Realtime] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def find_results(root: Path, form: str = "{}.yaml") -> Iterator[Results]:
    """Find results files below a directory, in order of path: HDF5 files that have frames, with a status beside them.

    ``form`` gives the status file's name of the results file's stem.
    """
    for path in sorted(root.rglob("*.h5")):
        status = path.with_name(form.format(path.stem))
        if status.is_file() and has_frames(path):
            yield Results(path, read_status(status))


def has_frames(path: Path) -> bool:
    """Say whether a file is readable HDF5 with frames in it."""
    import h5py  # noqa: PLC0415  (optional extra)

    try:
        with h5py.File(path, "r") as file:
            return FRAMES in file
    except OSError:
        return False


def session_metadata(h5: Path, *, snake: bool = True) -> dict[str, str]:
    """The metadata of a results file as texts: those of the recording, else those of the extraction, else none."""
    found: Mapping[str, Any] = {}
    for group in (ACQUISITION, EXTRACTION):
        try:
            found = read_group(h5, group)
            break
        except KeyError:
            continue
    return {snake_case(key) if snake else key: str(value) for key, value in found.items()}


def build_manifest(results: Sequence[Results], form: str = FORMAT, *, snake: bool = True) -> list[Copy]:
    """Plan the copies of sessions; ``form`` is a format string over their metadata, ``snake`` writes all in snake case.

    A session without metadata, or that lacks one that the format names, becomes ``session_000`` and so on.
    """
    copies: list[Copy] = []
    unnamed = 0
    for item in results:
        metadata = session_metadata(item.h5, snake=snake)
        try:
            name = results_name(metadata, f"{form}_{item.h5.stem}", snake=snake) if metadata else ""
        except (KeyError, ValueError, IndexError, AttributeError):
            name = ""
        if not name:
            name, unnamed = f"session_{unnamed:03d}", unnamed + 1
        copies.append(_with_realtime(Copy(item, name, item.status, naming_values(metadata))))
    return copies


def _with_realtime(copy: Copy) -> Copy:
    """Add what lies in the session's directory, above that of its results."""
    session = copy.results.h5.absolute().parent.parent
    status, realtime, warnings = dict(copy.status), {}, []
    for file, (name, dtype) in FILES.items():
        if not (session / file).is_file():
            continue
        try:
            realtime[name] = read_realtime(session / file, dtype)
            if file == FEEDBACK:
                status["feedback_timestamps"] = read_feedback(session / file)
        except (InputError, UnicodeDecodeError) as error:
            warnings.append(str(error))
    return replace(copy, status=status, realtime=realtime, warnings=tuple(warnings))
