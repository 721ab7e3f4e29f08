"""The second passes of a conversion: what needs all rows of a subject, and the smaller exports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.engine.job import Chunk, Result, RunSoFar, Stage
from swath.engine.shuffle import BucketStage, bucket_of
from swath.engine.staging import Staging
from swath.kernels.distinct import group_equal_texts
from swath.panoptes.chunks import Cells, ExportStage
from swath.panoptes.subjects import EXPORT_COLUMNS, first_subjects, subjects_from_data, subjects_from_export
from swath.panoptes.tables import CLASSIFICATIONS, SUBJECTS, WORKFLOWS
from swath.panoptes.values import text_column
from swath.panoptes.workflows import read_workflows
from swath.tables import INT32

BUCKET_MEMORY = 384 << 20
"""Bytes that grouping one bucket takes; buckets are made small enough for it."""


@dataclass(frozen=True)
class RepeatStage(BucketStage):
    """Numbers each user's classifications of a subject, and writes the classifications."""

    buckets: int
    name = "repeats"
    source = CLASSIFICATIONS.name

    def chunk_memory(self) -> int:
        """A bucket, sorted."""
        return BUCKET_MEMORY

    def group(self, frame: pa.Table, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002
        """Fill the column ``repeat``."""
        place = frame.schema.get_field_index("repeat")
        rows = frame.set_column(place, frame.schema.field(place), pa.array(_repeats(frame), INT32))
        return Result({CLASSIFICATIONS.name: rows})


def _repeats(frame: pa.Table) -> npt.NDArray[np.int64]:
    """Number each user's classifications of a subject in a workflow from 1, by time, and at the same time by id."""
    ids, times = frame["classification_id"].to_numpy(), frame["created_at"].cast(pa.int64()).to_numpy()
    whose = (frame["subject_id"].to_numpy(), frame["workflow_id"].to_numpy(), *_users(frame))
    order = np.lexsort((ids, times, *whose))
    places = np.arange(order.size)
    begins = np.zeros(order.size, np.bool_)
    for key in whose:
        begins[1:] |= key[order][1:] != key[order][:-1]
    repeats = np.empty_like(places)
    repeats[order] = 1 + places - np.maximum.accumulate(np.where(begins, places, 0))
    return repeats


def _users(frame: pa.Table) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int64]]:
    """Tell users apart: by their ids, those without by their names, and of those with neither each is alone."""
    known, named = (frame[name].is_valid().to_numpy() for name in ("user_id", "user_name"))
    users = np.where(known, frame["user_id"].fill_null(0).to_numpy(), frame["classification_id"].to_numpy())
    named = named & ~known
    names = text_column(frame["user_name"].filter(pa.array(named)))
    users[named] = group_equal_texts(names.data, names.offsets[:-1], names.offsets[1:])[1]
    return np.where(known, 0, np.where(named, 1, 2)).astype(np.int8), users


@dataclass(frozen=True)
class SeenSubjectStage(BucketStage):
    """Writes one row for each subject that the classifications tell of."""

    buckets: int
    name = "subjects"
    source = SUBJECTS.name

    def chunk_memory(self) -> int:
        """A bucket, taken apart."""
        return BUCKET_MEMORY

    def group(self, frame: pa.Table, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002
        """Keep the first telling of each subject."""
        return Result({SUBJECTS.name: subjects_from_data(frame)})


@dataclass(frozen=True)
class ListedSubjectStage(BucketStage):
    """Writes one row for each subject that the subjects export lists."""

    buckets: int
    name = "subjects"
    source = SUBJECTS.name

    def chunk_memory(self) -> int:
        """A bucket, sorted."""
        return BUCKET_MEMORY

    def group(self, frame: pa.Table, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002
        """Keep the first listing of each subject and workflow."""
        return Result({SUBJECTS.name: first_subjects(frame)})


@dataclass(frozen=True)
class SubjectExportStage(ExportStage):
    """Reads the subjects export and shuffles it by subject, because a subject is listed once for each of its sets."""

    only_workflows: tuple[int, ...]
    buckets: int
    name = "subjects export"
    wanted = EXPORT_COLUMNS
    key_prefix = "s"

    def chunk_memory(self) -> int:
        """About eight times the chunk."""
        return 8 * self.chunk_size + (48 << 20)

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's signature)
        """Read a chunk of the subjects export."""
        records, rejects = self.read(chunk)
        frame = subjects_from_export(Cells(records, rejects, np.flatnonzero(rejects.good)))
        if self.only_workflows:
            frame = frame.filter(pc.is_in(frame["workflow_id"], pa.array(self.only_workflows)))
        buckets = bucket_of(frame["subject_id"].to_numpy(), self.buckets)
        return Result(shuffled={SUBJECTS.name: (frame, (buckets, self.buckets))}, rejects=rejects.frame())


@dataclass(frozen=True)
class WorkflowStage(Stage):
    """Writes the workflow export as the table ``workflows``."""

    path: Path
    only_workflows: tuple[int, ...]
    name = "workflows"

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:  # noqa: ARG002  (the engine's signature)
        """Yield the one chunk: the whole file."""
        yield Chunk("workflows", self.path.stat().st_size)

    def chunk_memory(self) -> int:
        """The parsed file."""
        return 20 * self.path.stat().st_size + (32 << 20)

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's signature)
        """Read the workflow export."""
        frame = read_workflows(self.path)
        if self.only_workflows:
            frame = frame.filter(pc.is_in(frame["workflow_id"], pa.array(self.only_workflows)))
        return Result({WORKFLOWS.name: frame})
