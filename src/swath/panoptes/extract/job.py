"""Extraction as a job: from a classification export to one table of extracts for each extractor."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.engine.events import Noticed, tell
from swath.engine.job import Chunk, Input, Job, Result, RunSoFar
from swath.engine.run import Outcome, Running, run
from swath.engine.staging import Record, Staging
from swath.errors import UsageError
from swath.panoptes.chunks import Cells, ExportStage
from swath.panoptes.classifications import text_or_null, user_ids
from swath.panoptes.exports import Export
from swath.panoptes.extract.entries import Source, extracts_of, reads_metadata
from swath.panoptes.extract.metadata import Metadata
from swath.panoptes.extract.run import prepare
from swath.panoptes.extract.settings import ExtractSettings, read_settings
from swath.panoptes.extract.tables import extract_table
from swath.panoptes.extract.tasks import EVERY_TASK, OF_TASK, Annotations
from swath.panoptes.missing import unless_missing
from swath.panoptes.quarantine import Rejects
from swath.panoptes.records import Records
from swath.panoptes.text import TextColumn
from swath.panoptes.values import text_column, time_texts, times
from swath.panoptes.versions import LATEST, order_of
from swath.panoptes.wide import LayOutStage, to_lay_out

_REQUIRED = (
    "classification_id", "user_name", "user_id", "workflow_id", "workflow_version", "created_at", "metadata",
    "annotations", "subject_ids",
)  # fmt: skip

OF_WORKFLOW, OF_VERSION, EXTRACTED = "of the workflow", "of the version", "classifications"
_USUAL_TIME = r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} UTC$"
ANONYMOUS = "rows without a user id"


@dataclass(frozen=True)
class ExtractStage(ExportStage):
    """The pass that turns chunks of the export into extracts."""

    settings: ExtractSettings
    name = "extract"
    wanted = _REQUIRED

    def chunk_memory(self) -> int:
        """About eight times the chunk: the text, its tape, the annotations' texts, the extracts."""
        return 8 * self.chunk_size + (64 << 20)

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's signature)
        """Read the chunk's classifications of the workflow, and extract them."""
        records, rejects = self.read(chunk)
        everything = Cells(records, rejects, np.flatnonzero(rejects.good))
        fields = everything.fields("user_id")
        counts = {ANONYMOUS: int((fields.starts == fields.stops).sum())}
        cells, counted = self._chosen(everything)
        source = self._source(cells)
        frames, problems, good = {}, [], cells.good()
        for key in self.settings.keys:
            frames[key], failed = extracts_of(source, key, self.settings.entries_of(key))
            if not good.all():
                frames[key] = frames[key].filter(pa.array(good[frames[key]["row"].to_numpy()]))
            frames[key] = frames[key].drop_columns(["row"])
            problems += failed
        cells.reject(problems)
        if not rejects.good.all():
            _tell_ids(records, rejects)
        unlaid = {name: to_lay_out(frame) for name, frame in frames.items()}
        return Result(shuffled=unlaid, rejects=rejects.frame(), counts=counts | counted | source.annotations.counted())

    def _chosen(self, cells: Cells) -> tuple[Cells, dict[str, int]]:
        """Keep the rows of the workflow and of its versions."""
        workflows = cells.integers("workflow_id") == self.settings.workflow_id
        versions = within(cells, self.settings)
        chosen = cells.only(cells.good() & workflows & versions)
        counts = {OF_WORKFLOW: int(workflows.sum()), OF_VERSION: int(versions.sum()), EXTRACTED: chosen.rows.size}
        return chosen, counts

    def _source(self, cells: Cells) -> Source:
        """Read the columns that extracts are made of; the frame numbers its rows, so that bad ones can be left out."""
        subjects = cells.texts("subject_ids")
        ids = cells.integers("classification_id")
        created_at, written_at = _created(cells)
        distinct, versions = cells.distinct_texts("workflow_version")
        meta = pa.table(
            {
                "row": np.arange(cells.rows.size),
                "classification_id": ids,
                "user_name": self._user_names(cells),
                "user_id": user_ids(cells),
                "workflow_id": np.full(cells.rows.size, self.settings.workflow_id),
                "workflow_version": distinct.arrow().take(pa.array(versions)),
                "created_at": created_at,
                "written_at": written_at,
                "subject_id": first_subject(subjects),
                "subject": subjects.arrow(~subjects.empty),
            }
        )
        annotations = Annotations.of(cells, cells.json("annotations"))
        metadata = Metadata.of(cells, whole=any(map(reads_metadata, self.settings.entries)))
        return Source(annotations, metadata, meta, self.settings.compat)

    def _user_names(self, cells: Cells) -> pa.Array:
        """The names of users; the peer, which pandas reads for, has none for a user who is called null."""
        names = text_or_null(cells, "user_name")
        return unless_missing(names) if self.settings.compat else names


