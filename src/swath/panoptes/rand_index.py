"""How far two clusterings of the same points agree."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def adjusted_rand_index(one: Rows, other: Rows, groups: Rows) -> float:
    """The mean over groups of the adjusted Rand index of two labellings, 1 where all groups are clustered alike.

    ``one``, ``other`` and ``groups`` are of shape (points,): the labels of each point, -1 for noise, and the number of
    its group. A point of noise is a cluster of its own. Groups of one point say nothing and are left out; NaN where
    there is no other. Source: L. Hubert and P. Arabie, "Comparing partitions", Journal of Classification 2, 1985.
    """
    first, second = _clusters(one, groups), _clusters(other, groups)
    both = np.unique(first * (second.max(initial=0) + 1) + second, return_inverse=True)[1]
    together, in_one, in_other, pairs = (_pairs(clusters, groups) for clusters in (both, first, second, groups))
    told = pairs > 0
    together, in_one, in_other, pairs = together[told], in_one[told], in_other[told], pairs[told]
    by_chance, most = in_one * in_other / pairs, (in_one + in_other) / 2
    alike = most == by_chance
    index = np.where(alike, 1.0, (together - by_chance) / np.where(alike, 1.0, most - by_chance))
    return float(index.mean()) if index.size else float("nan")


def _clusters(labels: Rows, groups: Rows) -> Rows:
    """The number of each point's cluster among those of all groups."""
    alone = np.where(labels < 0, -1 - np.arange(labels.size), labels)
    span = labels.size + int(labels.max(initial=0)) + 1
    numbers: Rows = np.unique(groups * span + alone + labels.size, return_inverse=True)[1]
    return numbers


def _pairs(clusters: Rows, groups: Rows) -> Floats:
    """The pairs of points in the same cluster, by group."""
    _, firsts, counts = np.unique(clusters, return_index=True, return_counts=True)
    return np.bincount(groups[firsts], counts * (counts - 1) / 2, groups.max(initial=-1) + 1).astype(np.float64)
