"""The published conversion: a Planet Four classification export to the catalogue production format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from swath.engine.job import Chunk, Input, Job, Result, RunSoFar
from swath.engine.run import Outcome, Running, run
from swath.engine.staging import Record, Staging
from swath.panoptes.chunks import Cells, ExportStage, repeated_rows
from swath.panoptes.exports import Export, chunk_size_of
from swath.planet4.drawings import read_drawings
from swath.planet4.lookups import LookupFiles, check_lookups
from swath.planet4.markings import Options, Source, make_markings
from swath.planet4.tables import CLEAN_MARKINGS, MARKINGS
from swath.planet4.tiles import read_tiles

MAIN_WORKFLOW = 12978
CHUNK_SIZE = 64 << 20

_REQUIRED = (
    "classification_id",
    "user_name",
    "workflow_id",
    "workflow_version",
    "created_at",
    "annotations",
    "subject_data",
)

UNRESOLVED, FILLED_ANYWAY = "tiles without coordinates", "other gaps filled"


@dataclass(frozen=True)
class ConvertSettings:
    """What decides the output of a conversion; ``chunk_size`` is the most bytes of input in a chunk."""

    workflows: tuple[int, ...] = (MAIN_WORKFLOW,)
    clean: bool = False
    flip_blotch_angle: bool = False
    chunk_size: int = CHUNK_SIZE


@dataclass(frozen=True)
class MarkingStage(ExportStage):
    """The pass that turns chunks of the export into markings."""

    settings: ConvertSettings
    lookups: LookupFiles
    name = "markings"
    wanted = _REQUIRED

    def chunk_memory(self) -> int:
        """About five times the chunk: the text, its tape, the columns, the written part."""
        return 5 * self.chunk_size + (48 << 20)

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's signature)
        """Read the chunk's classifications and make their markings."""
        records, rejects = self.read(chunk)
        everything = Cells(records, rejects, np.flatnonzero(rejects.good))
        cells, workflows, counts = self._chosen(everything, chunk)
        ids = cells.integers("classification_id")
        rejects.know("classification_id", cells.rows, ids)
        drawings = read_drawings(cells.json("annotations"))
        tiles = read_tiles(*cells.distinct_json("subject_data"))
        rejects.know("subject_id", cells.rows, tiles.subject_id[tiles.groups])
        cells.reject([*drawings.problems, *tiles.problems])
        options = Options(self.settings.clean, self.settings.flip_blotch_angle, chunk.payload.get("fill", True))
        sections, made = make_markings(Source(cells, ids, workflows, drawings, tiles), self.lookups, options)
        return Result({MARKINGS.name: sections}, rejects=rejects.frame(), counts={**counts, **made})

    def check(self) -> None:
        """Load the look-up tables once."""
        check_lookups(self.lookups)

    def release(self, chunk: Chunk, record: Record) -> None:
        """Keep what the settling stage may have to read again."""
        if not record.counts.get(FILLED_ANYWAY):
            super().release(chunk, record)

    def _chosen(self, cells: Cells, chunk: Chunk) -> tuple[Cells, npt.NDArray[np.int64], dict[str, int]]:
        """Keep the rows of the workflows that were asked for, with their workflows, and count the others."""
        workflows = cells.integers("workflow_id")
        wanted = np.isin(workflows, self.settings.workflows)
        others, numbers = np.unique(workflows[cells.good() & ~wanted], return_counts=True)
        counts = {f"skipped: workflow {w}": int(n) for w, n in zip(others, numbers, strict=True)}
        repeated = np.isin(cells.rows, repeated_rows(chunk))
        counts["repeated classifications"] = int((wanted & repeated).sum())
        kept = cells.good() & wanted & ~repeated
        counts["classifications"] = int(kept.sum())
        return cells.only(kept), workflows[kept], counts


@dataclass(frozen=True)
class SettleStage(MarkingStage):
    """Writes anew the chunks that were filled from the tile coordinates, where the published conversion fills nothing.

    It joins the tile coordinates only if some tile of the whole export lacks its own, which no single chunk can know.
    """

    name = "settle"
    replaces = "markings"

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:
        """Yield the chunks with fillings, if no tile of the export was without coordinates."""
        records = so_far.done(self.replaces)
        if any(record.counts.get(UNRESOLVED) for record in records.values()):
            return
        again = {key for key, record in records.items() if record.counts.get(FILLED_ANYWAY)}
        if not again:
            return
        for chunk in super().chunks(replace_done(so_far, self.name, records.keys() - again)):
            if chunk.key in again:
                yield replace(chunk, payload={**chunk.payload, "fill": False})


def replace_done(so_far: RunSoFar, stage: str, keys: set[str]) -> RunSoFar:
    """Pretend that a stage's chunks of these keys are done, so that nothing is prepared for them."""
    known = so_far.done("markings")
    return RunSoFar(so_far.staging, {**so_far.records, stage: {key: known[key] for key in keys}})


def convert_job(classifications: Sequence[str | Path], lookups: LookupFiles, settings: ConvertSettings) -> Job:
    """Describe a conversion; raises InputError where a file is no such export or table."""
    exports = tuple(Export.open(Path(path), _REQUIRED) for path in classifications)
    tables = [path for path in asdict(lookups).values() if path is not None]
    inputs = tuple(Input.of(Path(path)) for path in [*classifications, *tables])
    shared = (exports, chunk_size_of(exports, settings.chunk_size), settings, lookups)
    table = CLEAN_MARKINGS if settings.clean else MARKINGS
    return Job("planet4 convert", settings, inputs, (table,), (MarkingStage(*shared), SettleStage(*shared)))


def convert(
    classifications: Sequence[str | Path],
    out: str | Path,
    *,
    lookups: LookupFiles | None = None,
    settings: ConvertSettings | None = None,
    running: Running | None = None,
) -> Outcome:
    """Convert Planet Four classification exports into the dataset ``out`` with one table, ``markings``.

    Raises InputError for a file that is no such export or table, and what ``swath.engine.run.run`` raises.
    """
    job = convert_job(classifications, lookups or LookupFiles(), settings or ConvertSettings())
    return run(job, out, running)
