"""DBSCAN of many groups of points in one loop, with the labels that scikit-learn gives each group.

A point is a core point if at least ``min_samples`` points, itself among them, are within ``eps``. Clusters are numbered
by their lowest core point; a point that is no core point belongs to the lowest-numbered cluster with a core point near.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import types
from numba.extending import intrinsic

from swath.kernels.compiled import compiled

Points = npt.NDArray[np.float64]
Offsets = npt.NDArray[np.int64]
Labels = npt.NDArray[np.int64]

EUCLIDEAN, CIRCULAR, TEMPORAL = 0, 1, 2
"""Distances: plain; plain but for the last parameter, which is an angle; of points that move with time."""

_BRUTE = 11
"""Up to so many points scikit-learn compares expanded squares, beyond it squared differences."""

_SWEEP = 64
"""From so many points on, only those near in the first coordinate are compared."""

_NO_ORDER: Offsets = np.empty(0, np.int64)


@intrinsic
def _fma(_context, a, b, c):  # type: ignore[no-untyped-def]  # noqa: ARG001  (Numba reads the types)
    """Multiply and add with one rounding, as the matrix product of linear algebra libraries does."""

    def code(_context, builder, _signature, values):  # type: ignore[no-untyped-def]
        return builder.fma(*values)

    return types.float64(types.float64, types.float64, types.float64), code


@compiled
def _square(points: Points, i: int) -> float:
    square = 0.0
    for k in range(points.shape[1]):
        square += points[i, k] * points[i, k]
    return square


@compiled
def _dot(points: Points, i: int, j: int) -> float:
    product = points[i, 0] * points[j, 0]
    for k in range(1, points.shape[1]):
        product = _fma(points[i, k], points[j, k], product)
    return product


@compiled
def _near_euclidean(points: Points, i: int, j: int, eps: float, expanded: bool) -> bool:
    if expanded:
        square = (_square(points, i) + (-2.0 * _dot(points, i, j))) + _square(points, j)
        return i == j or max(square, 0.0) <= eps * eps
    square = 0.0
    for k in range(points.shape[1]):
        difference = points[i, k] - points[j, k]
        square += difference * difference
    return square <= eps * eps


@compiled
def _near_circular(points: Points, i: int, j: int, eps: float, period: float) -> bool:
    last = points.shape[1] - 1
    square = 0.0
    for k in range(last):
        difference = points[i, k] - points[j, k]
        square += difference * difference
    angle = abs(points[i, last] % period - points[j, last] % period)
    angle = min(period - angle, angle)
    return np.sqrt(square + angle * angle) <= eps


@compiled
def _near_temporal(points: Points, i: int, j: int, eps: float) -> bool:
    one, other = points[i, 2] + 1.0, points[j, 2] + 1.0
    x = points[i, 0] * one - points[j, 0] * other
    y = points[i, 1] * one - points[j, 1] * other
    return x * x + y * y <= eps


@compiled
def _window(sorted_first: Points, place: int, eps: float) -> tuple[int, int]:
    """The places, in order of the first coordinate, of the points that may be near one."""
    n = sorted_first.size
    reach = eps * (1.0 + 1e-9) + 1e-300
    low, high = place, place + 1
    while low > 0 and sorted_first[place] - sorted_first[low - 1] <= reach:
        low -= 1
    while high < n and sorted_first[high] - sorted_first[place] <= reach:
        high += 1
    return low, high


@compiled
def _label_near(near: npt.NDArray[np.bool_], min_samples: int, labels: Labels) -> int:
    """Label points by which are near which, shape (points, points), -1 for noise; gives the number of clusters."""
    n = near.shape[0]
    core = np.empty(n, np.bool_)
    for i in range(n):
        neighbours = 0
        for j in range(n):
            neighbours += near[i, j]
        core[i] = neighbours >= min_samples
    for i in range(n):
        labels[i] = -1
    clusters = 0
    stack = np.empty(n, np.int64)
    for start in range(n):
        if labels[start] != -1 or not core[start]:
            continue
        labels[start] = clusters
        stack[0], depth = start, 1
        while depth:
            depth -= 1
            row = near[stack[depth]]
            for j in range(n):
                if row[j] and labels[j] == -1:
                    labels[j] = clusters
                    if core[j]:
                        stack[depth] = j
                        depth += 1
        clusters += 1
    return clusters


@compiled
def _near_pairs(points: Points, eps: float, metric: int, period: float) -> npt.NDArray[np.bool_]:
    """Which points are near which, shape (points, points)."""
    n = points.shape[0]
    near = np.empty((n, n), np.bool_)
    for i in range(n):
        for j in range(i, n):
            if metric == CIRCULAR:
                near[i, j] = near[j, i] = _near_circular(points, i, j, eps, period)
            else:
                near[i, j] = near[j, i] = _near_temporal(points, i, j, eps)
    return near


@compiled
def _ones(bits: np.uint64) -> int:
    """The number of bits that are set."""
    bits = bits - ((bits >> np.uint64(1)) & np.uint64(0x5555555555555555))
    bits = (bits & np.uint64(0x3333333333333333)) + ((bits >> np.uint64(2)) & np.uint64(0x3333333333333333))
    bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((bits * np.uint64(0x0101010101010101)) >> np.uint64(56))


@compiled
def _near_masks(points: Points, eps: float, masks: npt.NDArray[np.uint64]) -> None:
    """For each of at most 64 points a bit for every point that is near."""
    n, one = points.shape[0], np.uint64(1)
    masks[:n] = 0
    if n <= _BRUTE:
        for i in range(n):
            for j in range(n):
                masks[i] |= np.uint64(_near_euclidean(points, i, j, eps, True)) << np.uint64(j)
        return
    for i in range(n):
        mask = one << np.uint64(i)
        for j in range(i):
            near = np.uint64(_near_euclidean(points, i, j, eps, False))
            mask |= near << np.uint64(j)
            masks[j] |= near << np.uint64(i)
        masks[i] = mask


@compiled
def _label_few(points: Points, eps: float, min_samples: int, masks: npt.NDArray[np.uint64], labels: Labels) -> int:
    """Label at most 64 points, sets of which are the bits of a word; gives the number of clusters."""
    n, one = points.shape[0], np.uint64(1)
    _near_masks(points, eps, masks)
    core = np.uint64(0)
    for i in range(n):
        core |= np.uint64(_ones(masks[i]) >= min_samples) << np.uint64(i)
    free, clusters = ~np.uint64(0), 0
    for start in range(n):
        if not (core & free) >> np.uint64(start) & one:
            continue
        reached = one << np.uint64(start)
        while reached:
            free &= ~reached
            spreading, near = reached & core, np.uint64(0)
            while reached:
                lowest = reached & (~reached + one)
                labels[_ones(lowest - one)] = clusters
                reached ^= lowest
            while spreading:
                lowest = spreading & (~spreading + one)
                near |= masks[_ones(lowest - one)]
                spreading ^= lowest
            reached = near & free
        clusters += 1
    return clusters


@compiled
def _label_many(points: Points, order: Offsets, eps: float, min_samples: int, labels: Labels) -> int:
    """Label points whose ``order`` by the first coordinate is given; gives the number of clusters."""
    n = points.shape[0]
    first, place = np.empty(n, np.float64), np.empty(n, np.int64)
    for p in range(n):
        first[p] = points[order[p], 0]
        place[order[p]] = p
    core = np.zeros(n, np.bool_)
    for i in range(n):
        low, high = _window(first, place[i], eps)
        near = 0
        for p in range(low, high):
            near += _near_euclidean(points, i, order[p], eps, False)
        core[i] = near >= min_samples
    clusters = 0
    stack = np.empty(n, np.int64)
    for start in range(n):
        if labels[start] != -1 or not core[start]:
            continue
        labels[start] = clusters
        stack[0], depth = start, 1
        while depth:
            depth -= 1
            i = stack[depth]
            low, high = _window(first, place[i], eps)
            for p in range(low, high):
                j = order[p]
                if labels[j] == -1 and _near_euclidean(points, i, j, eps, False):
                    labels[j] = clusters
                    if core[j]:
                        stack[depth] = j
                        depth += 1
        clusters += 1
    return clusters


@compiled
def _label_groups(
    points: Points,
    offsets: Offsets,
    order: Offsets,
    eps: float,
    min_samples: Offsets,
    metric: int,
    period: float,
) -> Labels:
    """Label the points of each group, -1 for noise."""
    labels = np.full(points.shape[0], -1, np.int64)
    masks = np.empty(_SWEEP, np.uint64)
    for g in range(offsets.size - 1):
        a, b = offsets[g], offsets[g + 1]
        if b - a < min_samples[g]:
            continue
        if metric != EUCLIDEAN:
            _label_near(_near_pairs(points[a:b], eps, metric, period), min_samples[g], labels[a:b])
        elif b - a < _SWEEP:
            _label_few(points[a:b], eps, min_samples[g], masks, labels[a:b])
        else:
            _label_many(points[a:b], order[a:b], eps, min_samples[g], labels[a:b])
    return labels


def _orders(points: Points, offsets: Offsets) -> Offsets:
    """The order by the first coordinate within each group that is swept; of other groups anything."""
    order: Offsets = np.zeros(points.shape[0], np.int64)
    sizes = np.diff(offsets)
    swept = np.flatnonzero(sizes >= _SWEEP)
    if swept.size:
        group = np.repeat(swept, sizes[swept])
        ends = np.cumsum(sizes[swept])
        rows = np.arange(group.size) - np.repeat(ends - sizes[swept], sizes[swept]) + offsets[group]
        order[rows] = rows[np.lexsort((points[rows, 0], group))] - offsets[group]
    return order


def _each_group(min_samples: int | Offsets, offsets: Offsets) -> Offsets:
    each: Offsets = np.empty(offsets.size - 1, np.int64)
    each[:] = min_samples
    return each


def dbscan_groups(points: Points, offsets: Offsets, eps: float, min_samples: int | Offsets) -> Labels:
    """Label the points of each group, shape (points, parameters), bounded by ``offsets``; -1 is noise.

    ``min_samples`` is one number, or one for each group, shape (groups,).
    """
    least = _each_group(min_samples, offsets)
    points = np.ascontiguousarray(points)
    return _label_groups(points, offsets, _orders(points, offsets), float(eps), least, EUCLIDEAN, 1.0)


def dbscan_circular_groups(points: Points, offsets: Offsets, eps: float, min_samples: int, period: float) -> Labels:
    """The same where the last parameter is an angle of this period, in degrees."""
    least = _each_group(min_samples, offsets)
    return _label_groups(np.ascontiguousarray(points), offsets, _NO_ORDER, float(eps), least, CIRCULAR, float(period))


def dbscan_temporal_groups(points: Points, offsets: Offsets, eps: float, min_samples: int) -> Labels:
    """The same for x, y and time t: the distance is (x1 (t1 + 1) - x2 (t2 + 1))² + (y1 (t1 + 1) - y2 (t2 + 1))²."""
    least = _each_group(min_samples, offsets)
    return _label_groups(np.ascontiguousarray(points), offsets, _NO_ORDER, float(eps), least, TEMPORAL, 1.0)


@compiled
def dbscan_matrix(distances: Points, eps: float, min_samples: int) -> Labels:
    """Label points by their distances, shape (points, points); -1 is noise."""
    labels = np.empty(distances.shape[0], np.int64)
    _label_near(distances <= eps, min_samples, labels)
    return labels
