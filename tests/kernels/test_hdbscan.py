"""HDBSCAN of many groups at once against scikit-learn's of each, to the last bit of the probabilities."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swath.kernels.hdbscan import hdbscan_groups

cluster = pytest.importorskip("sklearn.cluster")

KEYWORDS = [
    {"min_cluster_size": 5, "min_samples": 3, "allow_single_cluster": False},
    {"min_cluster_size": 5, "min_samples": 3, "allow_single_cluster": True},
    {"min_cluster_size": 2, "min_samples": 1, "allow_single_cluster": False},
    {"min_cluster_size": 2, "min_samples": 2, "allow_single_cluster": True},
    {"min_cluster_size": 10, "min_samples": 4, "allow_single_cluster": False},
]


def joined(groups):
    offsets = np.cumsum([0, *map(len, groups)]).astype(np.int64)
    return np.concatenate(groups).reshape(-1, 2), offsets


def check(groups, keywords):
    points, offsets = joined(groups)
    labels, probabilities = hdbscan_groups(points, offsets, **keywords)
    for group, start, stop in zip(groups, offsets[:-1], offsets[1:], strict=True):
        if len(group) < keywords["min_cluster_size"]:
            assert (labels[start:stop] == -1).all()
            assert not probabilities[start:stop].any()
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            expected = cluster.HDBSCAN(copy=True, **keywords).fit(group)
        assert labels[start:stop].tolist() == expected.labels_.tolist()
        np.testing.assert_array_equal(probabilities[start:stop], expected.probabilities_)


def drawn(rng, kind, size):
    """Points of one kind: on a grid, in blobs, in rounded blobs, each several times, or anywhere."""
    if kind == 0:
        return rng.integers(0, 8, (size, 2)).astype(float)
    if kind == 1:
        return rng.normal(0, 3, (size, 2)) + 20 * rng.integers(0, 5, (size, 1))
    if kind == 2:
        return np.round(rng.normal(0, 2, (size, 2)) + 15 * rng.integers(0, 3, (size, 1)), 1)
    if kind == 3:
        return np.repeat(rng.integers(0, 50, (size // 4 + 1, 2)).astype(float), 4, axis=0)[:size]
    return rng.uniform(0, 100, (size, 2))


@pytest.mark.parametrize("keywords", KEYWORDS)
def test_labels_and_probabilities_are_those_of_scikit_learn(keywords):
    rng = np.random.default_rng(keywords["min_cluster_size"] + keywords["allow_single_cluster"])
    sizes = [*rng.integers(0, 60, 300), *rng.integers(60, 300, 5)]
    check([drawn(rng, number % 5, int(size)) for number, size in enumerate(sizes)], keywords)


POINT = st.tuples(st.integers(0, 6), st.integers(0, 6))


@settings(max_examples=60)
@given(st.lists(st.lists(POINT, max_size=24), min_size=1, max_size=6), st.sampled_from(KEYWORDS))
def test_ties_are_met_in_the_same_order(groups, keywords):
    check([np.array(group, np.float64).reshape(-1, 2) for group in groups], keywords)


def test_no_points_at_all():
    labels, probabilities = hdbscan_groups(np.empty((0, 2)), np.zeros(3, np.int64), **KEYWORDS[0])
    assert labels.size == probabilities.size == 0
