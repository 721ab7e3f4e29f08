"""The labels of points in groups: by DBSCAN, all groups in one loop, or by HDBSCAN, group by group."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from swath.errors import MissingExtraError
from swath.planet4.clustering.groups import Groups

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_SMALLEST = 3
_SURE = 0.9


def dbscan(points: Floats, groups: Groups, eps: float, least: Integers) -> Integers:
    """Label the points of each group by DBSCAN, -1 for noise; ``least`` is each group's smallest neighbourhood."""
    from swath.kernels.cluster import dbscan_groups  # noqa: PLC0415  (start-up counts)

    return dbscan_groups(points, groups.offsets.astype(np.int64), eps, least)


def hdbscan(points: Floats, groups: Groups, eps: float, least: Integers) -> Integers:  # noqa: ARG001  (it has no eps)
    """Label the points of each group by HDBSCAN with clusters of three or more; -1 for those it is less sure of.

    An experiment of the production's: slow, and without distances to choose. Raises MissingExtraError without
    scikit-learn.
    """
    try:
        from sklearn.cluster import HDBSCAN  # noqa: PLC0415  (optional extra)
    except ImportError as error:
        raise MissingExtraError("HDBSCAN needs scikit-learn", "pip install 'swath[panoptes]'") from error
    labels = np.full(len(points), -1, np.int64)
    for number, (start, stop) in enumerate(pairwise(groups.offsets.tolist())):
        if stop - start >= max(_SMALLEST, least[number]):
            found = HDBSCAN(min_cluster_size=_SMALLEST, min_samples=int(least[number]), copy=True)
            found.fit(points[start:stop])
            labels[start:stop] = np.where(found.probabilities_ > _SURE, found.labels_, -1)
    return labels


ALGORITHMS = {"dbscan": dbscan, "hdbscan": hdbscan}
"""The algorithms by name."""
