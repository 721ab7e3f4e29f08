"""The statistics of planes, fast against plain."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from swath.kernels.frames import quantiles, values_at_ranks
from swath.sky.cameras import PATTERNS, plane_offsets
from swath.sky.regions import Box
from swath.sky.statistics import measure, rounded

sides = st.integers(2, 40)
frames = st.one_of(
    arrays(np.uint16, st.tuples(st.integers(2, 12), st.integers(2, 12))),
    st.builds(
        lambda rows, columns, seed: np.random.default_rng(seed).integers(0, 65536, (rows, columns), np.uint16),
        sides,
        sides,
        st.integers(0, 9),
    ),
)


@settings(max_examples=60, deadline=None)
@given(frames, st.sampled_from(PATTERNS), st.data())
def test_fast_equals_plain(frame, pattern, data):
    rows, columns = frame.shape[0] // 2, frame.shape[1] // 2
    x1, y1 = data.draw(st.integers(0, columns - 1)), data.draw(st.integers(0, rows - 1))
    box = Box(x1, data.draw(st.integers(x1 + 1, columns)), y1, data.draw(st.integers(y1 + 1, rows)))
    white = data.draw(st.integers(1, 65535))
    for (row, column), found in zip(
        plane_offsets(pattern), measure(frame, plane_offsets(pattern), box, white), strict=True
    ):
        values = frame[row::2, column::2][box.y1 : box.y2, box.x1 : box.x2]
        exact = [int(value) for value in values.ravel()]
        assert (found.pixels, found.total) == (len(exact), sum(exact))
        assert found.squares == sum(value * value for value in exact)
        assert found.mean == pytest.approx(values.mean(), rel=1e-14)
        assert found.variance == pytest.approx(values.var(), rel=1e-9, abs=1e-9)
        assert (found.minimum, found.maximum) == (values.min(), values.max())
        assert found.median == np.median(values)
        assert found.p05 == pytest.approx(np.percentile(values, 5), abs=1e-6)
        assert found.p95 == pytest.approx(np.percentile(values, 95), abs=1e-6)
        assert found.saturated == sum(value >= white for value in exact)
        spread = (np.quantile(values, 0.8413) - np.quantile(values, 0.1587)) / 2
        assert found.hot == (values > np.median(values) + 10 * max(spread, 1.0)).sum()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 65535), min_size=1, max_size=30), st.floats(0, 1))
def test_percentiles_of_a_histogram(values, fraction):
    histogram = np.bincount(values, minlength=65536).astype(np.uint32)
    assert quantiles(histogram, (fraction,)) == pytest.approx([np.quantile(values, fraction)], abs=1e-6)
    ranks = np.arange(len(values) + 1)
    assert values_at_ranks(histogram, ranks).tolist() == [*sorted(values), -1]


def test_the_brightest_frame_does_not_overflow():
    frame = np.full((400, 600), 65535, np.uint16)
    for found in measure(frame, plane_offsets("RGGB"), Box(0, 300, 0, 200), 65535):
        assert (found.mean, found.variance, found.saturated) == (65535.0, 0.0, 60_000)


@pytest.mark.parametrize(("value", "wanted"), [(1024.05, 1024.0), (1024.15, 1024.2), (1024.35, 1024.4)])
def test_means_are_rounded_as_numpy_rounds(value, wanted):
    assert rounded(value, 1) == wanted
