"""The first pass: frames to measurements, each file read once."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from swath.engine.job import Chunk, Result, RunSoFar, Stage
from swath.engine.staging import Staging
from swath.sky.cameras import plane_offsets
from swath.sky.config import Observer
from swath.sky.directories import Found
from swath.sky.frame import Frame
from swath.sky.header import night_of
from swath.sky.opening import opened_frame
from swath.sky.rejects import FrameError, Reject, rejects_frame
from swath.sky.statistics import measure

BUCKETS = 16
MEASURED = "measured"
_FRAMES_A_CHUNK = 2


@dataclass(frozen=True)
class MeasureStage(Stage):
    """Measures every frame; what was measured before, by path, is in ``known`` and is not read again.

    ``cameras`` gives Bayer patterns by model that go before the files' own.
    """

    found: tuple[Found, ...]
    cameras: Mapping[str, str]
    largest: int
    known: Mapping[str, Mapping[str, Any]]
    name = MEASURED

    def chunk_memory(self) -> int:
        """Two files and a decoded frame: at most three times the largest, twice that where it is compressed."""
        return 4 * self.largest + (32 << 20)

    def total_size(self) -> int:
        """Bytes of all files."""
        return sum(_size(item.path) for item in self.found)

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:  # noqa: ARG002  (the engine's signature)
        """Yield a chunk for every two files."""
        for start in range(0, len(self.found), _FRAMES_A_CHUNK):
            size = sum(_size(item.path) for item in self.found[start : start + _FRAMES_A_CHUNK])
            yield Chunk(f"f{start:07d}", size, {"start": start})

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's signature)
        """Measure the chunk's frames, and send each to the bucket of its directory."""
        start = int(chunk.payload["start"])
        made, rejects, buckets = [], [], []
        for row, item in enumerate(self.found[start : start + _FRAMES_A_CHUNK]):
            try:
                made.append(json.dumps(self._measured(item)))
            except FrameError as error:
                rejects.append(Reject(str(item.path), row, error))
            else:
                buckets.append(zlib.crc32(str(item.path.parent).encode()) % BUCKETS)
        frame = pa.table({MEASURED: pa.array(made, pa.large_string())})
        shuffled = {MEASURED: (frame, (np.array(buckets, np.int32), BUCKETS))}
        return Result(shuffled=shuffled, rejects=rejects_frame(rejects, chunk.key))

    def _measured(self, item: Found) -> Mapping[str, Any]:
        if item.observer is None:
            raise FrameError("no configuration of its observer", f"none is known for {item.path}")
        known = self.known.get(str(item.path))
        if known is not None:
            return {"frame": known["frame"], "planes": known["planes"]}
        with opened_frame(item.path, self.cameras) as frame:
            return {
                "frame": describe(item.path, item.observer, frame),
                "planes": list(_planes(item.observer, frame)),
            }


def describe(path: Path, observer: Observer, frame: Frame) -> dict[str, Any]:
    """Give a frame's row of the table of frames, without its session and its darks; times as ISO texts."""
    stat, header = path.stat(), frame.header
    return {
        "observer": observer.observer,
        "night": night_of(observer.local_time(header.time)).isoformat(),
        "path": str(path),
        "name": path.name,
        "directory": str(path.parent),
        "bytes": stat.st_size,
        "mtime_ns": stat.st_mtime_ns,
        "hash": frame.digest,
        "type": header.kind or observer.frame_type(path),
        "time": header.time.isoformat(),
        "model": header.model,
        "pattern": frame.pattern,
        "rows": frame.shape[0],
        "columns": frame.shape[1],
        "white": frame.white,
        "iso": header.iso,
        "exposure": header.exposure,
        "f_number": observer.f_number if header.f_number is None else header.f_number,
        "focal_length": observer.focal_length if header.focal_length is None else header.focal_length,
        "temperature": header.temperature,
        "bias": observer.bias,
        "organization": observer.organization,
        "email": observer.email,
        "location": observer.location,
    }


def _planes(observer: Observer, frame: Frame) -> Iterator[dict[str, Any]]:
    """Yield what was measured, by region and plane; raises FrameError where a region lies outside."""
    offsets = plane_offsets(frame.pattern)
    shapes = (np.array(frame.shape) - offsets + 1) // 2
    rows, columns = (int(number) for number in shapes.min(axis=0))
    placed = {region.name: region.place(*(int(number) for number in shapes[1])) for region in observer.regions}
    boxes = {name: box.within(rows, columns) for name, box in placed.items()}
    pixels = frame.rows(2 * max(box.y2 for box in boxes.values()))
    for name, box in boxes.items():
        for found in measure(pixels, offsets, box, frame.white):
            numbers = {**asdict(found), "mean": found.mean, "variance": found.variance}
            yield {"region": name, "box": placed[name].text, **numbers}


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
