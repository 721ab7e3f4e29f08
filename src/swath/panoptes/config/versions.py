"""Choosing the version of a workflow that is configured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from swath.errors import UsageError


@dataclass(frozen=True)
class Wanted:
    """The versions that are asked for, texts such as 52 or 52.76: one, or a range from ``low`` to ``high``."""

    one: str | None = None
    low: str | None = None
    high: str | None = None

    def holds(self, version: Version) -> bool:
        """Whether a version is asked for; a bare major version, alone or as ``high``, stands for all its minor ones."""
        if self.one is not None:
            wanted = read_version(self.one)
            return wanted <= version < _next_major(wanted) if not wanted.minor else version == wanted
        if self.low is not None and version < read_version(self.low):
            return False
        if self.high is None:
            return True
        high = read_version(self.high)
        return version <= high if high.minor else version < _next_major(high)

    def as_config(self, chosen: Version) -> str | dict[str, str]:
        """What the configuration says of versions: the texts as they were typed, else the chosen version."""
        if self.one is not None:
            return self.one
        given = {name: text for name, text in (("min", self.low), ("max", self.high)) if text is not None}
        return given or str(chosen)


def read_version(text: str) -> Version:
    """Read a version; raises UsageError."""
    try:
        return Version(text)
    except InvalidVersion as error:
        raise UsageError(f"{text!r} is no version", "write such as 52.76 or 52") from error


def _next_major(version: Version) -> Version:
    return Version(f"{version.major + 1}.0")


def latest(versions: Iterable[Version], wanted: Wanted, workflow: int) -> Version:
    """The latest of the versions that are wanted; raises UsageError, which says what there is, where none is."""
    known = sorted(set(versions))
    held = [version for version in known if wanted.holds(version)]
    if held:
        return held[-1]
    shown = ", ".join(map(str, known[-12:]))
    raise UsageError(f"workflow {workflow} has no such version", f"it has {shown}")


def spans_majors(versions: Iterable[Version], wanted: Wanted) -> list[int]:
    """The major versions that are wanted, where they are several and not asked for by a single version."""
    majors = sorted({version.major for version in versions if wanted.holds(version)})
    asked = wanted.low is not None or wanted.high is not None
    return majors if asked and len(majors) > 1 else []
