"""The published catalogue: the final fans and blotches with what is known of their observations and places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from swath import compute as pc
from swath.engine.job import Chunk, Input, Job, Result, RunSoFar, Stage
from swath.engine.run import Outcome, Running, run
from swath.engine.staging import Staging
from swath.errors import InputError, UsageError
from swath.joins import join
from swath.planet4.lookups import load_table
from swath.planet4.marking_ids import marking_ids
from swath.planet4.steps import StepTable
from swath.planet4.tables import BLOTCHES, FANS
from swath.sql import load_sql

_CAMPT = "_campt_out.csv"
_KINDS = {"fan": FANS, "blotch": BLOTCHES}
_PREFIXES = {"fan": "F", "blotch": "B"}


@dataclass(frozen=True)
class CatalogSources:
    """What the final markings are joined with: places and metadata of the observations.

    Places are an output of ``planet4 ground``, or a directory of results of campt, ``OBSID_campt_out.csv``.
    """

    ground: Path | None = None
    campt: Path | None = None
    metadata: Path | None = None

    def __post_init__(self) -> None:
        if self.ground and self.campt:
            raise UsageError("the places are given twice", "give --ground or --campt")

    def inputs(self) -> tuple[Input, ...]:
        """The files as they stand."""
        found = [] if self.metadata is None else [Input.of(self.metadata)]
        if self.campt is not None:
            found += [Input.of(path) for path in sorted(self.campt.glob(f"*{_CAMPT}"))]
        if self.ground is not None:
            found += _ground_table(self.ground).inputs()
        return tuple(found)


@dataclass(frozen=True)
class CatalogSettings:
    """Whether the markings are numbered anew, without gaps, as the last step of the production does."""

    renumber: bool = False


def _ground_table(path: Path) -> StepTable:
    return StepTable.open(path, "ground", "swath planet4 ground")


@lru_cache(maxsize=4)
def _observations(metadata: Path | None) -> dict[str, pa.Table]:
    return {"observations": load_table("planet4/load_observations", metadata)}


@dataclass(frozen=True)
class CatalogStage(Stage):
    """The pass over the parts of the final markings; whole observations stand in one."""

    markings: StepTable
    sources: CatalogSources
    settings: CatalogSettings
    name = "catalog"

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:  # noqa: ARG002  (the engine's signature)
        """Yield the parts, each with the part of its places and with the numbers that its new ids begin at."""
        places = _ground_table(self.sources.ground).chunks() if self.sources.ground else None
        start = dict.fromkeys(_PREFIXES, 0)
        for chunk in self.markings.chunks():
            place = next(places, None) if places else None
            more = {"start": dict(start), "ground": place.payload["part"] if place else None}
            yield replace(chunk, payload={**chunk.payload, **more})
            if self.settings.renumber:
                start = _counted(start, chunk)

    def total_size(self) -> int:
        """Bytes of all parts."""
        return self.markings.total_size()

    def chunk_memory(self) -> int:
        """What the largest part takes, as columns and again as rows."""
        return 2 * self.markings.part_memory()

    def check(self) -> None:
        """Load the look-up table once."""
        _observations(self.sources.metadata)

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's signature)
        """Join the markings of one part."""
        rows = self.markings.read(chunk)
        frames = {"combined": rows, "places": self._places(rows, chunk)}
        made = {kind: self._catalogue(kind, frames, chunk) for kind in _KINDS}
        counts = {"rows of markings": rows.num_rows}
        for kind, frame in made.items():
            counts[_KINDS[kind].name] = frame.num_rows
            counts[f"{_KINDS[kind].name} without metadata"] = frame["l_s"].null_count
            counts[f"{_KINDS[kind].name} without a place"] = frame["Longitude"].null_count
        return Result({_KINDS[kind].name: frame for kind, frame in made.items()}, counts=counts)

    def _catalogue(self, kind: str, frames: dict[str, pa.Table], chunk: Chunk) -> pa.Table:
        table = _KINDS[kind]
        query = load_sql(f"planet4/catalog_{table.name}")
        key = ("catalog", self.sources.metadata)
        frame = join(key, lambda: _observations(self.sources.metadata), query, frames, {})
        columns = {name: frame[name] for name in frame.column_names}
        if self.settings.renumber:
            columns["marking_id"] = marking_ids(_PREFIXES[kind], chunk.payload["start"][kind], frame.num_rows)
        return table.frame(columns)

    def _places(self, rows: pa.Table, chunk: Chunk) -> pa.Table:
        """Where each marking of the part lies."""
        key = ("catalog", self.sources.metadata)
        frames = {"combined": rows}
        if self.sources.campt is not None:
            query, frames["campt"] = load_sql("planet4/places_of_campt"), _campt(self.sources.campt, rows)
        else:
            query, frames["ground"] = load_sql("planet4/places_of_ground"), _ground(rows, chunk)
        return join(key, lambda: _observations(self.sources.metadata), query, frames, {})


def _counted(start: dict[str, int], chunk: Chunk) -> dict[str, int]:
    """The numbers after those of the distinct fans and blotches of a part."""
    rows = pq.read_table(chunk.payload["part"], columns=["marking", "marking_id"], partitioning=None)
    found = dict(start)
    for kind in found:
        found[kind] += len(pc.unique(rows.filter(pc.equal(rows["marking"], kind))["marking_id"]))
    return found


def _ground(rows: pa.Table, chunk: Chunk) -> pa.Table:
    """The places of the part's markings; raises InputError where they are those of others."""
    from swath.planet4.tables import GROUND  # noqa: PLC0415

    part = chunk.payload["ground"]
    if part is None:
        return GROUND.frame({})
    places = pq.read_table(part, partitioning=None)
    if not places["marking_id"].equals(rows["marking_id"].cast(places["marking_id"].type)):
        raise InputError(f"{part} has the places of other markings", "run swath planet4 ground on these markings")
    return places


def _campt(directory: Path, rows: pa.Table) -> pa.Table:
    """The results of campt for the observations of the part."""
    frames = []
    for obsid in pc.unique(rows["obsid"]).to_pylist():
        path = directory / f"{obsid}{_CAMPT}"
        points = load_table("planet4/load_campt", path if path.is_file() else None)
        frames.append(points.append_column("obsid", pa.array([obsid] * points.num_rows, pa.large_string())))
    return pa.concat_tables(frames, promote_options="permissive")


def catalog_job(combined: str | Path, sources: CatalogSources, settings: CatalogSettings) -> Job:
    """Describe the making of a catalogue; raises InputError for what are no outputs of the steps before."""
    table = StepTable.open(combined, "combined", "swath planet4 combine")
    stage = CatalogStage(table, sources, settings)
    return Job("planet4 catalog", settings, table.inputs() + sources.inputs(), (FANS, BLOTCHES), (stage,))


def catalog(
    combined: str | Path,
    out: str | Path,
    *,
    sources: CatalogSources | None = None,
    settings: CatalogSettings | None = None,
    running: Running | None = None,
) -> Outcome:
    """Make the published catalogue as the dataset ``out``, with the tables ``fans`` and ``blotches``.

    Markings of an observation without metadata or places are kept, with nulls, and counted. Raises InputError for
    what are no outputs of the steps before, and what ``swath.engine.run.run`` raises.
    """
    return run(catalog_job(combined, sources or CatalogSources(), settings or CatalogSettings()), out, running)