def _tell_ids(records: Records, rejects: Rejects) -> None:
    """Tell the quarantine the ids of all rows that have them."""
    rows = np.arange(len(records))
    for column, name in (("classification_id", "classification_id"), ("subject_ids", "subject_id")):
        ids = first_subject(records.texts(column, rows))
        known = ids.is_valid().to_numpy(zero_copy_only=False)
        rejects.know(name, rows[known], pc.fill_null(ids, 0).to_numpy()[known])


def within(cells: Cells, settings: ExtractSettings) -> npt.NDArray[np.bool_]:
    """Which rows are of the wanted versions; a row whose version is none is rejected."""
    distinct, groups = cells.distinct_texts("workflow_version")
    orders = np.array([_order(distinct, row) for row in range(len(distinct))], np.int64)
    wrong = np.flatnonzero(orders[groups] < 0)
    cells.reject([(wrong, "workflow_version is not a version", "such as 52.76 is expected")])
    return settings.versions.holds(orders[groups]) & (orders[groups] >= 0)


def _order(texts: TextColumn, row: int) -> int:
    try:
        return min(order_of(texts.at(row), ""), LATEST)
    except UsageError:
        return -1


def _created(cells: Cells) -> tuple[pa.Array, pa.Array]:
    """When classifications were made, and the texts that are no such time or are written otherwise."""
    texts = cells.texts("created_at")
    read, written = times(texts), texts.arrow()
    if read.null_count == 0 and text_column(time_texts(read)).equals(texts):
        return read, pa.nulls(len(texts), written.type)
    usual = pc.and_(read.is_valid(), pc.match_substring_regex(written, _USUAL_TIME))
    return read, pc.if_else(usual, pa.scalar(None, written.type), written)


def first_subject(texts: TextColumn) -> pa.Array:
    """The first of the ids in ``subject_ids``, null where there is none."""
    ids, good = texts.integers()
    if good.all():
        return pa.array(ids)
    first = pc.struct_field(pc.extract_regex(texts.arrow(), r"^\s*(?P<id>\d{1,18})"), "id")
    return first.cast(pa.int64())


def check_found(records: Iterable[Record], settings: ExtractSettings) -> None:
    """Raise UsageError where the chunks of an export held nothing that was asked for; tell of a task that none has."""
    records = list(records)
    for count, what in (
        (OF_WORKFLOW, f"of workflow {settings.workflow_id}"),
        (OF_VERSION, "of a version that the configuration names"),
        (EXTRACTED, "of the workflow and the version that the configuration names"),
    ):
        if records and not any(record.counts.get(count) for record in records):
            raise UsageError(f"the export has no classification {what}", "is it the right export, or configuration?")
    seen = {name.removeprefix(OF_TASK) for record in records for name in record.counts if name.startswith(OF_TASK)}
    for task in dict.fromkeys(entry.task for entry in settings.entries):
        if seen and task not in seen and task != EVERY_TASK:
            close = difflib.get_close_matches(task, sorted(seen), 1, 0.4)
            meant = f"; is {close[0]} meant?" if close else ""
            tell(Noticed(f"no classification has an answer to task {task}, which the configuration names{meant}"))


@dataclass(frozen=True)
class ExtractTables(LayOutStage):
    """The second pass: it refuses an export that holds nothing of the workflow, and lays out the tables."""

    settings: ExtractSettings

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:
        """Yield the chunks of the first pass; raises UsageError where the export holds nothing that was asked for."""
        check_found(so_far.done(self.source).values(), self.settings)
        return super().chunks(so_far)


def extract_job(classifications: Sequence[str | Path], settings: ExtractSettings) -> Job:
    """Describe an extraction; raises InputError for a file that is no export, UsageError for a wrong configuration."""
    for entry in settings.entries:
        prepare(entry.key, entry.keywords, compat=settings.compat)
    exports = tuple(Export.open(Path(path), _REQUIRED) for path in classifications)
    inputs = tuple(Input.of(Path(path)) for path in classifications)
    tables = tuple(extract_table(key) for key in settings.keys)
    first = ExtractStage(exports, settings.chunk_size, settings)
    second = ExtractTables(tables, first.name, first.chunk_memory(), settings)
    return Job("panoptes extract", settings, inputs, tables, (first, second))


def extract(
    classifications: Sequence[str | Path],
    config: str | Path,
    out: str | Path,
    *,
    compat: bool = False,
    running: Running | None = None,
) -> Outcome:
    """Extract a classification export into the dataset ``out``, one table for each extractor of ``config``.

    Raises InputError for a file that is no export, UsageError for a wrong configuration, and what
    ``swath.engine.run.run`` raises.
    """
    settings = replace(read_settings(config), compat=compat)
    return run(extract_job(classifications, settings), out, running)
