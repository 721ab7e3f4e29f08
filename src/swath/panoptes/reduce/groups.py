"""The groups of a bucket: the extracts of one subject's task, in order of time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.panoptes.reduce.order import subject_order
from swath.panoptes.reduce.source import KEYS

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Groups:
    """Extracts sorted by subject, task and time: ``offsets`` of shape (groups + 1,) bound the rows of each group.

    ``subjects`` are the bucket's subjects in order, ``subject`` and ``task`` the number of each group's subject in
    them and of its task in ``tasks``; every subject has a group for every task, which may be empty.
    """

    rows: pa.Table
    offsets: Rows
    subjects: pa.Array
    tasks: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many groups there are."""
        return self.offsets.size - 1

    @cached_property
    def owners(self) -> Rows:
        """The number of each row's group."""
        return np.repeat(np.arange(self.count), np.diff(self.offsets))

    @classmethod
    def of(cls, extracts: pa.Table, tasks: tuple[str, ...], repeats: str) -> Groups:
        """Group extracts that stand in the order of their file; identical rows count once."""
        extracts = _distinct(extracts)
        subjects, order = _sorted_subjects(extracts["subject"])
        task = pc.index_in(extracts["task"], pa.array(tasks, pa.large_string())).to_numpy()
        created = _rank(extracts["created_at"])
        places = np.lexsort((created, task, order))
        group = (order * len(tasks) + task)[places]
        rows = extracts.take(pa.array(places))
        if repeats != "all":
            kept = _kept(rows, group, repeats)
            rows, group = rows.take(pa.array(kept)), group[kept]
        offsets = np.searchsorted(group, np.arange(len(subjects) * len(tasks) + 1))
        return cls(rows.combine_chunks(), offsets, subjects, tasks)


def _rank(times: pa.ChunkedArray) -> Rows:
    """Times as integers, those that are missing last."""
    values = pc.fill_null(times.cast(pa.int64()), np.iinfo(np.int64).max)
    ranks: Rows = values.to_numpy()
    return ranks


def _distinct(extracts: pa.Table) -> pa.Table:
    """Leave out rows that repeat an earlier one in every column."""
    tasks = _codes(extracts["task"])
    pairs = _codes(extracts["classification_id"]) * (tasks.max(initial=0) + 1) + tasks
    suspects = np.flatnonzero(np.bincount(pairs)[pairs] > 1)
    if suspects.size == 0:
        return extracts
    some = extracts.take(pa.array(suspects))
    codes = np.stack([_codes(some[name]) for name in some.column_names], axis=1)
    _, first = np.unique(codes, axis=0, return_index=True)
    kept = np.ones(extracts.num_rows, np.bool_)
    kept[np.delete(suspects, first)] = False
    return extracts.filter(pa.array(kept))


def _codes(column: pa.ChunkedArray) -> Rows:
    """A number for each value, the same for equal ones."""
    if pa.types.is_large_list(column.type):
        column = pa.array([repr(value) for value in column.to_pylist()])
    encoded = pc.dictionary_encode(column, null_encoding="encode")
    indices = encoded.combine_chunks().indices if isinstance(encoded, pa.ChunkedArray) else encoded.indices
    codes: Rows = indices.to_numpy().astype(np.int64)
    return codes


def _sorted_subjects(column: pa.ChunkedArray) -> tuple[pa.Array, Rows]:
    """The subjects in order, and each row's place among them."""
    encoded = column.combine_chunks().dictionary_encode()
    order = subject_order(encoded.dictionary)
    places = np.empty(order.size, np.int64)
    places[order] = np.arange(order.size)
    return encoded.dictionary.take(pa.array(order)), places[encoded.indices.to_numpy()]


def _kept(rows: pa.Table, group: Rows, repeats: str) -> Rows:
    """The rows that stay of each user in each group: those of the user's first or last time, ties included.

    Where a user repeats in a group, its users come in order of name, as panoptes_aggregation 4 had them, and rows
    without a name last; all of those stay.
    """
    names = rows["user_name"].combine_chunks()
    nameless = names.is_null().to_numpy(zero_copy_only=False)
    ranks = pc.rank(pc.fill_null(names, ""), "ascending", tiebreaker="dense").to_numpy().astype(np.int64)
    time = _rank(rows["created_at"])
    users = np.where(nameless, -1 - np.arange(len(names)), ranks)
    order = np.lexsort((time if repeats == "first" else -time, users, group))
    starts = np.flatnonzero(np.r_[True, (np.diff(group[order]) != 0) | (np.diff(users[order]) != 0)])
    best = np.repeat(time[order][starts], np.diff(np.r_[starts, order.size]))
    kept = order[time[order] == best]
    removed = np.bincount(group, minlength=1) != np.bincount(group[kept], minlength=group.max(initial=0) + 1)
    name_order = np.where(removed[group], np.where(nameless, np.iinfo(np.int64).max, ranks), 0)
    chosen: Rows = kept[np.lexsort((kept, name_order[kept], group[kept]))]
    return chosen


def key_columns(groups: Groups, owners: Rows, workflow: int) -> dict[str, pa.Array]:
    """The columns that say which group each row of a result is of; ``owners`` are the groups' numbers."""
    subjects = groups.subjects.take(pa.array(owners // len(groups.tasks)))
    first = pc.struct_field(pc.extract_regex(subjects, r"^\s*(?P<id>\d{1,18})"), "id").cast(pa.int64())
    return {
        "subject_id": first,
        "subject": subjects,
        "workflow_id": pa.array(np.full(owners.size, workflow)),
        "task": pa.array(groups.tasks, pa.large_string()).take(pa.array(owners % len(groups.tasks))),
    }


def data_names(rows: pa.Table) -> list[str]:
    """The names of the data columns."""
    return [name for name in rows.column_names if name not in KEYS]
