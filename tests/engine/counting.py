"""A small job for the tests: integers of a text file, squared, and summed by their last digit."""

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from swath.engine.job import Chunk, Input, Job, Result, Stage
from swath.engine.shuffle import BucketStage, bucket_of
from swath.tables import INT64, QUARANTINE, TEXT, Column, Table

SQUARES = Table(
    "squares",
    "Numbers and their squares.",
    (Column("n", INT64, "Number."), Column("square", INT64, "Its square."), Column("parity", TEXT, "Odd or even.")),
    ("parity",),
)
SUMS = Table("sums", "Sums by key.", (Column("key", INT64, "Key."), Column("sum", INT64, "Sum of the numbers.")))


@dataclass(frozen=True)
class Settings:
    chunk: int = 10
    buckets: int = 3


@dataclass(frozen=True)
class SquareStage(Stage):
    path: Path
    settings: Settings
    name = "squares"

    def chunks(self, so_far):
        numbers = self.path.read_text().split()
        for start in range(0, len(numbers), self.settings.chunk):
            yield Chunk(f"{start:05d}", self.settings.chunk, {"numbers": numbers[start : start + self.settings.chunk]})

    def chunk_memory(self):
        return 1 << 20

    def process(self, chunk, staging):
        misbehave(chunk.key)
        good = [int(n) for n in chunk.payload["numbers"] if n.lstrip("-").isdigit()]
        bad = [n for n in chunk.payload["numbers"] if not n.lstrip("-").isdigit()]
        numbers = np.array(good, np.int64)
        parity = pa.array(["odd" if n % 2 else "even" for n in good], pa.large_string())
        frame = SQUARES.frame({"n": numbers, "square": numbers**2, "parity": parity})
        rejects = QUARANTINE.frame({"source": pa.array([str(self.path)] * len(bad)), "offset": pa.array([0] * len(bad)),
                                    "reason": pa.array(["no number"] * len(bad)), "raw": pa.array(bad)})  # fmt: skip
        keyed = pa.table({"key": numbers % 10, "n": numbers})
        buckets = bucket_of(numbers % 10, self.settings.buckets)
        return Result(
            {"squares": frame}, {"keyed": (keyed, (buckets, self.settings.buckets))}, rejects, {"numbers": len(good)}
        )


@dataclass(frozen=True)
class SumStage(BucketStage):
    buckets: int
    name = "sums"
    source = "keyed"

    def chunk_memory(self):
        return 1 << 20

    def group(self, frame, chunk, staging):
        summed = frame.group_by("key", use_threads=False).aggregate([("n", "sum")]).sort_by("key")
        return Result({"sums": SUMS.frame({"key": summed["key"], "sum": summed["n_sum"]})})


def misbehave(key):
    """Count the call; at the chunk that the environment names, die, fail, hang or wait."""
    if log := os.environ.get("COUNTING_LOG"):
        with Path(log).open("a") as file:
            file.write(f"{key}\n")
    act, _, at = os.environ.get("COUNTING_ACT", "").partition(":")
    if act and key == at:
        if act == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        elif act == "fail":
            raise OSError(28, "No space left on device")
        elif act == "wait":
            print("waiting", flush=True)
            time.sleep(1.5)


def counting_job(path, settings=None):
    settings = settings or Settings()
    stages = (SquareStage(path, settings), SumStage(settings.buckets))
    return Job("counting", settings, (Input.of(path),), (SQUARES, SUMS), stages)


def main():
    from swath.engine.executors import Workers
    from swath.engine.run import Interrupted, Running, run
    from swath.errors import SwathError

    path, out, kind = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    running = Running(Workers(kind, 1 if kind == "serial" else 2), overwrite="--overwrite" in sys.argv)
    try:
        run(counting_job(path), out, running)
    except SwathError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except Interrupted as stop:
        sys.exit(f"Interrupted: {stop}")


if __name__ == "__main__":
    main()
