"""How difficult subjects are, and how skilled a user is, from what is known of subjects with a known answer."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.panoptes.keywords import Keyword, one_of
from swath.panoptes.reduce.model import Group, ReduceError, Reducer, Reduction

Matrix = npt.NDArray[np.float64]

NULL_CLASS = "NONE"
_TINY = 1e-16
_TRUTHS = {"graph2drange": "x", "singleAnswerQuestion": "answer", "surveySimple": "choiceIds"}
"""By the strategy of feedback, what tells the truth."""


def reduce_subject_difficulty(group: Group) -> Reduction:
    """The mean of each success of the extracts with feedback."""
    flags = [extract.get("feedback", {}).get("success") for extract in group.extracts]
    return _means([each for each in flags if isinstance(each, list)])


def reduce_gold_standard(group: Group) -> Reduction:
    """The mean of each success of the extracts with feedback, whose feedback is a list; blank ones do not count."""
    listed = [extract.get("feedback") for extract in group.extracts]
    return _means([[item["success"] for item in each] for each in listed if each])


def _means(flags: Sequence[Sequence[bool]]) -> Reduction:
    if not flags:
        return {}
    if len({len(each) for each in flags}) > 1:
        raise ReduceError("extracts have feedback of different length")
    return {"difficulty": np.array(flags, np.float64).mean(axis=0).tolist()}


@dataclass(frozen=True)
class Judged:
    """Pairs of a true and a given class, and their weights, with the classes in order."""

    classes: list[str]
    truth: list[str]
    given: list[str]
    weights: list[float]

    def confusion(self, weights: Sequence[float] | None = None) -> Matrix:
        """How often, or with what weight, each true class (rows) was given as each class (columns)."""
        place = {name: number for number, name in enumerate(self.classes)}
        matrix = np.zeros((len(place), len(place)))
        for truth, given, weight in zip(self.truth, self.given, weights or [1.0] * len(self.truth), strict=True):
            matrix[place[truth], place[given]] += weight
        return matrix


def reduce_user_skill(
    group: Group,
    *,
    mode: str,
    skill_threshold: float,
    count_threshold: int,
    strategy: str,
    focus_classes: Sequence[str] | None,
) -> Reduction:
    """The skill of one user in each class: the share of what is right, weighted by the subjects' difficulty.

    Raises ReduceError without the subjects' reductions, which no export has.
    """
    judged = _judged(group, mode)
    weighted = _shares(judged.confusion(np.clip(judged.weights, 0.05, 1).tolist()))
    plain = judged.confusion()
    null = "False" if mode == "binary" else NULL_CLASS
    counted = [name for name in (judged.classes if focus_classes is None else focus_classes) if name != null]
    skill = dict(zip(judged.classes, weighted, strict=True))
    count = {name: int(number) for name, number in zip(judged.classes, plain.sum(axis=1), strict=True)}
    mean = float(sum(skill[name] for name in counted) / (len(counted) + _TINY))
    skilled = mean >= skill_threshold if strategy == "mean" else all(skill[name] >= skill_threshold for name in counted)
    return {
        "classes": judged.classes,
        "confusion_simple": plain.astype(int).tolist(),
        "weighted_skill": skill,
        "skill": dict(zip(judged.classes, _shares(plain), strict=True)),
        "count": count,
        "mean_skill": mean,
        "level_up": bool(skilled and all(count[name] >= count_threshold for name in counted)),
    }


def _shares(confusion: Matrix) -> list[float]:
    """Of each row, the share on the diagonal."""
    shares: list[float] = (np.diag(confusion) / (confusion.sum(axis=1) + _TINY)).tolist()
    return shares


def _judged(group: Group, mode: str) -> Judged:
    extracts = [extract for extract in group.extracts if extract.get("feedback")]
    known = [(one or {}).get("data", {}) for one in relevant(group)]
    difficulties = [data["difficulty"] for data in known if "difficulty" in data]
    if len(extracts) != len(difficulties):
        raise ReduceError(f"{len(extracts)} extracts with feedback have {len(difficulties)} difficulties")
    judge = {"binary": _binary, "one-to-one": _one_to_one, "many-to-many": _many_to_many}[mode]
    return judge(extracts, difficulties)


def relevant(group: Group) -> Sequence[Mapping[str, Any] | None]:
    """The reductions that Caesar attaches to extracts; raises ReduceError where there are none."""
    if group.relevant_reductions is None:
        raise ReduceError("it needs relevant reductions, which Caesar attaches and no export has")
    return group.relevant_reductions


def _binary(extracts: Sequence[Mapping[str, Any]], difficulties: Sequence[Any]) -> Judged:
    judged = Judged(["True", "False"], [], [], [])
    for extract, difficulty in zip(extracts, difficulties, strict=True):
        for success, hard in zip(extract["feedback"]["success"], difficulty, strict=False):
            judged.truth.append("True")
            judged.given.append(str(bool(success)))
            judged.weights.append(1 - hard if success else hard)
    return judged


def _known_classes(extracts: Sequence[Mapping[str, Any]]) -> set[str]:
    """All classes in lower case: those that extracts count, be it not once, and the true ones."""
    counted = {name.lower() for extract in extracts for name, value in extract.items() if isinstance(value, int)}
    return counted.union(*(_labels(extract)[0] for extract in extracts))


def _labels(extract: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The true and the given classes of one extract, in lower case."""
    feedback = extract["feedback"]
    truth = feedback[f"true_{_TRUTHS[feedback['strategy']]}"]
    given = [name for name, value in extract.items() if isinstance(value, int) and value == 1]
    return [str(name).lower() for name in truth], [name.lower() for name in given]


