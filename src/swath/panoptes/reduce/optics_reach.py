"""The order in which OPTICS walks through points, and how far each lies from those before it (Ankerst et al. 1999)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Order = npt.NDArray[np.int64]

DECIMALS = 15
"""Distances that differ by less are ties, as in scikit-learn."""


class Reach(NamedTuple):
    """The order of the points, and of each its reachability, core distance and where it was reached from (-1: none)."""

    ordering: Order
    reachability: Floats
    core_distances: Floats
    predecessor: Order


def walk(distances: Floats, min_samples: int, max_eps: float) -> Reach:
    """Walk through points by their ``distances``, of shape (n, n), always to the one reached nearest so far.

    A core distance is that to the ``min_samples``-th nearest point, the point itself counted; ``max_eps`` is the
    greatest distance of neighbours.
    """
    count = len(distances)
    cores = np.around(np.partition(distances, min_samples - 1, axis=1)[:, min_samples - 1], DECIMALS)
    cores[cores > max_eps] = math.inf
    reachability = np.full(count, math.inf)
    predecessor = np.full(count, -1, dtype=np.int64)
    ordering = np.empty(count, dtype=np.int64)
    ahead = np.ones(count, dtype=bool)
    for step in range(count):
        left = np.flatnonzero(ahead)
        point = ordering[step] = left[reachability[left].argmin()]
        ahead[point] = False
        if cores[point] != math.inf:
            near = np.flatnonzero(ahead & (distances[point] <= max_eps))
            reached = np.around(np.maximum(distances[point, near], cores[point]), DECIMALS)
            nearer = reached < reachability[near]
            reachability[near[nearer]] = reached[nearer]
            predecessor[near[nearer]] = point
    return Reach(ordering, reachability, cores, predecessor)
