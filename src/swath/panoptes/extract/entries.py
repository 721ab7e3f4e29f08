"""The extracts of one entry of the configuration over a chunk, and those of all entries of an extractor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.panoptes.extract.distinct import Coded, Extracts, extract_texts
from swath.panoptes.extract.fast_marks import mark_columns
from swath.panoptes.extract.metadata import CLASSIFIER_VERSION, Metadata
from swath.panoptes.extract.registry import extractor_for, is_own
from swath.panoptes.extract.regular_marks import ALL_FRAMES, parameters_of, read_marks
from swath.panoptes.extract.run import PreparedExtractor, prepare
from swath.panoptes.extract.settings import Entry
from swath.panoptes.extract.tasks import Annotations
from swath.panoptes.wide import PREFIX, data_columns, stacked
from swath.tables import TEXT

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_READ_METADATA = frozenset(
    {"survey_whitelist_extractor", "pluck_and_split_extractor", "nfn_extractor", "i2a_extractor"}
)


@dataclass(frozen=True)
class Source:
    """A chunk's classifications: annotations, metadata, and ``meta``, a frame of the fixed columns but the task."""

    annotations: Annotations
    metadata: Metadata
    meta: pa.Table
    compat: bool

    def metadata_for(self, entry: Entry) -> Coded:
        """The JSON of what an entry's extractor may read of the metadata, of each row."""
        return Coded.of(self.metadata.texts(whole=reads_metadata(entry)))


def reads_metadata(entry: Entry) -> bool:
    """Whether an entry's extractor may read more of the metadata than the classifier's version.

    Those of other packages may.
    """
    return "pluck" in entry.keywords or entry.key in _READ_METADATA or not is_own(extractor_for(entry.key))


def extracts_of(source: Source, key: str, entries: tuple[Entry, ...]) -> tuple[pa.Table, list[tuple[Rows, str, str]]]:
    """Make the rows of one extractor, in order of classification and then of entry, and the rows that failed."""
    frames, places, problems = [], [], []
    for entry in entries:
        extracts = _extract(source, entry)
        frames.append(_frame(source, entry, extracts))
        places.append(extracts.owners)
        problems += list(_problems(key, entry, extracts))
    whole = frames[0] if len(frames) == 1 else stacked(frames)
    if len(frames) > 1:
        whole = whole.take(pa.array(np.argsort(np.concatenate(places), kind="stable")))
    return whole, problems


def _extract(source: Source, entry: Entry) -> Extracts:
    extractor = prepare(entry.key, entry.keywords, compat=source.compat)
    parameters = parameters_of(entry, compat=source.compat)
    if parameters is None:
        return extract_texts(extractor, source.annotations.coded(entry.task), source.metadata_for(entry))
    second, versions, odd = _dialects(source, entry)
    marks, answers, irregular = read_marks(entry, source.annotations, parameters, second)
    odd |= irregular
    columns: dict[str, pa.Array] = {}
    while True:
        marks = marks.only(~odd[marks.owners])
        columns, more = mark_columns(extractor, entry, marks, answers, parameters, source.annotations)
        if more.size == 0:
            break
        odd[more] = True
    if (second & ~odd).any():
        columns = {CLASSIFIER_VERSION: versions} | columns
    if not odd.any():
        everything = np.arange(odd.size)
        return Extracts(everything, np.zeros_like(everything), columns)
    regular = np.flatnonzero(~odd)
    fast = Extracts(regular, np.zeros_like(regular), {n: c.take(pa.array(regular)) for n, c in columns.items()})
    return _merged(fast, _extract_odd(source, entry, extractor, np.flatnonzero(odd)))


def _dialects(source: Source, entry: Entry) -> tuple[Mask, pa.Array, Mask]:
    """Which rows are the second classifier's, its version, and which rows are read by themselves for its sake."""
    second, versions = source.metadata.second()
    nowhere = np.zeros_like(second)
    if entry.key == ALL_FRAMES:
        return nowhere, versions, nowhere
    return (nowhere, versions, source.metadata.tells_version) if source.compat else (second, versions, nowhere)


def _extract_odd(source: Source, entry: Entry, extractor: PreparedExtractor, rows: Rows) -> Extracts:
    """Extract some rows by themselves."""
    annotations, metadata = source.annotations.coded(entry.task), source.metadata_for(entry)
    extracts = extract_texts(extractor, annotations.take(rows), metadata.take(rows))
    failed = [(rows[positions], reason) for positions, reason in extracts.failed]
    return Extracts(rows[extracts.owners], extracts.ordinals, extracts.columns, failed)


def _merged(one: Extracts, other: Extracts) -> Extracts:
    """The extracts of both, in order of their classifications."""
    frames = [pa.table(data_columns(e.columns) | {"owner": e.owners, "ordinal": e.ordinals}) for e in (one, other)]
    whole = stacked(frames)
    whole = whole.take(pa.array(np.argsort(whole["owner"].to_numpy(), kind="stable"))).combine_chunks()
    columns = {n.removeprefix(PREFIX): whole[n] for n in whole.column_names if n.startswith(PREFIX)}
    return Extracts(whole["owner"].to_numpy(), whole["ordinal"].to_numpy(), columns, one.failed + other.failed)


def _frame(source: Source, entry: Entry, extracts: Extracts) -> pa.Table:
    """The rows of one entry; recursive extracts may number their subject."""
    each_once = np.array_equal(extracts.owners, np.arange(source.meta.num_rows))
    rows = source.meta if each_once else source.meta.take(pa.array(extracts.owners))
    columns: dict[str, pa.Array] = {name: rows[name] for name in rows.column_names}
    columns["task"] = pa.DictionaryArray.from_arrays(
        np.zeros(extracts.owners.size, np.int32), pa.array([entry.task], TEXT)
    ).cast(TEXT)
    if entry.keywords.get("recursive_subject_ids"):
        numbers = pa.array(extracts.ordinals).cast(TEXT)
        columns["subject"] = pc.binary_join_element_wise(columns["subject"], numbers, pa.scalar("_", TEXT))
    return pa.table(columns | data_columns(extracts.columns))


def _problems(key: str, entry: Entry, extracts: Extracts) -> Iterator[tuple[Rows, str, str]]:
    for positions, reason in extracts.failed:
        yield positions, f"{key} cannot read it", f"task {entry.task}: {reason}"
