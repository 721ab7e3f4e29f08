"""The first pass: frames to measurements, each file read once."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from swath.engine.job import Carried, Chunk, Result, RunSoFar, Stage
from swath.engine.staging import Staging
from swath.sky.blocks import frame_blocks, is_made_of_blocks, measure_blocks, part_key, read_blocks
from swath.sky.cameras import plane_offsets
from swath.sky.config import Observer
from swath.sky.directories import Found
from swath.sky.frame import Frame
from swath.sky.header import night_of
from swath.sky.opening import opened_frame
from swath.sky.regions import PlacedRegion, place_regions, plane_size
from swath.sky.rejects import FrameError, Reject, rejects_frame
from swath.sky.statistics import PlaneStatistics, measure
from swath.sky.tables import BLOCKS

BUCKETS = 16
MEASURED = "measured"
_FRAMES_A_CHUNK = 2


@dataclass(frozen=True)
class MeasureStage(Stage):
    """Measures every frame; what was measured before, by path, is in ``known`` and is not read again.

    ``cameras`` gives Bayer patterns by model that go before the files' own. With ``keep_blocks`` the blocks of each
    frame are kept, and regions that are new to a known frame are measured from them where that can be done.
    """

    found: tuple[Found, ...]
    cameras: Mapping[str, str]
    largest: int
    known: Mapping[str, Mapping[str, Any]]
    keep_blocks: bool = False
    name = MEASURED

    def chunk_memory(self) -> int:
        """Two files and a decoded frame, at most three times the largest file, and what is kept of its blocks."""
        return (8 if self.keep_blocks else 4) * self.largest + (32 << 20)

    def total_size(self) -> int:
        """Bytes of all files."""
        return sum(_size(item.path) for item in self.found)

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:  # noqa: ARG002  (the engine's signature)
        """Yield a chunk for every two files, for each one where its blocks are kept."""
        step = 1 if self.keep_blocks else _FRAMES_A_CHUNK
        for start in range(0, len(self.found), step):
            size = sum(_size(item.path) for item in self.found[start : start + step])
            key = part_key(start, self.found[start].path) if self.keep_blocks else f"f{start:07d}"
            yield Chunk(key, size, {"start": start, "stop": start + step})

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's signature)
        """Measure the chunk's frames, and send each to the bucket of its directory."""
        made, rejects, buckets, blocks, carried = [], [], [], [], []
        for row, item in enumerate(self.found[chunk.payload["start"] : chunk.payload["stop"]]):
            try:
                measured = self._measured(item)
            except FrameError as error:
                rejects.append(Reject(str(item.path), row, error))
            else:
                made.append(json.dumps({"frame": measured.frame, "planes": measured.planes}))
                buckets.append(zlib.crc32(str(item.path.parent).encode()) % BUCKETS)
                blocks += [measured.blocks] if isinstance(measured.blocks, pa.Table) else []
                carried += [measured.blocks] if isinstance(measured.blocks, Carried) else []
        frame = pa.table({MEASURED: pa.array(made, pa.large_string())})
        shuffled = {MEASURED: (frame, (np.array(buckets, np.int32), BUCKETS))}
        tables = {BLOCKS.name: pa.concat_tables(blocks)} if blocks else {}
        return Result(tables, shuffled, rejects_frame(rejects, chunk.key), carried=carried)

    def _measured(self, item: Found) -> Measured:
        """Measure a frame, or take what is known of it."""
        if item.observer is None:
            raise FrameError("no configuration of its observer", f"none is known for {item.path}")
        known = self.known.get(str(item.path))
        if known is not None:
            planes = known["planes"] or _planes_of_blocks(item.observer, known["frame"], known["blocks"])
            if planes is not None:
                return Measured(known["frame"], planes, known["blocks"])
        with opened_frame(item.path, self.cameras) as frame:
            described = describe(item.path, item.observer, frame)
            planes = list(_planes(item.observer, frame))
            return Measured(described, planes, _blocks(item.path, frame) if self.keep_blocks else None)


@dataclass(frozen=True)
class Measured:
    """A frame's row, the rows of its planes, and its blocks, made or of the store that stands, if they are kept."""

    frame: Mapping[str, Any]
    planes: list[Any]
    blocks: pa.Table | Carried | None


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
    placed = place_regions(observer.regions, frame.shape, offsets)
    pixels = frame.rows(2 * max(region.box.y2 for region in placed))
    for region in placed:
        yield from _rows(region, measure(pixels, offsets, region.box, frame.white))


def _planes_of_blocks(observer: Observer, frame: Mapping[str, Any], kept: Carried | None) -> list[Any] | None:
    """The same from the blocks of a frame that was measured; None where a region is not made of them."""
    offsets, sensor = plane_offsets(frame["pattern"]), (frame["rows"], frame["columns"])
    placed = place_regions(observer.regions, sensor, offsets)
    size = plane_size(sensor, offsets)
    if kept is None or not all(is_made_of_blocks(region.box, *size) for region in placed):
        return None
    blocks = read_blocks(kept.root / kept.part.path)
    return [row for region in placed for row in _rows(region, measure_blocks(blocks, region.box, frame["white"]))]


def _rows(region: PlacedRegion, statistics: Iterable[PlaneStatistics]) -> Iterator[dict[str, Any]]:
    for found in statistics:
        numbers = {**asdict(found), "mean": found.mean, "variance": found.variance}
        yield {"region": region.name, "box": region.asked.text, **numbers}


def _blocks(path: Path, frame: Frame) -> pa.Table:
    offsets = plane_offsets(frame.pattern)
    return frame_blocks(str(path), frame.pixels, offsets, *plane_size(frame.shape, offsets))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
