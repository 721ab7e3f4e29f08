"""The sub-tasks of clustered marks as the second classifier keeps them, of all groups of a bucket at once."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from swath import compute as pc
from swath.panoptes.reduce.fast_details import Found, Mask, empty_lists, frames_seen, reduce_subtask
from swath.panoptes.reduce.fast_marks import CLASSIFIER_VERSION, Clusters, Marks, listed
from swath.panoptes.reduce.groups import Groups
from swath.panoptes.reduce.wrapper import PreparedReducer
from swath.panoptes.wide import PREFIX
from swath.tables import JSON, TEXT

Answered = Mapping[str, PreparedReducer | None]
"""By sub-task, such as T0_toolIndex0_subtask0, its reducer."""


def is_second(groups: Groups) -> bool:
    """Whether all extracts are the second classifier's, or a later one's."""
    column = groups.rows[CLASSIFIER_VERSION].combine_chunks()
    if column.null_count or not (pa.types.is_floating(column.type) or column.type == TEXT):
        return False
    try:
        return bool(pc.all(pc.greater_equal(column.cast(pa.float64()), 2)).as_py())
    except pa.ArrowInvalid:
        return False


def answer_columns(groups: Groups, found: Found, subtasks: Answered) -> dict[str, pa.Array] | None:
    """The columns of sub-tasks; None where marks and answers do not go together, one to one."""
    columns = {"classifier_version": _versions(groups)}
    by_place = {(marks.frame, marks.tool): (marks, clusters) for marks, clusters in found}
    for frame, seen in frames_seen(groups, found).items():
        for name, reducer in subtasks.items():
            place = f"{frame}.{name}"
            there = by_place.get((frame, name.rpartition("_subtask")[0]))
            answers = None if there is None else _answers(groups, there[0], place)
            if there is None:
                answered = _unanswered(groups, place, seen)
            else:
                answered = None if answers is None else _of_one(groups, *there, answers, reducer, place, seen)
            if answered is None:
                return None
            columns |= answered
    return columns


def _versions(groups: Groups) -> pa.Array:
    """The greatest version of each group that has extracts."""
    texts = np.array([str(version) for version in groups.rows[CLASSIFIER_VERSION].to_pylist()], object)
    greatest: list[str | None] = [None] * groups.count
    for version in sorted(set(texts.tolist())):
        for number in np.unique(groups.owners[texts == version]).tolist():
            greatest[number] = version
    return pa.array(greatest, TEXT)


def _unanswered(groups: Groups, place: str, seen: Mask) -> dict[str, pa.Array] | None:
    """The columns of a sub-task of a tool that nobody used; None where there are answers all the same."""
    if PREFIX + place in groups.rows.column_names:
        return None
    return {place: empty_lists(seen, JSON), f"{place}_clusters": empty_lists(seen, JSON)}


def _answers(groups: Groups, marks: Marks, place: str) -> pa.Array | None:
    """The answer about each mark as JSON; None where there is not one for each."""
    name = PREFIX + place
    if name not in groups.rows.column_names:
        return None
    column = groups.rows[name].combine_chunks()
    if column.type != pa.large_list(JSON):
        return None
    flat = column.flatten()
    if (column.value_lengths().fill_null(0).to_numpy() != marks.lengths).any() or flat.null_count:
        return None
    if not all(isinstance(json.loads(text), dict) for text in flat.unique().to_pylist()):
        return None
    return flat if marks.there.all() else flat.filter(pa.array(marks.there))


def _of_one(
    groups: Groups,
    marks: Marks,
    clusters: Clusters,
    answers: pa.Array,
    reducer: PreparedReducer | None,
    place: str,
    seen: Mask,
) -> dict[str, pa.Array]:
    """The columns of one sub-task in one frame."""
    offsets = pa.array(marks.offsets)
    reduced = listed(reduce_subtask(answers, clusters, reducer), clusters.groups, groups.count)
    none = empty_lists(seen & ~reduced.is_valid().to_numpy(zero_copy_only=False), JSON)
    return {
        place: pa.LargeListArray.from_arrays(offsets, answers, mask=pa.array(~seen)),
        f"{place}_clusters": pc.coalesce(reduced, none),
    }
