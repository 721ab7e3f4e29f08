"""The DBSCAN kernels against scikit-learn, group by group."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN

from swath.kernels.cluster import dbscan_circular_groups, dbscan_groups, dbscan_matrix, dbscan_temporal_groups


def groups_of(rng, sizes, parameters, scale):
    points = np.round(rng.normal(0, scale, (sum(sizes), parameters)), int(rng.integers(0, 4)))
    return points, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def by_library(points, offsets, eps, min_samples, **how):
    labels = np.full(len(points), -1)
    for a, b in pairwise(offsets):
        if b - a >= min_samples:
            labels[a:b] = DBSCAN(eps=eps, min_samples=min_samples, **how).fit(points[a:b]).labels_
    return labels


@settings(max_examples=150)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 40), min_size=1, max_size=6), st.integers(1, 4),
       st.sampled_from([0.5, 1.0, 2.0, 5.0]), st.integers(1, 5))  # fmt: skip
def test_labels_are_the_librarys(seed, sizes, parameters, eps, min_samples):
    points, offsets = groups_of(np.random.default_rng(seed), sizes, parameters, 3)
    expected = by_library(points, offsets, eps, min_samples)
    assert dbscan_groups(points, offsets, eps, min_samples).tolist() == expected.tolist()


@pytest.mark.parametrize("seed", range(12))
def test_large_groups(seed):
    points, offsets = groups_of(np.random.default_rng(seed), [700, 65, 64, 63], 2, 30)
    assert dbscan_groups(points, offsets, 2.0, 3).tolist() == by_library(points, offsets, 2.0, 3).tolist()


@pytest.mark.parametrize("parameters", [1, 2, 3, 4, 5])
def test_points_exactly_at_the_distance_of_few(parameters):
    """Up to 11 points scikit-learn expands the square of the difference, which rounds otherwise."""
    rng, groups = np.random.default_rng(parameters), 200
    start, step = rng.uniform(0, 1000, (groups, parameters)).round(3), rng.normal(0, 1, (groups, parameters))
    ends = start + 5 * step / np.linalg.norm(step, axis=1, keepdims=True)
    points = np.stack([start, ends, rng.uniform(0, 1000, (groups, parameters))], axis=1).reshape(3 * groups, parameters)
    offsets = np.arange(groups + 1) * 3
    labels = dbscan_groups(points, offsets, 5.0, 2)
    assert labels.tolist() == by_library(points, offsets, 5.0, 2).tolist()
    assert 0 < (labels == 0).sum() < 2 * groups


def circular(one, other, period=180.0):
    angle = abs(one[-1] % period - other[-1] % period)
    return np.sqrt(((one[:-1] - other[:-1]) ** 2).sum() + min(angle, period - angle) ** 2)


def temporal(one, other):
    return (one[0] * (one[2] + 1) - other[0] * (other[2] + 1)) ** 2 + (
        one[1] * (one[2] + 1) - other[1] * (other[2] + 1)
    ) ** 2


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 30), st.integers(1, 4))
def test_other_distances(seed, size, min_samples):
    points, offsets = groups_of(np.random.default_rng(seed), [size], 3, 4)
    how = {"algorithm": "brute"}
    expected = by_library(points, offsets, 5.0, min_samples, metric=circular, **how)
    assert dbscan_circular_groups(points, offsets, 5.0, min_samples, 180.0).tolist() == expected.tolist()
    points[:, 2] = abs(points[:, 2])
    expected = by_library(points, offsets, 5.0, min_samples, metric=temporal, **how)
    assert dbscan_temporal_groups(points, offsets, 5.0, min_samples).tolist() == expected.tolist()


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 25), st.integers(1, 4))
def test_distances_that_are_given(seed, size, min_samples):
    distances = np.random.default_rng(seed).uniform(0, 1, (size, size)).round(1)
    distances = np.minimum(distances, distances.T)
    np.fill_diagonal(distances, 0)
    distances[distances == 0.9] = np.inf
    finite = np.where(np.isinf(distances), 1e9, distances)
    expected = DBSCAN(eps=0.3, min_samples=min_samples, metric="precomputed").fit(finite).labels_
    assert dbscan_matrix(distances, 0.3, min_samples).tolist() == expected.tolist()


def test_nothing():
    assert dbscan_groups(np.empty((0, 2)), np.array([0, 0, 0]), 5.0, 3).size == 0
