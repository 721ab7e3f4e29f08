"""The sub-tasks of clustered marks: those of each cluster are reduced as a group of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from swath.panoptes.reduce.clusters import Clustering
from swath.panoptes.reduce.gather import Marks
from swath.panoptes.reduce.model import Extract, Group, ReduceError, Reduction

if TYPE_CHECKING:
    from swath.panoptes.reduce.wrapper import PreparedReducer

Found = Mapping[str, Mapping[str, tuple[Marks, Clustering]]]
"""The clusters of marks, by frame and tool."""

NO_REDUCER = "No reducer for this subtask type"


def add_details(
    reduction: Reduction, group: Group, found: Found, details: Mapping[str, Any], *, compat: bool = False
) -> Reduction:
    """Add the reductions of sub-tasks to the frames of a reduction, in the spelling of the classifier.

    Groups with extracts of both classifiers have none. Raises ReduceError where marks and sub-tasks do not go together.
    With ``compat``, marks that lack sub-tasks which others have keep a tool from having any by cluster.
    """
    if not details or not group.extracts:
        return reduction
    second = [_is_second(extract) for extract in group.extracts]
    if not any(second):
        _add_first(reduction, group, found, details)
        if compat:
            _forget_uneven(reduction, details)
    elif all(second):
        _add_second(reduction, group, found, details)
        reduction["classifier_version"] = max(str(extract["classifier_version"]) for extract in group.extracts)
    return reduction


def _is_second(extract: Extract) -> bool:
    return float(extract.get("classifier_version", 1)) >= 2


def _add_first(reduction: Reduction, group: Group, found: Found, details: Mapping[str, Any]) -> None:
    """Add lists of sub-tasks, which the first classifier keeps in its marks."""
    for frame in found:
        for tool, reducers in details.items():
            marks, clustering = found[frame].get(tool, (None, None))
            listed, users = _listed(group, frame, f"{tool}_details", marks)
            level = reduction.setdefault(frame, {})
            level[f"{tool}_details"] = listed
            if clustering is not None and clustering.labels.size and clustering.labels.max() >= 0:
                _check(listed, clustering, frame, tool)
                level[f"{tool}_clusters_details"] = [
                    [_reduce(r, [listed[m] for m in of], [users[m] for m in of], n) for n, r in enumerate(reducers)]
                    for of in clustering.members()
                ]


def _forget_uneven(reduction: Reduction, details: Mapping[str, Any]) -> None:
    """Leave out the clusters' sub-tasks where marks have different numbers of them, and the marks that have none."""
    for level in reduction.values():
        for tool in details:
            listed = level.get(f"{tool}_details", [])
            if f"{tool}_clusters_details" in level and len({len(each) for each in listed}) > 1:
                del level[f"{tool}_clusters_details"]
                level[f"{tool}_details"] = [each for each in listed if each]


def _listed(group: Group, frame: str, name: str, marks: Marks | None) -> tuple[list[Any], list[Any]]:
    """A list of all extracts in one, without the items of marks that were left out, and each item's user."""
    listed, users = [], []
    for number, extract in enumerate(group.extracts):
        items = extract.get(frame, {}).get(name, [])
        listed += items
        users += [group.user_ids[number] if group.user_ids else None] * len(items)
    if marks is None or len(marks.there) != len(listed):
        return listed, users
    kept = [number for number, there in enumerate(marks.there) if there]
    return [listed[number] for number in kept], [users[number] for number in kept]


def _check(listed: Sequence[Any], clustering: Clustering, frame: str, tool: str) -> None:
    if len(listed) != clustering.labels.size:
        raise ReduceError(f"{frame}, {tool}: {clustering.labels.size} marks have {len(listed)} details")


def _reduce(reducer: PreparedReducer | None, details: Sequence[Any], users: Sequence[Any], place: int) -> Any:
    """Reduce one sub-task of a cluster; marks that lack it do not count."""
    if reducer is None:
        return NO_REDUCER
    there = [number for number, detail in enumerate(details) if len(detail) > place]
    extracts = [detail[place] for detail in (details[number] for number in there)]
    return one(reducer, Group([e for e in extracts if isinstance(e, Mapping)], [users[number] for number in there]))


def one(reducer: PreparedReducer, group: Group) -> Any:
    """The reduction of a sub-task, a list of them where it has several."""
    reductions = reducer.reduce(group)
    return reductions[0] if len(reductions) == 1 else reductions


def _add_second(reduction: Reduction, group: Group, found: Found, details: Mapping[str, Any]) -> None:
    """Add the answers to sub-tasks, which the second classifier keeps by themselves."""
    for frame in found:
        for name, reducer in second_spelling(details).items():
            marks, clustering = found[frame].get(name.rpartition("_subtask")[0], (None, None))
            listed, users = _listed(group, frame, name, marks)
            level = reduction.setdefault(frame, {})
            level[name] = listed
            members = [] if clustering is None else clustering.members()
            if members and clustering is not None:
                _check(listed, clustering, frame, name)
            level[f"{name}_clusters"] = [
                NO_REDUCER if reducer is None else one(reducer, Group([listed[m] for m in of], [users[m] for m in of]))
                for of in members
            ]


def second_spelling(details: Mapping[str, Any]) -> dict[str, Any]:
    """The reducers of sub-tasks by the second classifier's names; a tool's list is spelled out."""
    spelled: dict[str, Any] = {}
    for name, given in details.items():
        if isinstance(given, list):
            tool = name if "_toolIndex" in name else name.replace("_tool", "_toolIndex")
            spelled |= {f"{tool}_subtask{number}": reducer for number, reducer in enumerate(given)}
        else:
            spelled[name] = given
    return spelled
