"""Sessions taken out of a store; the files stay where they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from swath import compute as pc
from swath.engine.job import Chunk, Job, Result, RunSoFar, Stage
from swath.engine.run import Outcome, Running, run
from swath.engine.staging import Staging
from swath.errors import InputError
from swath.sky.blocks import parts_of_blocks
from swath.sky.config import Observer
from swath.sky.reduce import ReduceSettings
from swath.sky.regions import Region
from swath.sky.store import JOB, SCALAR, open_sky_store, read_table
from swath.sky.tables import BLOCKS, FRAMES, SKY_TABLES


@dataclass(frozen=True)
class KeepStage(Stage):
    """Writes a store anew without some sessions."""

    store: Path
    sessions: tuple[int, ...]
    name = "keep"

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:  # noqa: ARG002  (the engine's signature)
        """Yield the store as one chunk: a row a frame is little."""
        yield Chunk("keep", 0)

    def chunk_memory(self) -> int:
        """The rows of a store of years."""
        return 256 << 20

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's signature)
        """Keep the rows of the other sessions, and the blocks of their frames."""
        dataset, gone = open_sky_store(self.store), pa.array(self.sessions, pa.int64())
        rows = {table.name: read_table(dataset, table) for table in SKY_TABLES}
        kept = {name: frame.filter(pc.invert(pc.is_in(frame["session"], gone))) for name, frame in rows.items()}
        counts = {"frames forgotten": rows[FRAMES.name].num_rows - kept[FRAMES.name].num_rows}
        carried = [*parts_of_blocks(dataset, map(Path, kept[FRAMES.name]["path"].to_pylist())).values()]
        return Result({name: frame for name, frame in kept.items() if frame.num_rows}, counts=counts, carried=carried)


def forget(store: str | Path, sessions: tuple[int, ...], running: Running | None = None) -> Outcome:
    """Take sessions out of a store, which stands until the new one is whole.

    Raises OutputError for what is no store, InputError for a session that it does not hold.
    """
    dataset = open_sky_store(Path(store))
    held = set(read_table(dataset, FRAMES)["session"].to_pylist())
    missing = [session for session in sessions if session not in held]
    if missing:
        raise InputError(f"{store} holds no session {missing[0]}", "swath sky sessions lists them")
    settings = dataset.manifest.content["settings"]
    observers = tuple(_observer(item) for item in settings["observers"])
    stage = KeepStage(Path(store).resolve(), tuple(sorted(sessions)))
    keep_blocks = bool(settings.get("keep_blocks"))
    kept = ReduceSettings(observers, settings["cameras"], settings.get("dark", SCALAR), keep_blocks)
    job = Job(JOB, kept, (), (*SKY_TABLES, BLOCKS) if keep_blocks else SKY_TABLES, (stage,))
    how = running or Running()
    return run(job, store, Running(how.workers, how.memory, how.strict, overwrite=True, on_event=how.on_event))


def last_session(store: str | Path) -> int:
    """The session that was taken last; raises InputError for a store without frames."""
    held = read_table(open_sky_store(Path(store)), FRAMES)["session"].to_pylist()
    if not held:
        raise InputError(f"{store} holds no frames", "there is nothing to forget")
    return int(max(held))


def _observer(saved: dict[str, object]) -> Observer:
    regions = tuple(Region(**region) for region in saved["regions"])  # type: ignore[attr-defined]
    return Observer(**{**saved, "regions": regions})  # type: ignore[arg-type]
