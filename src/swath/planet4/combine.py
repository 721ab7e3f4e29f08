"""Combining as a job: the clusters of each tile, fans and blotches, become its final markings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.engine.job import Chunk, Job, Result, RunSoFar, Stage
from swath.engine.run import Outcome, Running, run
from swath.engine.staging import Staging
from swath.errors import UsageError
from swath.planet4.fnotch import Clusters, Combined, combine_tiles, combine_tiles_as_published
from swath.planet4.steps import StepTable
from swath.planet4.tables import COMBINED, FNOTCHES

_NUMBERS = ("image_x", "image_y", "angle", "distance", "spread", "n_votes")


@dataclass(frozen=True)
class CombineSettings:
    """The vote ratio that a marking needs more than to win, and whether to repeat the accidents of the production."""

    cut: float = 0.5
    as_published: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.cut <= 1:
            raise UsageError(f"a cut of {self.cut} is out of range", "give a vote ratio from 0 to 1")


@dataclass(frozen=True)
class CombineStage(Stage):
    """The pass over the parts of the clusters; the clusters of a tile stand in one."""

    clusters: StepTable
    settings: CombineSettings
    name = "combine"

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:  # noqa: ARG002  (the engine's signature)
        """Yield the parts."""
        return self.clusters.chunks()

    def total_size(self) -> int:
        """Bytes of all parts."""
        return self.clusters.total_size()

    def chunk_memory(self) -> int:
        """What the largest part takes, as columns and again as rows."""
        return self.clusters.part_memory()

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's signature)
        """Combine the tiles of one part."""
        rows = self.clusters.read(chunk)
        fan = pc.equal(rows["marking"], "fan").to_numpy()
        tiles = _tiles(rows)
        sources = np.flatnonzero(fan), np.flatnonzero(~fan)
        fans, blotches = (_clusters(rows, tiles, positions) for positions in sources)
        combining = combine_tiles_as_published if self.settings.as_published else combine_tiles
        combined = combining(fans, blotches, self.settings.cut)
        kept = _kept(rows, tiles, sources, combined)
        counts = {
            "clusters": rows.num_rows,
            "opposing fans": combined.opposing,
            "fnotches": combined.fnotches.fans.size,
            "final markings": len(pc.unique(kept["marking_id"])),
        }
        return Result({COMBINED.name: kept, FNOTCHES.name: _fnotches(rows, sources, combined)}, counts=counts)


def _tiles(rows: pa.Table) -> npt.NDArray[np.int64]:
    """A number for each row's tile, in order."""
    begins = np.ones(rows.num_rows, np.bool_)
    for name in ("obsid", "tile_id"):
        codes = rows[name].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
        begins[1:] = codes[1:] != codes[:-1] if name == "obsid" else begins[1:] | (codes[1:] != codes[:-1])
    return np.cumsum(begins) - 1


def _clusters(rows: pa.Table, tiles: npt.NDArray[np.int64], positions: npt.NDArray[np.int64]) -> Clusters:
    count = int(tiles[-1]) + 1 if tiles.size else 0
    offsets = np.searchsorted(tiles[positions], np.arange(count + 1)).astype(np.int64)
    chosen = rows.select(_NUMBERS).take(pa.array(positions))
    columns = {name: chosen[name].cast(pa.float64()).to_numpy() for name in _NUMBERS}
    return Clusters(columns, offsets)


def _kept(
    rows: pa.Table, tiles: npt.NDArray[np.int64], sources: tuple[npt.NDArray[np.int64], ...], combined: Combined
) -> pa.Table:
    """The final markings: by tile fans and then blotches, those of no pair first; a winner of several pairs repeats."""
    positions = np.concatenate([sources[0][combined.fans], sources[1][combined.blotches]])
    ratios = np.concatenate([combined.fan_ratio, combined.blotch_ratio])
    order = np.argsort(tiles[positions], kind="stable")
    columns = rows.take(pa.array(positions[order]))
    arrays = {name: columns[name] for name in columns.column_names}
    return COMBINED.frame({**arrays, "vote_ratio": pa.array(ratios[order], from_pandas=True)})


def _fnotches(rows: pa.Table, sources: tuple[npt.NDArray[np.int64], ...], combined: Combined) -> pa.Table:
    pairs = combined.fnotches
    fans = rows.take(pa.array(sources[0][pairs.fans]))
    blotches = rows.take(pa.array(sources[1][pairs.blotches]))
    return FNOTCHES.frame(
        {
            "tile_id": fans["tile_id"],
            "obsid": fans["obsid"],
            "fan_id": fans["marking_id"],
            "blotch_id": blotches["marking_id"],
            "distance": pairs.distance,
            "fan_votes": fans["n_votes"],
            "blotch_votes": blotches["n_votes"],
            "fan_ratio": pairs.fan_ratio,
            "blotch_ratio": pairs.blotch_ratio,
        }
    )


def combine_job(clusters: str | Path, settings: CombineSettings) -> Job:
    """Describe the combining of an output of ``planet4 cluster``; raises InputError for another."""
    table = StepTable.open(clusters, "clusters", "swath planet4 cluster")
    return Job("planet4 combine", settings, table.inputs(), (COMBINED, FNOTCHES), (CombineStage(table, settings),))


def combine(
    clusters: str | Path,
    out: str | Path,
    *,
    settings: CombineSettings | None = None,
    running: Running | None = None,
) -> Outcome:
    """Combine the clusters of each tile into the dataset ``out``, with the tables ``combined`` and ``fnotches``.

    Raises InputError for what is no output of ``planet4 cluster``, and what ``swath.engine.run.run`` raises.
    """
    return run(combine_job(clusters, settings or CombineSettings()), out, running)
