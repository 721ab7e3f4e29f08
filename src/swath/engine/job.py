"""What the engine runs: jobs of stages, stages of chunks, and what a chunk gives back."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import __version__
from swath.errors import InputError
from swath.tables import Table

if TYPE_CHECKING:
    from swath.engine.staging import Part, Record, Staging

_SAMPLES = 16
_SAMPLE_BYTES = 1 << 16


@dataclass(frozen=True)
class Chunk:
    """Where a task finds its work: a key that sorts in source order, input bytes, a small payload.

    ``at_hand`` is what was read already while the chunk was found. It goes to workers of this process, and
    stays behind when a chunk goes to another: the payload says all that is needed to read it again.
    """

    key: str
    size: int
    payload: Mapping[str, Any] = field(default_factory=dict)
    at_hand: Any = field(default=None, compare=False, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "at_hand": None}


@dataclass(frozen=True)
class Result:
    """What a stage makes of one chunk.

    ``tables`` are frames by table name. Several frames of a table are its sections: in the order of the files, the
    first sections of all chunks stand before all the second ones. ``shuffled`` are frames by name that a later stage
    groups, with each row's bucket and the number of buckets. ``rejects`` is a frame of the quarantine table;
    ``counts`` are numbers that the run adds up. ``written`` gives the bytes of files that the stage wrote itself, each
    whole by a rename, by their absolute paths: shards of an array that lies elsewhere. The run keeps them as they are,
    and does the chunk again where one is gone or of another size. ``carried`` are parts of an earlier output; their
    names must be none that a chunk of this run gives.
    """

    tables: Mapping[str, pa.Table | Sequence[pa.Table]] = field(default_factory=dict)
    shuffled: Mapping[str, tuple[pa.Table, tuple[npt.NDArray[np.int32], int]]] = field(default_factory=dict)
    rejects: pa.Table | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    written: Mapping[str, int] = field(default_factory=dict)
    carried: Sequence[Carried] = ()


@dataclass(frozen=True)
class Carried:
    """A part of an earlier output, below ``root``, that the output of this run takes over as it is."""

    root: Path
    part: Part


@dataclass(frozen=True)
class RunSoFar:
    """What a run has written when a stage begins: its staging directory, and records by stage and chunk key."""

    staging: Staging
    records: Mapping[str, Mapping[str, Record]]

    def done(self, stage: str) -> Mapping[str, Record]:
        """The records of a stage's finished chunks."""
        return self.records.get(stage, {})


class Stage(ABC):
    """One pass over chunks. A stage pickles: it holds paths and settings, never data.

    ``replaces`` names an earlier stage whose chunks of the same keys this stage writes anew.
    """

    name: str
    replaces: str = ""

    @abstractmethod
    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:
        """Yield the chunks in source order; the same ones at every call. Those that are done need no preparation."""

    @abstractmethod
    def process(self, chunk: Chunk, staging: Staging) -> Result:
        """Turn one chunk into frames; reads its own chunk, and writes nothing but what ``Result.written`` names."""

    @abstractmethod
    def chunk_memory(self) -> int:
        """Bytes of memory that one chunk in flight takes at its peak."""

    def check(self) -> None:
        """Raise InputError for an input that is wrong as a whole; called before anything is written."""

    def total_size(self) -> int | None:
        """Bytes of input over all chunks, where it is known before the pass."""
        return None

    def release(self, chunk: Chunk, record: Record) -> None:
        """Free what was prepared for a chunk that is now done."""


@dataclass(frozen=True)
class Input:
    """An input file as it stood when the run began: a change to it is a change of the run.

    ``hash`` covers the size, the first, the last and evenly spread blocks of the file.
    """

    path: str
    size: int
    mtime_ns: int
    hash: str

    @classmethod
    def of(cls, path: Path) -> Input:
        """Take a file's identity; raises InputError where it cannot be read."""
        try:
            stat = path.stat()
            return cls(str(path.resolve()), stat.st_size, stat.st_mtime_ns, _sampled_hash(path, stat.st_size))
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}", "check the path and its permissions") from error


def _sampled_hash(path: Path, size: int) -> str:
    digest = hashlib.blake2b(str(size).encode(), digest_size=16)
    with path.open("rb") as file:
        for sample in range(_SAMPLES + 1):
            file.seek(max(0, size - _SAMPLE_BYTES) * sample // _SAMPLES)
            digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()


@dataclass(frozen=True)
class Job:
    """A whole piece of work: its name, settings (a frozen dataclass), inputs, tables and stages."""

    name: str
    settings: Any
    inputs: tuple[Input, ...]
    tables: tuple[Table, ...]
    stages: tuple[Stage, ...]

    def identity(self) -> dict[str, Any]:
        """All that decides the output: job, settings, inputs and the code that writes it."""
        return {
            "job": self.name,
            "settings": json.loads(json.dumps(asdict(self.settings), default=str)),
            "inputs": [asdict(item) for item in self.inputs],
            "versions": {"swath": __version__, "pyarrow": pa.__version__},
        }

    def fingerprint(self) -> str:
        """A short hash of the identity: two runs with one fingerprint write the same bytes."""
        text = json.dumps(self.identity(), sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
