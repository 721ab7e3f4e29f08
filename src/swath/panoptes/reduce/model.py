"""What a reducer is, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from swath.errors import SwathError
from swath.panoptes.keywords import Keyword

Extract = Mapping[str, Any]
Reduction = dict[str, Any]


class ReduceError(SwathError, ValueError):
    """A group of extracts that a reducer cannot reduce; it goes to quarantine, the others are kept."""


@dataclass(frozen=True)
class Group:
    """The extracts of one subject's task in order of time, and of each its user id (None: anonymous) and time.

    ``relevant_reductions`` is what Caesar attaches to an extract, None for those from an export.
    """

    extracts: Sequence[Extract]
    user_ids: Sequence[Any] = ()
    created_at: Sequence[Any] = ()
    relevant_reductions: Sequence[Mapping[str, Any]] | None = None


@dataclass(frozen=True)
class Reducer:
    """A reducer: its name, one line of meaning, keywords, and the function behind it.

    ``function(group, **keywords)`` gives one reduction, or a list of them where a group has several rows; every
    keyword is given, read and checked. It raises ReduceError for what it cannot reduce.
    ``details`` says that it reduces sub-tasks too: then it is given the keyword ``details``, prepared reducers by tool
    or sub-task. ``echoes`` says that its parameters stand in the reduction. ``compat_function`` does the same as
    panoptes_aggregation 5.3.1, where that departs from its documentation, and ``unheard`` are the keywords that it
    documents and does not heed.
    """

    name: str
    meaning: str
    function: Callable[..., Reduction | list[Reduction]]
    keywords: tuple[Keyword, ...] = field(default=())
    details: bool = False
    echoes: bool = False
    compat_function: Callable[..., Reduction | list[Reduction]] | None = None
    unheard: tuple[str, ...] = ()
