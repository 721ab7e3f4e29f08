"""HDBSCAN of many groups of points in one loop, with the labels and probabilities that scikit-learn gives each group.

Mutual reachability is the largest of two points' distance and their core distances, each the distance to the
``min_samples``-th nearest point, the point itself among them. Its minimum spanning tree, the hierarchy of merging
clusters that the tree gives, the clusters of it that last longest: every step, and the order in which ties are met,
are those of scikit-learn.
Source: R. Campello, D. Moulavi, J. Sander, "Density-based clustering based on hierarchical density estimates", 2013.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled

Points = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float64]
Offsets = npt.NDArray[np.int64]
Labels = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@compiled
def _distance(points: Points, i: int, j: int) -> float:
    square = 0.0
    for k in range(points.shape[1]):
        difference = points[i, k] - points[j, k]
        square += difference * difference
    return np.sqrt(square)


@compiled
def _core_distances(points: Points, min_samples: int) -> Floats:
    """The distance of each point to its ``min_samples``-th nearest one, itself the first."""
    n = points.shape[0]
    core = np.empty(n, np.float64)
    nearest = np.empty(min_samples, np.float64)
    for i in range(n):
        nearest[:] = np.inf
        for j in range(n):
            distance = _distance(points, i, j)
            if distance < nearest[min_samples - 1]:
                k = min_samples - 1
                while k > 0 and nearest[k - 1] > distance:
                    nearest[k] = nearest[k - 1]
                    k -= 1
                nearest[k] = distance
        core[i] = nearest[min_samples - 1]
    return core


@compiled
def _spanning_tree(points: Points, min_samples: int, ends: Offsets, lengths: Floats) -> None:
    """Find the edges of the minimum spanning tree by Prim's algorithm from point 0: both ends, and the length."""
    n = points.shape[0]
    core = _core_distances(points, min_samples)
    in_tree = np.zeros(n, np.bool_)
    reach = np.full(n, np.inf)
    sources = np.ones(n, np.int64)
    current = np.int64(0)  # a literal 0 would be compiled for separately
    for edge in range(n - 1):
        in_tree[current] = True
        shortest, source, new = np.inf, 0, 0
        for j in range(n):
            if in_tree[j]:
                continue
            mutual = max(core[current], core[j], _distance(points, current, j))
            if mutual < reach[j]:
                reach[j] = mutual
                sources[j] = current
            if reach[j] < shortest:
                shortest, source, new = reach[j], sources[j], j
        ends[edge, 0], ends[edge, 1], lengths[edge] = source, new, shortest
        current = new


@compiled
def _spanning_trees(points: Points, offsets: Offsets, least: int, min_samples: int) -> tuple[Offsets, Floats]:
    """The edges of all groups of at least so many points, those of a group from its offset on."""
    ends = np.zeros((points.shape[0], 2), np.int64)
    lengths = np.zeros(points.shape[0], np.float64)
    for g in range(offsets.size - 1):
        a, b = offsets[g], offsets[g + 1]
        if b - a >= least:
            _spanning_tree(points[a:b], min_samples, ends[a : b - 1], lengths[a : b - 1])
    return ends, lengths


@compiled
def _hierarchy(ends: Offsets, order: Offsets) -> tuple[Offsets, Offsets]:
    """Merge along the edges in order: the two children of each merged node, and the points that every node has.

    Nodes 0 to n - 1 are the points, node n + i is what edge i of the order made.
    """
    n = order.size + 1
    children = np.empty((n - 1, 2), np.int64)
    sizes = np.ones(2 * n - 1, np.int64)
    above = np.full(2 * n - 1, -1)
    for i in range(n - 1):
        for side in range(2):
            node = ends[order[i], side]
            while above[node] != -1:
                node = above[node]
            child = ends[order[i], side]
            while above[child] != -1:
                above[child], child = node, above[child]
            children[i, side] = node
        above[children[i, 0]] = above[children[i, 1]] = n + i
        sizes[n + i] = sizes[children[i, 0]] + sizes[children[i, 1]]
    return children, sizes


