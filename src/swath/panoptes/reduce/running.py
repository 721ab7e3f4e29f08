"""Running reducers: they take one classification after the other, and keep what they need in a store.

Each takes the extracts that are new, the store that it gave before, and the relevant reductions; it gives a reduction
with its store under ``_store``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from swath.panoptes.reduce.model import Extract, Reduction
from swath.panoptes.reduce.tess import centred, cluster_columns, columns_of, skill_of

Store = Mapping[str, Any]
Relevant = Sequence[Mapping[str, Any] | None]


def run_tess_user(extracts: Sequence[Extract], store: Store, relevant: Relevant) -> Reduction:
    """The skill of a user after another classification, 0.05 to 3.

    Each success adds 2, each failure -1, weighted by the subject's difficulty, to the seed; the skill is
    (1 + log10 count) to the power of seed / count, and the least before the first answer.
    """
    success = np.array([item["success"] for item in extracts[0]["feedback"]])
    known = ((relevant[0] if relevant else None) or {}).get("data") or {}
    difficulty = np.asarray(known.get("difficulty", 0), np.float64)
    seed = float(store.get("seed", 0) + (np.where(success, 2, -1) * difficulty).sum())
    count = int(store.get("count", 0)) + success.size
    skill = (1 + math.log10(count)) ** (seed / count) if count else 0.0
    return {"skill": float(np.clip(skill, 0.05, 3)), "_store": {"seed": seed, "count": count}}


def run_tess_gold_standard(extracts: Sequence[Extract], store: Store, _relevant: Relevant = ()) -> Reduction:
    """The share of successes of each feedback so far; blank feedback leaves it as it is."""
    successes = [int(number) for number in store.get("number_of_successes", ())]
    count = int(store.get("count", 0))
    for extract in extracts:
        flags = [int(item["success"]) for item in extract.get("feedback") or ()]
        if flags:
            successes = [a + b for a, b in zip(successes or [0] * len(flags), flags, strict=True)]
            count += 1
    if not count:
        return {"_store": dict(store)}
    return {
        "difficulty": [number / count for number in successes],
        "_store": {"number_of_successes": successes, "count": count},
    }


def run_tess_columns(
    extracts: Sequence[Extract],
    store: Store,
    relevant: Relevant,
    *,
    user_ids: Sequence[Any],
    x: str = "center",
    eps: float = 5.0,
    min_samples: int = 3,
) -> Reduction:
    """Cluster the columns of all extracts so far, as ``tess_reducer_column`` does."""
    known = store.get("data_by_tool", {"data": [], "index": []})
    new = columns_of(extracts)
    first = max(known["index"], default=-1) + 1
    data = [*known["data"], *new[:, :2].tolist()]
    index = [*known["index"], *(first + new[:, 2].astype(int)).tolist()]
    users = [*store.get("user_id", ()), *user_ids]
    reductions = [*store.get("relevant_reduction", ()), *relevant]
    columns = np.column_stack([np.array(data, np.float64).reshape(-1, 2), np.array(index, np.float64)])
    reduced = cluster_columns(centred(columns, x), users, [skill_of(each) for each in reductions], eps, min_samples)
    kept = {"data_by_tool": {"data": data, "index": index}, "user_id": users, "relevant_reduction": reductions}
    return {**reduced, "_store": kept}


def run_gravity_spy_user(
    extracts: Sequence[Extract],
    store: Store,
    _relevant: Relevant = (),
    *,
    first_level: str = "level_1",
    level_config: Mapping[str, Any] | None = None,
) -> Reduction:
    """The confusion matrix of a user after another classification with a known answer, and the level it earns."""
    label, gold = extracts[0]["user_label"], extracts[0]["gold_label"]
    confusion = {name: dict(row) for name, row in store.get("confusion_matrix", {}).items()}
    confusion.setdefault(label, {})
    confusion[label][gold] = confusion[label].get(gold, 0) + 1
    votes = dict(store.get("column_normalization", {}))
    votes[label] = votes.get(label, 0) + 1
    shares = {name: {g: number / votes[name] for g, number in row.items()} for name, row in confusion.items()}
    alpha = {name: row[name] for name, row in shares.items() if name in row}
    level = _level(store.get("max_level", first_level), alpha, level_config or {})
    kept = {"confusion_matrix": confusion, "column_normalization": votes}
    if "max_level" in level:
        kept["max_level"] = level["max_level"]
    return {"alpha": alpha, **level, "normalized_confusion_matrix": shares, "_store": kept}


def _level(name: str, alpha: Mapping[str, float], config: Mapping[str, Any]) -> dict[str, Any]:
    """The level of a user, and the category that the next one depends on most."""
    found: dict[str, Any] = {"level_up": False, "max_level": name, "most_useful_category": None}
    level = config.get(name, {})
    if {"workflow_id", "new_categories", "threshold", "next_level"} <= level.keys():
        skills = {category: alpha.get(category, 0) for category in level["new_categories"]}
        lowest = min(skills, key=skills.__getitem__)
        found["most_useful_category"] = lowest
        if skills[lowest] >= level["threshold"]:
            found |= {"level_up": True, "max_level": level["next_level"], "most_useful_category": None}
    return {**found, "max_workflow_id": config.get(found["max_level"], {}).get("workflow_id")}


def run_gravity_spy_subject(
    extracts: Sequence[Extract], store: Store, relevant: Relevant, *, none_key: str = "NONEOFTHEABOVE"
) -> Reduction:
    """The weight of each category of a subject after another classification; the machine's weights are the first."""
    extract = extracts[0]
    views = int(store.get("number_views", 1))
    none = int(store.get("none_of_the_above_count", 0))
    sums = dict(store.get("category_weights_sum", extract["ml_weights"]))
    known = ((relevant[0] if relevant else None) or {}).get("data") or {}
    column = known.get("normalized_confusion_matrix", {}).get(extract["user_label"])
    if extract["user_label"] == none_key:
        none += 1
    elif column:
        views += 1
        sums = dict(Counter(sums) + Counter(column))
    weights = {name: total / views for name, total in sums.items()}
    kept = {"number_views": views, "none_of_the_above_count": none}
    return {
        **kept,
        "category_weights": weights,
        "max_category_weight": max(weights.values()),
        "_store": {**kept, "category_weights_sum": sums},
    }


RUNNING_REDUCERS = {
    "tess_user_reducer": run_tess_user,
    "tess_gold_standard_reducer_rr": run_tess_gold_standard,
    "tess_reducer_column_rr": run_tess_columns,
    "gravity_spy_user_reducer": run_gravity_spy_user,
    "gravity_spy_subject_reducer": run_gravity_spy_subject,
}
"""Running reducers by name."""
