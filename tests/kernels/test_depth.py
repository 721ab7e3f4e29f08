"""Kernels of depth frames, fast against plain."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from swath.kernels.contours import above, contour_sums, keep_largest, touching
from swath.kernels.depth import depth_seen, heights, mouse_pixels, wrapped_heights
from swath.kernels.gaussian import fit_gaussian, log_likelihoods
from swath.kernels.plane import best_plane
from swath.kernels.warp import turn_windows

cv2 = pytest.importorskip("cv2")

sizes = st.tuples(st.integers(1, 20), st.integers(1, 20))
masks = sizes.flatmap(lambda size: arrays(np.uint8, (2, *size), elements=st.integers(0, 1)))
depths = arrays(np.uint16, (2, 9, 12), elements=st.one_of(st.integers(0, 65535), st.integers(560, 720), st.just(0)))


@settings(max_examples=80, deadline=None)
@given(depths, arrays(np.uint16, (5, 6), elements=st.sampled_from([0, 1, 600, 673, 65535])), st.integers(1, 20))
def test_heights(frames, floor, low):
    cut = frames[:, 3:8, 4:10].astype(int)
    for dtype, high in (("uint8", 120), ("uint8", 255), ("uint16", 65535)):
        found = np.empty(cut.shape, dtype)
        heights(frames, (3, 4), floor, low, high, found)
        plain = floor - cut
        np.testing.assert_array_equal(found, np.where((cut > 0) & (plain >= low) & (plain <= high), plain, 0))
    seen = np.empty(2, np.bool)
    depth_seen(frames, (3, 4), (5, 6), seen)
    np.testing.assert_array_equal(seen, cut.any(axis=(1, 2)))


@settings(max_examples=60, deadline=None)
@given(depths, st.floats(0, 1200))
def test_heights_that_wrap(frames, level):
    floor = np.full(frames.shape[1:], level)
    plain = np.trunc((floor - frames) * (frames != 0)).astype(np.int64)
    for dtype in ("uint8", "uint16"):
        found = np.empty(frames.shape, dtype)
        wrapped_heights(frames, floor, 10, 120, found)
        wrapped = plain.astype(dtype)
        np.testing.assert_array_equal(found, np.where((wrapped >= 10) & (wrapped <= 120), wrapped, 0))


@settings(max_examples=150, deadline=None)
@given(masks)
def test_contours_as_opencv(given_masks):
    sums = np.empty((len(given_masks), 6), np.int64)
    contour_sums(given_masks, sums, np.empty(given_masks.shape[1:], np.uint8))
    for mask, found in zip(given_masks, sums, strict=True):
        contours, _ = cv2.findContours(mask, cv2.RETR_TREE, cv2.CHAIN_APPROX_NONE)
        if not contours:
            assert not found.any()
            continue
        moments = cv2.moments(contours[int(np.argmax([cv2.contourArea(contour) for contour in contours]))])
        wanted = [moments[name] for name in ("m00", "m10", "m01", "m20", "m11", "m02")]
        scaled = np.abs(found) / [2, 6, 6, 12, 24, 12]
        np.testing.assert_allclose(scaled, np.abs(wanted), rtol=1e-12)


@settings(max_examples=150, deadline=None)
@given(masks)
def test_largest_component_as_opencv(given_masks):
    found, areas = given_masks.copy(), np.empty((len(given_masks), 2), np.int64)
    keep_largest(found, areas)
    for mask, kept, two in zip(given_masks, found, areas, strict=True):
        count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
        wanted = sorted(stats[1:, cv2.CC_STAT_AREA], reverse=True)[:2]
        assert list(two) == [*wanted, 0, 0][:2]
        assert kept.sum() == two[0]
        assert not (kept & ~mask).any()
        assert len(np.unique(labels[kept > 0])) == min(count - 1, 1)


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.uint8, (30, 34)),
    st.tuples(st.integers(-20, 40), st.integers(-20, 40)),
    st.sampled_from([(16, 16), (17, 16), (15, 17)]),
    st.floats(-400, 400),
)
def test_turned_windows_as_opencv(frame, corner, size, degrees):
    (top, left), (rows, columns) = corner, size
    padded = np.pad(frame, 60)[top + 60 : top + 60 + rows, left + 60 : left + 60 + columns]
    turn = cv2.getRotationMatrix2D((8, 8), -degrees, 1)
    found = np.empty((1, 16, 16), np.uint8)
    windows = np.array([[top, top + rows, left, left + columns]])
    turn_windows(frame[None], windows, np.array([degrees]), found)
    np.testing.assert_array_equal(found[0], cv2.warpAffine(padded, turn, (16, 16)))


def test_an_empty_window_is_black():
    found = np.ones((1, 4, 4), np.uint8)
    turn_windows(np.full((1, 5, 5), 9, np.uint8), np.array([[2, 2, 2, 2]]), np.zeros(1), found)
    assert not found.any()


@settings(max_examples=40, deadline=None)
@given(arrays(np.uint8, (3, 7, 5)), st.integers(0, 30))
def test_sums_over_pixels(frames, low):
    out = np.empty(frames.shape, np.uint8)
    above(frames, low, out)
    np.testing.assert_array_equal(out, frames > low)
    touched = np.empty(3, np.bool)
    touching(out, np.array([0, 13, 34]), touched)
    np.testing.assert_array_equal(touched, out.reshape(3, -1)[:, [0, 13, 34]].any(axis=1))
    count, total = np.empty(3, np.int64), np.empty(3)
    mouse_pixels(frames, low, 120, count, total)
    inside = (frames > low) & (frames < 120)
    np.testing.assert_array_equal(count, inside.sum(axis=(1, 2)))
    np.testing.assert_array_equal(total, (frames * inside).sum(axis=(1, 2), dtype=float))


def test_densities_as_scipy():
    stats = pytest.importorskip("scipy.stats")
    random = np.random.default_rng(0)
    spread = random.normal(size=(3, 3))
    mean, cov = np.array([4.0, 5.0, 30.0]), spread @ spread.T + np.eye(3)
    frame = random.integers(0, 60, (9, 11)).astype(np.uint8)
    y, x = np.indices(frame.shape)
    found = np.empty(frame.shape)
    assert log_likelihoods(frame, mean, cov, found)
    wanted = stats.multivariate_normal(mean, cov).logpdf(np.stack([x, y, frame], axis=-1))
    np.testing.assert_allclose(found, wanted, rtol=1e-9)
    assert not log_likelihoods(frame, mean, -cov, found)
    assert np.isnan(found).all()


def test_a_fit_that_cannot_be():
    points, mean = np.full((4, 3), 1e9), np.zeros(3)
    assert not fit_gaussian(points, mean, np.eye(3), 30.0, 0.25, 15)[0]
    assert not fit_gaussian(points, mean, np.zeros((3, 3)), 30.0, 0.25, 15)[0]


def test_planes_in_order():
    random = np.random.default_rng(3)
    points = np.stack([*random.uniform(0, 50, (2, 500)), random.normal(600, 4, 500)])
    planes = np.column_stack([np.zeros((4, 2)), np.ones(4), [-700.0, math.nan, -603.0, -600.0]])
    assert best_plane(points, planes, 10.0, 0.1) == 3
    assert best_plane(points, planes[:2], 10.0, 0.1) == -1
