"""The passes of ``--dark pixel``: master darks by stack, and light frames without theirs."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.engine.job import Chunk, Result, RunSoFar, Stage
from swath.engine.shuffle import one_bucket, read_shuffled
from swath.engine.staging import Staging
from swath.sky.cameras import plane_offsets
from swath.sky.config import Observer
from swath.sky.directories import Found
from swath.sky.frame import Frame
from swath.sky.masters import STACKS, Master, subtract
from swath.sky.matching import Stack, match, stacks
from swath.sky.measure import BUCKETS, MEASURED
from swath.sky.opening import opened_frame
from swath.sky.regions import place_regions
from swath.sky.statistics import PLANES

MASTERS, SIGNALS = "master frames", "signals"

Pixels = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class DarkStage(Stage):
    """What both passes know: the files with their observers, patterns of cameras, and signals that stand already."""

    found: tuple[Found, ...]
    cameras: Mapping[str, str]
    largest: int
    known: Mapping[str, Mapping[str, Any]]
    method: str

    def chunk_memory(self) -> int:
        """A file, a decoded frame, and the sums of a stack over the whole sensor."""
        return 12 * self.largest + (64 << 20)

    def frames(self, so_far: RunSoFar) -> list[dict[str, Any]]:
        """The rows of all measured frames, in order of path."""
        rows = []
        for key in sorted(so_far.done(MEASURED)):
            table = read_shuffled(so_far.staging.scratch / MEASURED, key)
            rows += [json.loads(text)["frame"] for text in table[MEASURED].to_pylist()] if table is not None else []
        return sorted(rows, key=lambda row: row["path"])

    def lights(self, frames: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Stack | None, str]]:
        """Yield the light frames, each with its stack, if it has one, and what is to say of it."""
        known = stacks(frames)
        for frame in frames:
            if frame["type"] == "LIGHT":
                yield (frame, *match(frame, known))

    def stands(self, frame: Mapping[str, Any], stack: Stack) -> bool:
        """Whether the signals of a light frame are known from the same stack."""
        return self.known.get(frame["path"], {}).get("dark_hash") == stack.digest

    def observer_of(self, path: str) -> Observer:
        """The observer of a file that was measured."""
        return next(item.observer for item in self.found if str(item.path) == path and item.observer is not None)

    def planes(self, path: str, frame: Frame) -> Iterator[tuple[tuple[str, str], Pixels]]:
        """Yield the pixels of each region and plane of a frame, as views."""
        offsets = plane_offsets(frame.pattern)
        placed = place_regions(self.observer_of(path).regions, frame.shape, offsets)
        pixels = frame.rows(2 * max(region.box.y2 for region in placed))
        for region in placed:
            box = region.box
            for plane, (row, column) in zip(PLANES, offsets, strict=True):
                yield (region.name, plane), pixels[row::2, column::2][box.y1 : box.y2, box.x1 : box.x2]


@dataclass(frozen=True)
class MasterStage(DarkStage):
    """Stacks the dark frames that some light frame needs."""

    name = MASTERS

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:
        """Yield a chunk a stack."""
        needed = {
            s.digest: s for f, s, _ in self.lights(self.frames(so_far)) if s is not None and not self.stands(f, s)
        }
        for digest, stack in sorted(needed.items()):
            yield Chunk(digest, 0, {"paths": list(stack.paths)})

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's signature)
        """Stack the frames of one chunk, one after the other."""
        made: dict[tuple[str, str], Any] = {}
        by_path = {str(item.path): item for item in self.found}
        for path in chunk.payload["paths"]:
            with opened_frame(by_path[path].path, self.cameras) as frame:
                for key, pixels in self.planes(path, frame):
                    if key not in made:
                        made[key] = STACKS[self.method]()
                    made[key].add(pixels)
        masters = {key: made.pop(key).master() for key in list(made)}
        rows = pa.table(
            {
                "region": [region for region, _ in masters],
                "plane": [plane for _, plane in masters],
                "rows": [master.level.shape[0] for master in masters.values()],
                "variance": [master.variance for master in masters.values()],
                "level": pa.array(
                    [memoryview(master.level).cast("B") for master in masters.values()], pa.large_binary()
                ),
            }
        )
        return Result(shuffled={MASTERS: one_bucket(rows)}, counts={"master darks": 1})


@dataclass(frozen=True)
class SubtractStage(DarkStage):
    """Subtracts from each light frame its master dark, pixel by pixel."""

    name = SIGNALS

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:
        """Yield a chunk a light frame, with its stack."""
        for number, (frame, stack, why) in enumerate(self.lights(self.frames(so_far))):
            size = frame["bytes"] if stack is not None and not self.stands(frame, stack) else 0
            payload = {"path": frame["path"], "directory": frame["directory"], "why": why}
            yield Chunk(f"s{number:07d}", size, payload | ({"stack": stack.digest} if stack is not None else {}))

    def process(self, chunk: Chunk, staging: Staging) -> Result:
        """Subtract, or take what stands already."""
        path, digest = chunk.payload["path"], chunk.payload.get("stack")
        signals = self._signals(path, digest, staging) if digest is not None else []
        made = {"path": path, "dark": chunk.payload["why"], "dark_hash": digest, "planes": signals}
        bucket = np.array([zlib.crc32(chunk.payload["directory"].encode()) % BUCKETS], np.int32)
        frame = pa.table({SIGNALS: pa.array([json.dumps(made)], pa.large_string())})
        return Result(shuffled={SIGNALS: (frame, (bucket, BUCKETS))}, counts={"without a dark": int(digest is None)})

    def _signals(self, path: str, digest: str, staging: Staging) -> list[dict[str, Any]]:
        known = self.known.get(path, {})
        if known.get("dark_hash") == digest:
            return list(known["signals"])
        masters = _masters(staging, digest)
        (file,) = [item.path for item in self.found if str(item.path) == path]
        with opened_frame(file, self.cameras) as frame:
            return [
                {"region": key[0], "plane": key[1], **asdict(subtract(pixels, masters[key]))}
                for key, pixels in self.planes(path, frame)
            ]


def _masters(staging: Staging, digest: str) -> dict[tuple[str, str], Master]:
    table = read_shuffled(staging.scratch / MASTERS, digest)
    rows = table.to_pylist() if table is not None else []
    return {
        (row["region"], row["plane"]): Master(
            np.frombuffer(row["level"], np.float32).reshape(row["rows"], -1), row["variance"]
        )
        for row in rows
    }
