"""From a directory of recordings to results beside each, and to one dataset over all of them."""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from swath.depth.config import deciding_parameters, peer_parameters
from swath.depth.session_results import extract_session
from swath.depth.session_tables import session_tables
from swath.depth.sessions import Session
from swath.depth.settings import Settings
from swath.depth.states import COMPLETE, NO_METADATA, SKIPPED, session_key, state_of
from swath.depth.status import ResultPaths
from swath.depth.tables import DEPTH_TABLES
from swath.engine.dataset import Dataset, is_dataset
from swath.engine.events import ChunkProgressed, tell
from swath.engine.executors import Workers, cpu_count
from swath.engine.job import Chunk, Input, Job, Result, RunSoFar, Stage
from swath.engine.run import Outcome, Running, run
from swath.engine.staging import Staging
from swath.errors import InputError, MismatchError, OutputError, SwathError
from swath.tables import QUARANTINE

JOB = "depth extract"

EXTRACTED, STOOD, FAILED = "sessions extracted", "sessions that stood already", "sessions that failed"
OTHERWISE = "sessions that stood, extracted with other parameters: --overwrite extracts them anew"
"""What a run counts."""

_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ENOMEM)
_MEMORY, _MEMORY_A_THREAD = 200 << 20, 100 << 20
_MOST_THREADS = 4


@dataclass(frozen=True)
class Task:
    """A session to extract, its name in the dataset, its parameters, and why it cannot be extracted, if so."""

    session: Session
    key: str
    settings: Settings
    why_not: str = ""

    @property
    def results(self) -> ResultPaths:
        """Where its results lie."""
        return self.session.results(self.settings.output_dir, self.settings.bg_roi_index)


