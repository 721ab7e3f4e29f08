"""Any Panoptes classification export to typed, partitioned tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from swath.engine.events import Noticed
from swath.engine.job import Input, Job, Stage
from swath.engine.run import Outcome, Running, run
from swath.errors import UsageError
from swath.panoptes.exports import Export, chunk_size_of
from swath.panoptes.group import (
    ListedSubjectStage,
    RepeatStage,
    SeenSubjectStage,
    SubjectExportStage,
    WorkflowStage,
)
from swath.panoptes.read import REQUIRED, ClassificationStage, Narrowing
from swath.panoptes.tables import CLASSIFICATIONS, CONVERT_TABLES, SUBJECTS, WORKFLOWS
from swath.panoptes.versions import VersionRange
from swath.panoptes.workflows import REQUIRED as WORKFLOW_COLUMNS

CHUNK_SIZE = 64 << 20
_BUCKET_INPUT = 256 << 20
_INFLATION = 8
"""How much larger than its archive an export is guessed to be, when the number of buckets is chosen."""


@dataclass(frozen=True)
class ConvertSettings:
    """What decides the output of a conversion.

    ``workflows`` are the ids to convert, all where empty; ``version`` is a range such as ``>=3``, all where empty;
    ``only`` are the tables to write, all where empty; ``chunk_size`` is the most bytes of input in a chunk.
    """

    workflows: tuple[int, ...] = ()
    version: str = ""
    only: tuple[str, ...] = ()
    chunk_size: int = CHUNK_SIZE


def convert_job(
    classifications: Sequence[str | Path],
    *,
    workflows: str | Path | None = None,
    subjects: str | Path | None = None,
    settings: ConvertSettings | None = None,
) -> Job:
    """Describe a conversion.

    Raises InputError where a file is no such export, UsageError for an unknown table or a range that is none.
    """
    settings = settings or ConvertSettings()
    if settings.version:
        VersionRange.parse(settings.version)
    names = _tables(settings.only, with_workflows=workflows is not None)
    files = [Path(path) for path in classifications]
    given = [Path(path) for path in (workflows, subjects) if path is not None]
    inputs = tuple(Input.of(path) for path in [*files, *given])
    buckets = _buckets(inputs, [Export.open(path, REQUIRED) for path in files])
    stages = tuple(_stages(files, workflows, subjects, settings, names, buckets))
    tables = tuple(table for table in CONVERT_TABLES if table.name in names)
    return Job("convert", settings, inputs, tables, stages)


def _tables(only: Sequence[str], *, with_workflows: bool) -> tuple[str, ...]:
    known = [table.name for table in CONVERT_TABLES]
    for name in only:
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"do you mean {close[0]}?" if close else "one of " + ", ".join(known)
            raise UsageError(f"there is no table {name!r}", hint)
    if WORKFLOWS.name in only and not with_workflows:
        raise UsageError("the table workflows needs the workflow export", "give --workflows W.csv")
    chosen = only or [name for name in known if with_workflows or name != WORKFLOWS.name]
    return tuple(name for name in known if name in chosen)


def _buckets(inputs: Sequence[Input], exports: Sequence[Export]) -> int:
    """Choose the number of buckets, so that one bucket's classifications fit in its memory."""
    inflated = {str(export.path.resolve()) for export in exports if export.compressed}
    size = sum(item.size * (_INFLATION if item.path in inflated else 1) for item in inputs)
    return max(1, -(-size // _BUCKET_INPUT))


def _stages(
    files: Sequence[Path],
    workflows: str | Path | None,
    subjects: str | Path | None,
    settings: ConvertSettings,
    names: tuple[str, ...],
    buckets: int,
) -> Iterator[Stage]:
    exports = tuple(Export.open(path, REQUIRED) for path in files)
    narrowing = Narrowing(settings.workflows, settings.version, names)
    labels = Path(workflows) if workflows is not None else None
    if labels is not None:
        Export.open(labels, WORKFLOW_COLUMNS)
        if WORKFLOWS.name in names:
            yield WorkflowStage(labels, settings.workflows)
    if set(names) - {WORKFLOWS.name}:
        size = chunk_size_of(exports, settings.chunk_size)
        yield ClassificationStage(exports, size, narrowing, labels, subjects is None, buckets)
    if CLASSIFICATIONS.name in names:
        yield RepeatStage(buckets)
    if SUBJECTS.name in names and subjects is not None:
        listed = Export.open(Path(subjects), ("subject_id", "workflow_id", "metadata", "locations"))
        size = chunk_size_of([listed], settings.chunk_size)
        yield SubjectExportStage((listed,), size, settings.workflows, buckets)
        yield ListedSubjectStage(buckets)
    elif SUBJECTS.name in names:
        yield SeenSubjectStage(buckets)


def convert(
    classifications: Sequence[str | Path],
    out: str | Path,
    *,
    workflows: str | Path | None = None,
    subjects: str | Path | None = None,
    settings: ConvertSettings | None = None,
    running: Running | None = None,
) -> Outcome:
    """Convert Panoptes classification exports into the dataset ``out``.

    ``workflows`` and ``subjects`` are the project's other exports. Raises what ``convert_job`` and
    ``swath.engine.run.run`` raise.
    """
    running = running or Running()
    job = convert_job(classifications, workflows=workflows, subjects=subjects, settings=settings)
    outcome = run(job, out, running)
    for workflow, majors in _majors(outcome.dataset.manifest.content["counts"]).items():
        if len(majors) > 1:
            listed = ", ".join(majors)
            running.on_event(
                Noticed(f"workflow {workflow} is taken over major versions {listed}: its tasks may differ between them")
            )
    return outcome


def _majors(counts: dict[str, int]) -> dict[str, list[str]]:
    """The major versions that were converted, by workflow, where a range of versions was asked for."""
    found: dict[str, list[str]] = {}
    for name in counts:
        words = name.split()
        if len(words) == 4 and words[0] == "workflow" and words[2] == "version":
            found.setdefault(words[1], []).append(words[3])
    return found
