"""Reducers that count: questions, shortcuts, surveys, drop-downs, and whether the first answers agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from swath.panoptes.keywords import Keyword, truth
from swath.panoptes.reduce.model import Group, ReduceError, Reducer, Reduction


def reduce_question(group: Group, *, pairs: bool, track_user_ids: bool) -> Reduction:
    """Count the extracts that have each answer; with ``pairs`` those that have each combination of answers.

    With ``track_user_ids`` the users of each answer are listed too.
    """
    counts: Counter[str] = Counter()
    users: dict[str, list[Any]] = {}
    for number, extract in enumerate(group.extracts):
        for key in _keys(extract, pairs=pairs):
            counts[key] += 1
            if track_user_ids:
                users.setdefault(f"user_ids_{key}", []).append(group.user_ids[number])
    return {**counts, **users}


def _keys(extract: Mapping[str, Any], *, pairs: bool) -> Iterable[str]:
    return ["+".join(sorted(extract))] if pairs else extract


def reduce_consensus(group: Group, *, pairs: bool) -> Reduction:
    """The answer with most votes, the first one in order of time where several have; its votes, and their share."""
    counts = reduce_question(group, pairs=pairs, track_user_ids=False)
    if not counts:
        return {"num_votes": 0}
    best = max(counts, key=counts.__getitem__)
    return {"most_likely": best, "num_votes": counts[best], "agreement": counts[best] / sum(counts.values())}


def reduce_dropdown(group: Group) -> Reduction:
    """Add up the votes in each drop-down; an extract with fewer drop-downs does not vote in the others.

    Extracts without any drop-down give an empty list, blank ones nothing.
    """
    listed = [extract["value"] for extract in group.extracts if "value" in extract]
    votes: list[Counter[str]] = [Counter() for _ in range(max(map(len, listed), default=0))]
    for selects in listed:
        for counter, select in zip(votes, selects, strict=False):
            counter.update(select)
    return {"value": [dict(+each) for each in votes]} if listed else {}


def reduce_even_dropdown(group: Group) -> Reduction:
    """The same, but extracts of different length raise ReduceError, as at panoptes_aggregation 5.3.1."""
    lengths = {len(extract["value"]) for extract in group.extracts if "value" in extract}
    if len(lengths) > 1:
        raise ReduceError(f"extracts have {sorted(lengths)} drop-downs")
    return reduce_dropdown(group)


def reduce_survey(group: Group) -> list[Reduction]:
    """Count each choice, and the answers to its questions: a reduction for each choice, in order of appearance.

    Blank extracts do not count.
    """
    return _survey([extract for extract in group.extracts if "choice" in extract])


def reduce_whole_survey(group: Group) -> list[Reduction]:
    """The same, but a blank extract raises ReduceError, as at panoptes_aggregation 5.3.1."""
    if any("choice" not in extract for extract in group.extracts):
        raise ReduceError("an extract has no choice")
    return _survey(group.extracts)


def _survey(extracts: Sequence[Mapping[str, Any]]) -> list[Reduction]:
    choices: dict[str, dict[str, Any]] = {}
    for extract in extracts:
        first = {"choice": extract["choice"], "total_vote_count": len(extracts), "choice_count": 0}
        found = choices.setdefault(extract["choice"], first)
        found["choice_count"] += 1
        for question, answers in extract.items():
            if question != "choice":
                found.setdefault(question, Counter()).update(answers if isinstance(answers, Mapping) else [answers])
    return [{name: dict(v) if isinstance(v, Counter) else v for name, v in each.items()} for each in choices.values()]


def reduce_variants(group: Group) -> Reduction:
    """All variants of spelling."""
    variants = [variant for extract in group.extracts for variant in extract.get("variants", ())]
    return {"variants": variants} if variants else {}


def reduce_first_true(group: Group, *, n: int) -> Reduction:
    """Whether there are ``n`` extracts and the first ``n`` are all true."""
    return _first(group, n, expected=True)


def reduce_first_false(group: Group, *, n: int) -> Reduction:
    """Whether there are ``n`` extracts and none of the first ``n`` is true; a blank one is not."""
    return _first(group, n, expected=False)


def _first(group: Group, n: int, *, expected: bool) -> Reduction:
    results = [bool(extract.get("result", False)) for extract in group.extracts]
    return {"result": 0 < n <= len(results) and all(result is expected for result in results[:n])}


_PAIRS = Keyword("pairs", False, "whether combinations of answers are counted instead of answers", truth)
_TRACK = Keyword("track_user_ids", False, "whether the users of each answer are listed", truth)
_FIRST = Keyword("n", 0, "how many extracts decide", int)

REDUCERS = (
    Reducer("question_reducer", "Counts the votes for each answer", reduce_question, (_PAIRS, _TRACK)),
    Reducer("shortcut_reducer", "Counts the votes for each shortcut", reduce_question, (_PAIRS, _TRACK)),
    Reducer("question_consensus_reducer", "Finds the answer with most votes", reduce_consensus, (_PAIRS,)),
    Reducer(
        "dropdown_reducer", "Adds up the votes in each drop-down", reduce_dropdown, compat_function=reduce_even_dropdown
    ),
    Reducer(
        "survey_reducer",
        "Counts each choice and its answers, a row for each choice",
        reduce_survey,
        compat_function=reduce_whole_survey,
    ),
    Reducer("sw_variant_reducer", "Lists the variants of spelling", reduce_variants),
    Reducer("first_n_true_reducer", "Says whether the first n are all true", reduce_first_true, (_FIRST,)),
    Reducer("first_n_false_reducer", "Says whether none of the first n is true", reduce_first_false, (_FIRST,)),
)