@dataclass(frozen=True)
class ExtractSettings:
    """What decides the dataset beside the recordings: parameters that are not the default ones.

    ``parameters`` are those of the first session, ``sessions`` those of sessions that have others, by name.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    sessions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, tasks: Sequence[Task]) -> ExtractSettings:
        """Take the parameters of tasks, of which there is one at least."""
        first = tasks[0].settings
        others = {task.key: _not_default(task.settings) for task in tasks if task.settings != first}
        return cls(_not_default(first), others)


def _not_default(settings: Settings) -> dict[str, Any]:
    return {name: value for name, value in asdict(settings).items() if value != getattr(Settings, name)}


@dataclass(frozen=True)
class SessionStage(Stage):
    """Extracts sessions, one a chunk, and reads the results of those that are complete.

    ``anew`` extracts all; ``threads`` compute each.
    """

    tasks: tuple[Task, ...]
    anew: bool
    threads: int = 2
    name = "sessions"

    def chunk_memory(self) -> int:
        """Blocks of frames in work and waiting to be written, and layers of the results file: measured, and more."""
        return _MEMORY + self.threads * _MEMORY_A_THREAD

    def total_size(self) -> int:
        """Bytes of all recordings."""
        return sum(_size(task.session.recording) for task in self.tasks)

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:  # noqa: ARG002  (the engine's signature)
        """Yield a chunk for every session."""
        for place, task in enumerate(self.tasks):
            yield Chunk(f"s{place:06d}", _size(task.session.recording), {"place": place})

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's signature)
        """Extract a session, or take its results as they are; what goes wrong with it sets it aside.

        Beside the tables, results are written in the session's directory, each file when it is whole.
        """
        task = self.tasks[int(chunk.payload["place"])]
        try:
            what = self._extract(task, chunk)
            tables = session_tables(task.key, task.session, task.results)
        except Exception as error:
            if isinstance(error, OSError) and not isinstance(error, SwathError) and error.errno in _DISK:
                raise
            # one session's accident must not end the others
            return Result(rejects=_reject(task, chunk, error), counts={FAILED: 1})
        return Result(tables, counts=dict.fromkeys(what, 1))

    def _extract(self, task: Task, chunk: Chunk) -> tuple[str, ...]:
        """Extract a session unless it is complete, and say what was done."""
        if task.why_not:
            raise InputError(task.why_not)
        found = state_of(task.session, task.results)
        if found.state == COMPLETE and not self.anew:
            before, now = found.status.get("parameters") or {}, peer_parameters(task.settings)
            same = deciding_parameters(before) == deciding_parameters(now)
            return (STOOD,) if same else (STOOD, OTHERWISE)
        extract_session(
            task.session,
            task.settings,
            workers=self.threads,
            on_frames=lambda done, of: tell(ChunkProgressed(self.name, chunk.key, chunk.size * done // of)),
        )
        return (EXTRACTED,)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _reject(task: Task, chunk: Chunk, error: Exception) -> pa.Table:
    known = isinstance(error, SwathError)
    row = {
        "source": str(task.session.recording),
        "chunk": chunk.key,
        "row": 0,
        "reason": "session not extracted",
        "detail": error.message if isinstance(error, SwathError) else f"{type(error).__name__}: {error}",
        "raw": error.hint if known and isinstance(error, SwathError) else "",
    }
    return QUARANTINE.frame({name: pa.array([value]) for name, value in row.items()})


def plan_tasks(
    sessions: Sequence[Session], root: Path, settings: Mapping[Path, Settings], *, skip_checks: bool = False
) -> list[Task]:
    """Make tasks of sessions; ``settings`` are by recording.

    Sessions that share a directory of results, or that have no metadata (without ``skip_checks``), are not extracted,
    and say so.
    """
    tasks = [Task(session, session_key(session, root), settings[session.recording]) for session in sessions]
    places = Counter(task.results.directory for task in tasks)
    states = [state_of(task.session, task.results).state for task in tasks]
    return [
        replace(task, why_not=_why_not(task, state, places[task.results.directory], skip_checks))
        for task, state in zip(tasks, states, strict=True)
        if state != SKIPPED
    ]


def _why_not(task: Task, state: str, sharing: int, skip_checks: bool) -> str:
    if sharing > 1:
        return f"{sharing} recordings would write into {task.results.directory}: keep one a directory"
    if state == NO_METADATA and not skip_checks:
        return f"{task.session.metadata} is missing: give --skip-checks to extract without"
    return ""


def extract_job(tasks: Sequence[Task], *, anew: bool = False, threads: int = 2) -> Job:
    """Describe an extraction; raises InputError where there is nothing to extract."""
    if not tasks:
        raise InputError("there are no recordings", "check the directory and --extensions")
    inputs = tuple(Input.of(path) for task in tasks for path in _inputs(task.session))
    return Job(JOB, ExtractSettings.of(tasks), inputs, DEPTH_TABLES, (SessionStage(tuple(tasks), anew, threads),))


def _inputs(session: Session) -> Iterator[Path]:
    yield session.recording
    if session.metadata.is_file():
        yield session.metadata


def threads_for(workers: Workers) -> int:
    """How many threads compute a session: its share of this machine's processors, at most four; two on a cluster."""
    if workers.kind == "dask":
        return 2
    return min(_MOST_THREADS, max(1, cpu_count() // workers.count))


def extract(tasks: Sequence[Task], out: Path, running: Running | None = None) -> Outcome:
    """Extract sessions, each into its own directory, and make the dataset ``out`` over all of them.

    Sessions that are complete are taken as they are, whatever their parameters; ``running.overwrite`` extracts all
    anew. A run that was cut off goes on. One that finds a dataset of fewer or other sessions makes it anew, without
    extracting again what is complete. A session that cannot be extracted is set aside in the quarantine.
    Raises OutputError where ``out`` is something else, and what ``swath.engine.run.run`` raises.
    """
    running = running or Running()
    job = extract_job(tasks, anew=running.overwrite, threads=threads_for(running.workers))
    if is_dataset(out) and not running.overwrite:
        before = Dataset.open(out).manifest.content
        if before["job"] != JOB:
            raise OutputError(f"{out} is an output of swath {before['job']}", "choose another output")
        changed = before["fingerprint"] != job.fingerprint() or bool(before["rejects"]) or _any_incomplete(tasks)
        running = replace(running, overwrite=changed)
    try:
        return run(job, out, running)
    except MismatchError:
        # sessions came, changed or went since a run that was cut off; what it extracted is complete, and is read
        return run(job, out, replace(running, overwrite=True))


def _any_incomplete(tasks: Sequence[Task]) -> bool:
    return any(state_of(task.session, task.results).state != COMPLETE for task in tasks if not task.why_not)
