"""The output of one step of the production as the input of the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from swath.engine.dataset import Dataset
from swath.engine.job import Chunk, Input
from swath.errors import InputError

_EXPANSION = 16
_BASE_MEMORY = 96 << 20


@dataclass(frozen=True)
class StepTable:
    """A table of an output, whose parts are taken one by one, in row order."""

    root: Path
    name: str

    @classmethod
    def open(cls, path: str | Path, name: str, command: str) -> StepTable:
        """Take a table of an output; raises InputError where it has none of the name, which ``command`` writes."""
        dataset = Dataset.open(path)
        if name not in dataset.manifest.tables:
            made_by = dataset.manifest.content["job"]
            raise InputError(f"{path} has no {name}: it is an output of {made_by}", f"give an output of {command}")
        return cls(Path(path), name)

    def inputs(self) -> tuple[Input, ...]:
        """The files as they stand."""
        return tuple(Input.of(path) for path in Dataset.open(self.root).files(self.name))

    def chunks(self) -> Iterator[Chunk]:
        """Yield the parts."""
        for number, part in enumerate(Dataset.open(self.root).manifest.parts_of(self.name)):
            yield Chunk(f"{number:06d}", part["bytes"], {"part": str(self.root / part["path"])})

    def total_size(self) -> int:
        """Bytes of all parts."""
        return sum(part["bytes"] for part in Dataset.open(self.root).manifest.parts_of(self.name))

    def part_memory(self) -> int:
        """Bytes of memory that work on the largest part takes, which is compressed."""
        parts = Dataset.open(self.root).manifest.parts_of(self.name)
        return _EXPANSION * max((part["bytes"] for part in parts), default=0) + _BASE_MEMORY

    def read(self, chunk: Chunk) -> pa.Table:
        """Read the part of a chunk."""
        return pq.read_table(chunk.payload["part"], partitioning=None).combine_chunks()