def _one_to_one(extracts: Sequence[Mapping[str, Any]], difficulties: Sequence[Any]) -> Judged:
    judged = Judged([], [], [], [])
    for extract, difficulty in zip(extracts, difficulties, strict=True):
        truth, given = _labels(extract)
        easy = 1 - float(np.mean(difficulty))
        judged.truth.extend(truth)
        judged.given.extend(given)
        judged.weights.extend([easy if truth == given else 1 - easy] * len(truth))
    judged.classes.extend(sorted(_known_classes(extracts)))
    return judged


def _many_to_many(extracts: Sequence[Mapping[str, Any]], difficulties: Sequence[Any]) -> Judged:
    judged = Judged([], [], [], [])
    for extract, difficulty in zip(extracts, difficulties, strict=True):
        truth, given = _labels(extract)
        easy = 1 - float(np.mean(difficulty))
        for name in sorted({*truth, *given}):
            one, other = (name if name in names else NULL_CLASS for names in (truth, given))
            judged.truth.append(one)
            judged.given.append(other)
            judged.weights.append(easy if one == other else 1 - easy)
    judged.classes.extend([*sorted(_known_classes(extracts)), NULL_CLASS])
    return judged


def _classes(value: Any) -> list[str] | None:
    if isinstance(value, str):
        value = ast.literal_eval(value)
    if value is not None and not isinstance(value, list):
        raise TypeError
    return value


REDUCERS = (
    Reducer("subject_difficulty_reducer", "Mean success by feedback", reduce_subject_difficulty),
    Reducer("tess_gold_standard_reducer", "Mean success by feedback, for lists of feedback", reduce_gold_standard),
    Reducer(
        "user_skill_reducer",
        "Skill of one user in each class; needs relevant reductions",
        reduce_user_skill,
        (
            Keyword("mode", "binary", "how answers are judged", one_of("binary", "one-to-one", "many-to-many")),
            Keyword("skill_threshold", 0.7, "skill from which on a user goes up, 0 to 1", float),
            Keyword("count_threshold", 10, "answers from which on a user goes up", int),
            Keyword("strategy", "mean", "mean or all: what must reach the threshold", one_of("mean", "all")),
            Keyword("focus_classes", None, "classes that decide, all but the null class if left out", _classes),
        ),
    ),
)
