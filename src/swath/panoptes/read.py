"""The pass over a classification export: one chunk of it to annotations, marks and the rest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.engine.job import Chunk, Result
from swath.engine.shuffle import bucket_of
from swath.engine.staging import Staging
from swath.panoptes.answers import ANSWER_TABLES, Answered, answer_frames
from swath.panoptes.chunks import Cells, ExportStage, repeated_rows
from swath.panoptes.classifications import created, metadata_columns, subjects, user_columns, versions
from swath.panoptes.decode import JsonColumn
from swath.panoptes.labels import Labels
from swath.panoptes.subjects import first_of_each, seen_subjects
from swath.panoptes.tables import CLASSIFICATIONS, SUBJECTS
from swath.panoptes.versions import VersionRange, version_orders

Rows = npt.NDArray[np.int64]

REQUIRED = (
    "classification_id",
    "user_name",
    "workflow_id",
    "workflow_version",
    "created_at",
    "metadata",
    "annotations",
    "subject_ids",
)
OPTIONAL = ("user_id", "user_ip", "gold_standard", "expert", "subject_data")


@dataclass(frozen=True)
class Narrowing:
    """What part of an export is converted: workflows (all where empty), versions, tables."""

    workflows: tuple[int, ...]
    version: str
    tables: tuple[str, ...]

    def wants(self, *tables: str) -> bool:
        """Whether one of the tables is wanted."""
        return any(table in self.tables for table in tables)


@dataclass(frozen=True)
class ClassificationStage(ExportStage):
    """Turns chunks of an export into annotations, survey answers, marks and their details.

    Classifications and subjects are shuffled by subject, because their last columns need all rows of a subject.
    """

    narrowing: Narrowing
    workflows: Path | None
    subjects_from_data: bool
    buckets: int
    name = "classifications"
    wanted = (*REQUIRED, *OPTIONAL)

    def chunk_memory(self) -> int:
        """About eight times the chunk: the text, its tapes, the columns, the written parts."""
        return 8 * self.chunk_size + (48 << 20)

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's signature)
        """Read the chunk's classifications and take them apart."""
        records, rejects = self.read(chunk)
        cells, counts = self._chosen(Cells(records, rejects, np.flatnonzero(rejects.good)), chunk)
        known = _read_cells(cells)
        annotations = self._annotations(cells)
        metadata = self._metadata(cells)
        subject_data = self._subject_data(cells)
        tables: dict[str, pa.Table] = {}
        if annotations is not None:
            labels = Labels(self.workflows, known.workflow_id, known.orders)
            answered = Answered(known.ids, known.workflow_id, known.subject_id, labels)
            wanted = [name for name in ANSWER_TABLES if self.narrowing.wants(name)]
            tables = answer_frames(annotations, cells, answered, wanted)
        good = cells.good()
        shuffled = {}
        if metadata is not None:
            frame = CLASSIFICATIONS.frame(known.columns | metadata_columns(metadata)).filter(pa.array(good))
            shuffled[CLASSIFICATIONS.name] = self._by_subject(frame)
        if subject_data is not None:
            distinct, told = subject_data
            shuffled[SUBJECTS.name] = self._by_subject(seen_subjects(distinct, told[good], known.workflow_id[good]))
        counts |= {"classifications": int(good.sum())} | self._majors(known, good)
        return Result(tables, shuffled, rejects.frame(), counts)

    def _annotations(self, cells: Cells) -> JsonColumn | None:
        return cells.json("annotations") if self.narrowing.wants(*ANSWER_TABLES) else None

    def _metadata(self, cells: Cells) -> JsonColumn | None:
        if not self.narrowing.wants(CLASSIFICATIONS.name):
            return None
        return cells.json_or_empty("metadata")

    def _subject_data(self, cells: Cells) -> tuple[JsonColumn, Rows] | None:
        if not self.subjects_from_data or not self.narrowing.wants(SUBJECTS.name):
            return None
        return cells.distinct_json_or_empty("subject_data")

    def _by_subject(self, frame: pa.Table) -> tuple[pa.Table, tuple[npt.NDArray[np.int32], int]]:
        return frame, (bucket_of(frame["subject_id"].to_numpy(), self.buckets), self.buckets)

    def _chosen(self, cells: Cells, chunk: Chunk) -> tuple[Cells, dict[str, int]]:
        """Keep the rows that the narrowing asks for and that repeat no earlier classification."""
        counts: dict[str, int] = {}
        wanted = np.ones(cells.rows.size, np.bool_)
        if self.narrowing.workflows:
            workflows = cells.integers("workflow_id")
            wanted = np.isin(workflows, self.narrowing.workflows)
            others, numbers = np.unique(workflows[cells.good() & ~wanted], return_counts=True)
            counts = {f"skipped: workflow {w}": int(n) for w, n in zip(others, numbers, strict=True)}
        if self.narrowing.version:
            _, major, minor = versions(cells)
            orders = version_orders(*(part.fill_null(0).to_numpy() for part in (major, minor)))
            within = VersionRange.parse(self.narrowing.version).holds(orders)
            counts["skipped: other versions"] = int((wanted & ~within & cells.good()).sum())
            wanted &= within
        chosen = cells.only(wanted & cells.good())
        _reject_repeated(chosen, repeated_rows(chunk))
        return chosen.only(chosen.good()), counts

    def _majors(self, known: _Known, good: npt.NDArray[np.bool_]) -> dict[str, int]:
        """Count the classifications by major version, where versions were asked for."""
        if not self.narrowing.version:
            return {}
        keys, numbers = np.unique(np.stack([known.workflow_id, known.majors])[:, good], axis=1, return_counts=True)
        return {
            f"workflow {workflow} version {major}": int(n) for (workflow, major), n in zip(keys.T, numbers, strict=True)
        }


@dataclass(frozen=True)
class _Known:
    """The columns of classifications that do not come from JSON, shape (rows,)."""

    ids: Rows
    workflow_id: Rows
    subject_id: Rows
    orders: Rows
    majors: Rows
    columns: dict[str, Any]


def _read_cells(cells: Cells) -> _Known:
    ids, workflow_id = cells.integers("classification_id"), cells.integers("workflow_id")
    cells.rejects.know("classification_id", cells.rows, ids)
    text, major, minor = versions(cells)
    subject_id, subject_ids = subjects(cells)
    cells.rejects.know("subject_id", cells.rows, subject_id)
    majors, minors = (part.fill_null(0).to_numpy() for part in (major, minor))
    columns = {
        "classification_id": ids,
        "workflow_id": workflow_id,
        "workflow_version": text,
        "version_major": major,
        "version_minor": minor,
        "created_at": created(cells),
        "subject_id": subject_id,
        "subject_ids": subject_ids,
        **user_columns(cells),
    }
    return _Known(ids, workflow_id, subject_id, version_orders(majors, minors), majors, columns)


def _reject_repeated(cells: Cells, earlier: Rows) -> None:
    """Reject the rows whose classification an earlier row, or an earlier chunk, holds already."""
    ids, again = cells.fields("classification_id").integers()
    read = np.flatnonzero(again)
    again[read[first_of_each(ids[read])]] = False
    again |= np.isin(cells.rows, earlier)
    reason = "repeated classification"
    cells.reject([(np.flatnonzero(again), reason, "an earlier row has the same classification_id")])
