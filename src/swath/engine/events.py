"""What a run tells while it goes on: plain events, drawn or logged by whoever listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from swath.engine.staging import Record


@dataclass(frozen=True)
class StageStarted:
    """A pass over chunks begins; ``total`` is its bytes of input where known, ``done`` what an earlier run did."""

    stage: str
    total: int | None
    done: int = 0


@dataclass(frozen=True)
class ChunkFinished:
    """A chunk was written, now or (``resumed``) by an earlier run."""

    stage: str
    record: Record
    seconds: float
    resumed: bool = False


@dataclass(frozen=True)
class ChunkProgressed:
    """A long chunk went on: ``bytes`` of its input are done. Only chunks that this process does tell it."""

    stage: str
    chunk: str
    bytes: int


@dataclass(frozen=True)
class StageFinished:
    """All chunks of a stage are written; ``seconds`` is its wall time."""

    stage: str
    chunks: int
    seconds: float


@dataclass(frozen=True)
class Noticed:
    """Something that a user should know and that is no error."""

    message: str


Event = StageStarted | ChunkProgressed | ChunkFinished | StageFinished | Noticed
Listener = Callable[[Event], None]


@dataclass
class StageClock:
    """A listener that keeps each stage's wall time, for reports."""

    seconds: dict[str, float] = field(default_factory=dict)

    def __call__(self, event: Event) -> None:
        """Take an event."""
        if isinstance(event, StageFinished):
            self.seconds[event.stage] = event.seconds


def unheard(_event: Event) -> None:
    """Listen to nothing."""


_listening: list[Listener] = []


@contextmanager
def listened_to_by(listener: Listener) -> Iterator[None]:
    """Let a listener hear what chunks of this process tell."""
    _listening.append(listener)
    try:
        yield
    finally:
        _listening.remove(listener)


def tell(event: Event) -> None:
    """Tell an event from within a chunk; in a process that nobody listens in, it is lost."""
    if _listening:
        _listening[-1](event)
