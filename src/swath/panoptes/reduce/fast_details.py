"""The sub-tasks of clustered marks, of all groups of a bucket at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.panoptes.reduce.fast_marks import Clusters, Marks, listed
from swath.panoptes.reduce.groups import Groups
from swath.panoptes.reduce.model import Group
from swath.panoptes.reduce.wrapper import PreparedReducer
from swath.panoptes.wide import PREFIX
from swath.tables import JSON

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
SubTasks = Mapping[str, Sequence[PreparedReducer | None]]
"""By tool, the reducer of each of its sub-tasks."""

Found = Sequence[tuple[Marks, Clusters]]
Details = Callable[[Groups, Found], "dict[str, pa.Array] | None"]
"""Makes the columns of sub-tasks; None where some group has to be reduced by itself."""

NO_REDUCER = '"No reducer for this subtask type"'
_COUNTING = ("question_reducer", "shortcut_reducer")


def no_details(_groups: Groups, _found: Found) -> dict[str, pa.Array]:
    """The columns where no sub-tasks are reduced."""
    return {}


def details_columns(groups: Groups, found: Found, subtasks: SubTasks) -> dict[str, pa.Array] | None:
    """The columns of sub-tasks; None where marks and their details do not go together, one to one."""
    columns: dict[str, pa.Array] = {}
    by_place = {(marks.frame, marks.tool): (marks, clusters) for marks, clusters in found}
    for frame, seen in frames_seen(groups, found).items():
        for tool, reducers in subtasks.items():
            if (frame, tool) not in by_place:
                columns[f"{frame}.{tool}_details"] = empty_lists(seen, pa.large_list(JSON))
                continue
            more = _of_one(groups, *by_place[frame, tool], reducers, seen)
            if more is None:
                return None
            columns |= more
    return columns


def frames_seen(groups: Groups, found: Found) -> dict[str, Mask]:
    """The frames, and which groups have marks in each."""
    seen: dict[str, Mask] = {}
    for marks, _ in found:
        seen.setdefault(marks.frame, np.zeros(groups.count, np.bool_))
        seen[marks.frame] |= np.diff(marks.offsets) > 0
    return seen


def empty_lists(seen: Mask, dtype: pa.DataType) -> pa.Array:
    """Lists that hold nothing, null where not ``seen``."""
    offsets = pa.array(np.zeros(seen.size + 1, np.int64))
    return pa.LargeListArray.from_arrays(offsets, pa.nulls(0, dtype), mask=pa.array(~seen))


def _of_one(
    groups: Groups, marks: Marks, clusters: Clusters, reducers: Sequence[PreparedReducer | None], seen: Mask
) -> dict[str, pa.Array] | None:
    """The columns of one frame and tool."""
    details = _details(groups, marks)
    if details is None or (details.value_lengths().to_numpy() != len(reducers)).any():
        return None
    prefix = f"{marks.frame}.{marks.tool}_"
    offsets = pa.array(marks.offsets)
    columns = {prefix + "details": pa.LargeListArray.from_arrays(offsets, details, mask=pa.array(~seen))}
    reduced = [
        reduce_subtask(
            details.flatten().take(pa.array(np.arange(number, len(details) * len(reducers), len(reducers)))),
            clusters,
            r,
        )
        for number, r in enumerate(reducers)
    ]
    if clusters.counts.size and reduced:
        interleaved = pa.concat_arrays(reduced).take(
            pa.array(np.arange(len(reduced) * clusters.counts.size).reshape(len(reduced), -1).T.ravel())
        )
        bounds = pa.array(np.arange(clusters.counts.size + 1, dtype=np.int64) * len(reduced))
        each = pa.LargeListArray.from_arrays(bounds, interleaved)
        columns[prefix + "clusters_details"] = listed(each, clusters.groups, groups.count)
    return columns


def _details(groups: Groups, marks: Marks) -> pa.Array | None:
    """The sub-tasks of each mark, lists of JSON of shape (marks,); None where there is not one for each."""
    name = f"{PREFIX}{marks.frame}.{marks.tool}_details"
    if name not in groups.rows.column_names:
        return None
    column = groups.rows[name].combine_chunks()
    if column.type != pa.large_list(pa.large_list(JSON)):
        return None
    lengths = column.value_lengths().fill_null(0).to_numpy()
    flat = column.flatten()
    if (lengths != marks.lengths).any() or flat.null_count:
        return None
    return flat if marks.there.all() else flat.filter(pa.array(marks.there))


def reduce_subtask(texts: pa.Array, clusters: Clusters, reducer: PreparedReducer | None) -> pa.Array:
    """The reduction of one sub-task in each cluster, as JSON."""
    if not clusters.counts.size:
        return pa.nulls(0, JSON)
    if reducer is None:
        return pa.array([NO_REDUCER] * clusters.counts.size, JSON)
    encoded = texts.dictionary_encode()
    extracts = [json.loads(text) for text in encoded.dictionary.to_pylist()]
    codes = encoded.indices.to_numpy()
    if reducer.name in _COUNTING and not reducer.keywords.get("pairs") and all(isinstance(e, dict) for e in extracts):
        return _count(extracts, codes, clusters)
    members = np.argsort(clusters.numbers, kind="stable")[np.count_nonzero(clusters.numbers < 0) :]
    bounds = np.cumsum(clusters.counts)[:-1]
    reduced = [reducer.reduce(Group([extracts[c] for c in codes[of]])) for of in np.split(members, bounds)]
    return pa.array([json.dumps(each[0] if each else {}) for each in reduced[: clusters.counts.size]], JSON)


def _count(extracts: Sequence[Mapping[str, object]], codes: Rows, clusters: Clusters) -> pa.Array:
    """Count, in each cluster, the marks whose extract has each key."""
    members = np.flatnonzero(clusters.numbers >= 0)
    at, said = clusters.numbers[members], codes[members]
    listed = pa.array([""] * clusters.counts.size, pa.string())
    for key in dict.fromkeys(key for extract in extracts for key in extract):
        has = np.array([key in extract for extract in extracts], np.bool_)
        counts = np.bincount(at[has[said]], minlength=clusters.counts.size)
        votes = pc.binary_join_element_wise(f", {json.dumps(key)}: ", pa.array(counts).cast(pa.string()), "")
        listed = pc.binary_join_element_wise(listed, pc.if_else(pa.array(counts > 0), votes, ""), "")
    return pc.binary_join_element_wise("{", pc.utf8_slice_codeunits(listed, 2), "}", "").cast(JSON)
