"""Which dark frames are stacked together, and which stack a light frame gets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Row = Mapping[str, Any]

_SAME_SENSOR = ("observer", "model", "rows", "columns", "pattern")
_SAME_SETTINGS = ("iso", "exposure")
_NEAR_DEGREES = 2.0


@dataclass(frozen=True)
class Stack:
    """Dark frames of one directory, sensor, ISO, exposure and degree: paths in order, and a hash of their contents."""

    key: tuple[Any, ...]
    directory: str
    time: datetime
    temperature: float | None
    paths: tuple[str, ...]
    digest: str

    @property
    def text(self) -> str:
        """What it is, for people."""
        iso, exposure = self.key[-2:]
        number = f"{len(self.paths)} dark frame{'s' * (len(self.paths) != 1)}"
        return f"{number} of ISO {iso}, {exposure} s in {self.directory}"


def stacks(frames: Iterable[Row]) -> list[Stack]:
    """Group the dark frames, in order of directory and settings; of copies in a directory the first counts."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    seen = set()
    for frame in sorted(frames, key=lambda frame: str(frame["path"])):
        copy = (frame["directory"], frame["hash"]) in seen
        seen.add((frame["directory"], frame["hash"]))
        if frame["type"] == "DARK" and not copy:
            groups.setdefault((frame["directory"], _degrees(frame), *_key(frame)), []).append(frame)
    return [_stack(key, group) for key, group in sorted(groups.items(), key=lambda item: str(item[0]))]


def _key(frame: Row) -> tuple[Any, ...]:
    return tuple(frame[name] for name in (*_SAME_SENSOR, *_SAME_SETTINGS))


def _degrees(frame: Row) -> int | None:
    return None if frame["temperature"] is None else round(frame["temperature"])


def _as_warm(light: Row, stack: Stack) -> bool:
    """Whether the temperatures are near; true where one of them is not known."""
    if light["temperature"] is None or stack.temperature is None:
        return True
    return bool(abs(light["temperature"] - stack.temperature) <= _NEAR_DEGREES)


def _stack(key: tuple[Any, ...], group: Sequence[Row]) -> Stack:
    contents = hashlib.sha256("".join(frame["hash"] for frame in group).encode()).hexdigest()
    time = min(datetime.fromisoformat(frame["time"]) for frame in group)
    return Stack(key[2:], key[0], time, key[1], tuple(frame["path"] for frame in group), contents)


def match(light: Row, known: Sequence[Stack]) -> tuple[Stack | None, str]:
    """The stack that a light frame gets, or None, and in words which it is or why there is none.

    Sensor, ISO and exposure must be equal, temperatures that are known within 2 °C. A stack of the same directory goes
    before others, then the nearest in time.
    """
    key = _key(light)
    sensor = [stack for stack in known if stack.key[: len(_SAME_SENSOR)] == key[: len(_SAME_SENSOR)]]
    if not sensor:
        return None, "no dark frames of this observer and sensor"
    equal = [stack for stack in sensor if stack.key == key]
    if not equal:
        return None, f"no dark frames of ISO {light['iso']} and {light['exposure']} s"
    equal = [stack for stack in equal if _as_warm(light, stack)]
    if not equal:
        return None, f"no dark frames near {light['temperature']} °C"
    time = datetime.fromisoformat(light["time"])
    here = light["directory"]
    best = min(equal, key=lambda s: (s.directory != here, abs((s.time - time).total_seconds()), s.directory))
    return best, best.text