@compiled
def _fall_out(
    children: Offsets, node: int, parent: int, density: float, rows: Offsets, densities: Floats, ignore: Mask, at: int
) -> int:
    """Let the points below a node fall out of a cluster, breadth first; gives the number of rows then."""
    n = children.shape[0] + 1
    queue = np.empty(2 * n, np.int64)
    queue[0], first, last = node, 0, 1
    while first < last:
        below = queue[first]
        first += 1
        ignore[below] = True
        if below < n:
            rows[at, 0], rows[at, 1], rows[at, 2], densities[at] = parent, below, 1, density
            at += 1
        else:
            queue[last], queue[last + 1] = children[below - n, 0], children[below - n, 1]
            last += 2
    return at


@compiled
def _condensed(
    children: Offsets, sizes: Offsets, lengths: Floats, order: Offsets, least: int
) -> tuple[Offsets, Floats, int]:
    """The tree of clusters of at least so many points: rows of parent, child and the child's points, and a density.

    A child is a point, or a cluster, n for the root; the density at which it parts is 1 over the length. Gives the
    number of clusters too.
    """
    n = children.shape[0] + 1
    rows = np.empty((2 * n, 3), np.int64)
    densities = np.empty(2 * n, np.float64)
    names = np.empty(2 * n - 1, np.int64)
    ignore = np.zeros(2 * n - 1, np.bool_)
    queue = np.empty(2 * n, np.int64)
    queue[0], first, last = 2 * n - 2, 0, 1
    names[2 * n - 2], clusters, at = n, 1, 0
    while first < last:
        node = queue[first]
        first += 1
        if node < n:
            continue
        left, right = children[node - n, 0], children[node - n, 1]
        queue[last], queue[last + 1] = left, right
        last += 2
        if ignore[node]:
            continue
        length = lengths[order[node - n]]
        density = 1.0 / length if length > 0.0 else np.inf
        split = sizes[left] >= least and sizes[right] >= least
        for child in (left, right):
            if split:
                names[child] = n + clusters
                clusters += 1
                rows[at, 0], rows[at, 1], rows[at, 2], densities[at] = names[node], names[child], sizes[child], density
                at += 1
            elif sizes[child] >= least:
                names[child] = names[node]
            else:
                at = _fall_out(children, child, names[node], density, rows, densities, ignore, at)
    return rows[:at], densities[:at], clusters


@compiled
def _selected(rows: Offsets, densities: Floats, n: int, clusters: int, single: bool) -> tuple[Offsets, Mask]:
    """The parent of each cluster, and the clusters that are more stable than all below them; ``single``: or the root.

    The stability of a cluster is the sum over its points of the densities through which they are in it.
    """
    births = np.zeros(clusters, np.float64)
    parents = np.zeros(clusters, np.int64)
    for r in range(rows.shape[0]):
        if rows[r, 1] >= n:
            births[rows[r, 1] - n] = densities[r]
            parents[rows[r, 1] - n] = rows[r, 0] - n
    stability = np.zeros(clusters, np.float64)
    for r in range(rows.shape[0]):
        stability[rows[r, 0] - n] += (densities[r] - births[rows[r, 0] - n]) * rows[r, 2]
    below = np.zeros(clusters, np.float64)
    chosen = np.zeros(clusters, np.bool_)
    for c in range(clusters - 1, -1 if single else 0, -1):
        if below[c] > stability[c]:
            stability[c] = below[c]
        else:
            chosen[c] = True
        below[parents[c]] += stability[c] if c else 0.0
    inside = np.zeros(clusters, np.bool_)
    for c in range(1, clusters):  # a parent stands before its children
        inside[c] = inside[parents[c]] or chosen[parents[c]]
        chosen[c] = chosen[c] and not inside[c]
    return parents, chosen


