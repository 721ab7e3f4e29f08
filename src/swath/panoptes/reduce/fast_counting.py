"""Counting votes of all groups of a bucket at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.panoptes.reduce.groups import Groups, data_names
from swath.panoptes.reduce.plain import Reductions
from swath.panoptes.wide import PREFIX

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def count_votes(groups: Groups) -> Reductions | None:
    """Count, for each group, the extracts that have each key; None where keys are nested, as dots make them."""
    votes = _votes(groups)
    if votes is None:
        return None
    owners = np.arange(groups.count)
    columns = {}
    for key, there in votes.items():
        counts = np.bincount(groups.owners[there], minlength=groups.count)
        columns[key] = pa.array(counts, mask=counts == 0)
    return Reductions(owners, columns)


def count_consensus(groups: Groups) -> Reductions | None:
    """Find the most voted key of each group, the first one seen where several are; None where keys are nested."""
    votes = _votes(groups)
    if votes is None:
        return None
    count = groups.count
    best, seen, total = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64)
    chosen = np.full(count, -1)
    for number, there in enumerate(votes.values()):
        rows = np.flatnonzero(there)
        counts = np.bincount(groups.owners[rows], minlength=count)
        first = np.full(count, np.iinfo(np.int64).max)
        np.minimum.at(first, groups.owners[rows], rows * len(votes) + number)
        better = (counts > best) | ((counts == best) & (counts > 0) & (first < seen))
        best, seen, total = np.where(better, counts, best), np.where(better, first, seen), total + counts
        chosen[better] = number
    voted = chosen >= 0
    keys = pa.array([*votes, ""], pa.large_string())
    agreement = np.divide(best, total, out=np.zeros(count), where=voted)
    return Reductions(
        np.arange(count),
        {
            "most_likely": keys.take(pa.array(np.where(voted, chosen, 0), mask=~voted)),
            "num_votes": pa.array(best),
            "agreement": pa.array(agreement, mask=~voted),
        },
    )


def _votes(groups: Groups) -> dict[str, Mask] | None:
    """Which extracts have each key, shape (rows,); None where keys are nested."""
    names = {name: name.removeprefix(PREFIX) for name in data_names(groups.rows)}
    if any("." in key for key in names.values()):
        return None
    return {key: groups.rows[name].is_valid().to_numpy() for name, key in names.items()}
