"""More small jobs for the tests: one that writes chunks anew, one of sections, one that tells of its process."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from counting import SQUARES, Settings, SquareStage, counting_job, misbehave

from swath.engine.job import Chunk, Input, Job, Result, Stage
from swath.tables import INT64, TEXT, Column, Table

NUMBERS = Table("numbers", "Numbers.", (Column("n", INT64, "Number."), Column("by", TEXT, "Who wrote it.")))
WORDS = Table("words", "Words.", (Column("n", INT64, "Place."), Column("word", TEXT, "Word.")), ("word",))
PROBES = Table("probes", "What a worker is like.", (Column("name", TEXT, "Of what."), Column("value", TEXT, "What.")))


@dataclass(frozen=True)
class FirstStage(Stage):
    """Writes each chunk of integers."""

    path: Path
    name = "first"
    by = "first"

    def chunks(self, so_far):
        numbers = self.path.read_text().split()
        for start in range(0, len(numbers), 10):
            yield Chunk(f"{start:05d}", 10, {"numbers": [int(n) for n in numbers[start : start + 10]]})

    def chunk_memory(self):
        return 1 << 20

    def process(self, chunk, staging):
        misbehave(f"{self.name} {chunk.key}")
        numbers = chunk.payload["numbers"]
        frame = NUMBERS.frame({"n": pa.array(numbers, pa.int64()), "by": pa.array([self.by] * len(numbers))})
        return Result({"numbers": frame}, counts={self.by: len(numbers)})


@dataclass(frozen=True)
class AgainStage(FirstStage):
    """Writes every second chunk anew, some of them as large as before and some not."""

    name = "again"
    by = "again"
    replaces = "first"

    def chunks(self, so_far):
        for chunk in super().chunks(so_far):
            if int(chunk.key) % 20:
                yield chunk


@dataclass(frozen=True)
class SectionStage(FirstStage):
    """Writes even numbers before odd ones, over all chunks."""

    name = "sections"

    def process(self, chunk, staging):
        numbers = chunk.payload["numbers"]
        parts = [[n for n in numbers if n % 2 == parity] for parity in (0, 1)]
        return Result({"numbers": [NUMBERS.frame({"n": pa.array(part, pa.int64())}) for part in parts]})


@dataclass(frozen=True)
class WordStage(Stage):
    """Writes words into partitions named by them."""

    words: tuple
    name = "words"

    def chunks(self, so_far):
        yield Chunk("0", 1)

    def chunk_memory(self):
        return 1

    def process(self, chunk, staging):
        return Result({"words": WORDS.frame({"n": range(len(self.words)), "word": pa.array(self.words, TEXT)})})


@dataclass(frozen=True)
class ProbeStage(Stage):
    """Says what its process is like."""

    name = "probe"

    def chunks(self, so_far):
        yield from (Chunk(str(n), 1) for n in range(4))

    def chunk_memory(self):
        return 1

    def process(self, chunk, staging):
        import numba

        limits = {name: value for name, value in os.environ.items() if name.endswith("_NUM_THREADS")}
        found = limits | {"numba": numba.config.NUMBA_NUM_THREADS, "arrow": pa.cpu_count()}
        return Result({"probes": PROBES.frame({"name": list(found), "value": [str(v) for v in found.values()]})})


def job_of(stages, tables, path=None):
    return Job("test", Settings(), (Input.of(path),) if path else (), tables, tuple(stages))


def replacing_job(path):
    return job_of([FirstStage(path), AgainStage(path)], (NUMBERS,), path)


def square_job(path):
    return job_of([SquareStage(path, Settings())], (SQUARES,), path)


JOBS = {"counting": counting_job, "replacing": replacing_job, "squares": square_job}


def main():
    """Run a job by its name: ``jobs.py JOB NUMBERS OUT KIND``."""
    from swath.engine.executors import Workers
    from swath.engine.run import Interrupted, Running, run
    from swath.errors import SwathError

    name, path, out, kind = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    try:
        outcome = run(JOBS[name](path), out, Running(Workers(kind, 1 if kind == "serial" else 2)))
    except (SwathError, Interrupted) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    sys.stdout.write("unchanged\n" if outcome.unchanged else "written\n")


if __name__ == "__main__":
    main()