@compiled
def _last_densities(rows: Offsets, densities: Floats, n: int, clusters: int) -> Floats:
    """The greatest density of each cluster, among its last rows that stand together."""
    greatest = np.zeros(clusters, np.float64)
    for r in range(rows.shape[0]):
        c = rows[r, 0] - n
        together = r > 0 and rows[r - 1, 0] == rows[r, 0]
        greatest[c] = max(greatest[c], densities[r]) if together else densities[r]
    return greatest


@compiled
def _label(
    rows: Offsets, densities: Floats, n: int, clusters: int, single: bool, labels: Labels, probabilities: Floats
) -> None:
    """Label the points of one group by the cluster that they are in, -1 for noise, and say how surely."""
    parents, chosen = _selected(rows, densities, n, clusters, single)
    number, nearest = np.zeros(clusters, np.int64), np.zeros(clusters, np.int64)
    for c in range(1, clusters):
        number[c] = number[c - 1] + (1 if chosen[c - 1] else 0)
        nearest[c] = c if chosen[c] else nearest[parents[c]]
    threshold = -np.inf
    for r in range(rows.shape[0]):
        if rows[r, 0] == n:
            threshold = max(threshold, densities[r])
    greatest = _last_densities(rows, densities, n, clusters)
    for r in range(rows.shape[0]):
        point = rows[r, 1]
        if point >= n:
            continue
        c = nearest[rows[r, 0] - n]
        labels[point], probabilities[point] = -1, 0.0
        if c > 0 or (single and chosen[0] and densities[r] >= threshold):
            labels[point] = number[c]
            sure = greatest[c] == 0.0 or np.isinf(densities[r])
            probabilities[point] = 1.0 if sure else min(densities[r], greatest[c]) / greatest[c]


@compiled
def _label_groups(
    ends: Offsets, lengths: Floats, order: Offsets, offsets: Offsets, least: int, single: bool
) -> tuple[Labels, Floats]:
    labels = np.full(lengths.size, -1)
    probabilities = np.zeros(lengths.size, np.float64)
    for g in range(offsets.size - 1):
        a, b = offsets[g], offsets[g + 1]
        if b - a < least:
            continue
        children, sizes = _hierarchy(ends[a : b - 1], order[a : b - 1])
        rows, densities, clusters = _condensed(children, sizes, lengths[a : b - 1], order[a : b - 1], least)
        _label(rows, densities, b - a, clusters, single, labels[a:b], probabilities[a:b])
    return labels, probabilities


def _orders(lengths: Floats, offsets: Offsets, least: int) -> Offsets:
    """The order of each group's edges by length.

    NumPy sorts them, as it does for scikit-learn: which of equal ones comes first depends on its sort, the processor
    and the number of edges. So groups of equal size are sorted together, each by itself.
    """
    order = np.zeros(lengths.size, np.int64)
    sizes = np.diff(offsets)
    for size in np.unique(sizes[sizes >= least]).tolist():
        places = offsets[:-1][sizes == size][:, None] + np.arange(size - 1)
        order[places] = np.argsort(lengths[places], axis=1)
    return order


def hdbscan_groups(
    points: Points, offsets: Offsets, *, min_cluster_size: int, min_samples: int, allow_single_cluster: bool
) -> tuple[Labels, Floats]:
    """Label the points of each group, shape (points, parameters), bounded by ``offsets``, and say how surely.

    -1 is noise, as are all points of a group that is smaller than ``min_cluster_size``, which is at least 2. Of the
    clusters in the hierarchy those of the greatest excess of mass count; ``allow_single_cluster`` says whether that
    may be all points. Any other group must have ``min_samples`` points.
    """
    points = np.ascontiguousarray(points)
    ends, lengths = _spanning_trees(points, offsets, min_cluster_size, min_samples)
    order = _orders(lengths, offsets, min_cluster_size)
    return _label_groups(ends, lengths, order, offsets, min_cluster_size, allow_single_cluster)
