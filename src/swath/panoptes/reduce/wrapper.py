"""Reducers made ready for use: their keywords read, the reducers of sub-tasks found."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from swath.errors import UsageError
from swath.panoptes.keywords import Keyword, check_names, check_required, values
from swath.panoptes.reduce.model import Group, Reducer, Reduction
from swath.panoptes.reduce.registry import names, reducer_for

_VERSION = "aggregation_version"
_COMMON = (Keyword("details", None, "reducers of sub-tasks, a list for each tool such as T0_tool0"),)

_TOOL, _SUBTASK = re.compile(r"(.+_)?tool(Index)?\d+"), re.compile(r".+_tool(Index)?\d+_subtask\d+")

Details = Mapping[str, "Sequence[PreparedReducer | None] | PreparedReducer | None"]


@dataclass(frozen=True)
class PreparedReducer:
    """A reducer that is ready; ``details`` are the reducers of sub-tasks, by tool or by sub-task."""

    reducer: Reducer
    function: Callable[..., Reduction | list[Reduction]]
    keywords: Mapping[str, Any] = field(default_factory=dict)
    details: Details = field(default_factory=dict)
    compat: bool = False

    @property
    def name(self) -> str:
        """The reducer's name."""
        return self.reducer.name

    def reduce(self, group: Group) -> list[Reduction]:
        """The reductions of a group; raises ReduceError for one that cannot be reduced."""
        if any(_VERSION in extract for extract in group.extracts):
            extracts = [{k: v for k, v in extract.items() if k != _VERSION} for extract in group.extracts]
            group = Group(extracts, group.user_ids, group.created_at, group.relevant_reductions)
        more = {"details": self.details} if self.reducer.details else {}
        reduced = self.function(group, **self.keywords, **more)
        reductions = reduced if isinstance(reduced, list) else [reduced]
        if not self.reducer.echoes:
            return reductions
        return [{**reduction, "parameters": dict(self.keywords)} for reduction in reductions]


def prepare(name: str, keywords: Mapping[str, Any], *, compat: bool = False) -> PreparedReducer:
    """Make a reducer ready, by its name and keywords.

    With ``compat`` it does as panoptes_aggregation 5.3.1 where that departs from its documentation. Raises UsageError
    for a reducer or keyword that there is none of, or a value that cannot be meant.
    """
    reducer = reducer_for(name)
    own = {key: value for key, value in keywords.items() if key != "details"}
    if compat:
        heard = [keyword for keyword in reducer.keywords if keyword.name not in reducer.unheard]
        chosen = {keyword.name: compat_value(keyword, own) for keyword in heard}
        check_required(heard, chosen, name)
    else:
        check_names((*reducer.keywords, *(_COMMON if reducer.details else ())), keywords, name)
        chosen = values(reducer.keywords, own, name)
    function = reducer.compat_function if compat and reducer.compat_function else reducer.function
    details = _details(keywords.get("details") or {}, compat=compat) if reducer.details else {}
    return PreparedReducer(reducer, _told(function, compat=compat), chosen, details, compat)


def _told(function: Callable[..., Any], *, compat: bool) -> Callable[..., Any]:
    """The function, told to do as the peer if it can."""
    if not compat or "compat" not in inspect.signature(function).parameters:
        return function
    return lambda group, **keywords: function(group, compat=True, **keywords)


def _details(given: Any, *, compat: bool) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise UsageError(f"details is {given!r}", "write a mapping of tools to lists of reducers")
    for name, listed in given.items():
        if not compat and not (_TOOL if isinstance(listed, list) else _SUBTASK).fullmatch(str(name)):
            raise UsageError(
                f"details name {name!r}, which is no tool or sub-task",
                "write such as T0_tool0: [question_reducer], or T0_toolIndex0_subtask0: question_reducer",
            )
    return {
        tool: [_sub_reducer(name, compat=compat) for name in listed]
        if isinstance(listed, list)
        else _sub_reducer(listed, compat=compat)
        for tool, listed in given.items()
    }


def _sub_reducer(name: Any, *, compat: bool) -> PreparedReducer | None:
    if name is None or (compat and name not in names()):
        return None
    return prepare(str(name), {}, compat=compat)


def compat_value(keyword: Keyword, given: Mapping[str, Any]) -> Any:
    """The value of a keyword as panoptes_aggregation 5.3.1 reads it: one that cannot be meant is the default.

    Of a list the first item counts, unless a keyword without a default takes one; any text that is not empty is true.
    """
    if keyword.name not in given:
        return keyword.default
    value = given[keyword.name]
    value = value[0] if isinstance(value, list) and value and keyword.default is not None else value
    plain = keyword.read in (int, float, str, bool) or keyword.default is None or isinstance(keyword.default, str)
    read = keyword.read if plain else type(keyword.default)
    try:
        return value if read is None else read(value)
    except (ValueError, TypeError):
        return keyword.default
