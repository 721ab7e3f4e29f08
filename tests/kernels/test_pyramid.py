"""Steps of a pyramid: fast kernels against plain ones, plain ones against NumPy and SciPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from swath.kernels import pyramid, pyramid_pairs, zoom

TYPES = ("uint8", "int16", "uint32", "uint64", "float32")
PLAIN = {"median": pyramid.median, "mode": pyramid.mode, "maximum": pyramid.maximum, "minimum": pyramid.minimum}
KINDS = {
    "median": pyramid_pairs.MEDIAN,
    "mode": pyramid_pairs.MODE,
    "maximum": pyramid_pairs.MAXIMUM,
    "minimum": pyramid_pairs.MINIMUM,
}


def reduced(kernel, source, factors):
    out = np.empty(tuple(n // f for n, f in zip(source.shape, factors, strict=True)), source.dtype)
    kernel(source, factors, out)
    return out


def blocks(source, factors):
    """The voxels of every block, y fastest, then x, then z: (z, y, x, voxels)."""
    fz, fy, fx = factors
    z, y, x = (n // f for n, f in zip(source.shape, factors, strict=True))
    parted = source.reshape(z, fz, y, fy, x, fx)
    return parted.transpose(0, 2, 4, 1, 5, 3).reshape(z, y, x, fz * fy * fx)


@st.composite
def volumes(draw, depth=2):
    dtype = np.dtype(draw(st.sampled_from(TYPES)))
    shape = (depth * draw(st.integers(1, 2)), 2 * draw(st.integers(1, 3)), 2 * draw(st.integers(1, 40)))
    if dtype.kind == "f":
        values = st.sampled_from([0.0, -1.5, 2.25, float("nan"), 1e30])
    else:
        limits = np.iinfo(dtype)
        few = [limits.min, 0, 1, 2, limits.max, limits.max - 1]
        values = st.sampled_from(few)
    return draw(arrays.arrays(dtype, shape, elements=values, fill=st.nothing()))


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_pairs_equal_the_plain_kernel(kind, depth):
    @settings(max_examples=25, deadline=None)
    @given(volumes(depth))
    def check(source):
        plain = reduced(PLAIN[kind], source, (depth, 2, 2))
        fast = np.empty_like(plain)
        pyramid_pairs.reduce_pairs(source, depth, KINDS[kind], fast)
        np.testing.assert_array_equal(fast, plain)

    check()


@pytest.mark.parametrize("factors", [(2, 2, 2), (1, 2, 2), (3, 1, 1), (4, 4, 4), (1, 1, 1)])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
def test_plain_kernels_equal_numpy(dtype, factors):
    random = np.random.default_rng(3)
    source = random.integers(-9 if dtype != "uint8" else 0, 9, (12, 8, 12)).astype(dtype)
    parted = blocks(source, factors)
    middle = np.median(parted, axis=-1)
    wanted = middle if dtype == "float32" else np.trunc(middle)
    np.testing.assert_array_equal(reduced(pyramid.median, source, factors), wanted.astype(dtype))
    np.testing.assert_array_equal(reduced(pyramid.maximum, source, factors), parted.max(-1))
    np.testing.assert_array_equal(reduced(pyramid.minimum, source, factors), parted.min(-1))
    mean = parted.astype(float).mean(-1)
    kernel = pyramid.mean_of_floats if dtype == "float32" else pyramid.mean_of_integers
    wanted = mean.astype(dtype) if dtype == "float32" else np.floor(mean + 0.5).astype(dtype)
    np.testing.assert_array_equal(reduced(kernel, source, factors), wanted)


def test_of_equally_frequent_values_the_first_visited_wins():
    source = np.array([[[7, 1], [3, 1]], [[3, 7], [9, 9]]], np.uint64)
    assert reduced(pyramid.mode, source, (2, 2, 2)).item() == 7
    assert reduced(pyramid.mode, source[:1], (1, 2, 2)).item() == 1


def test_largest_ids_are_not_rounded():
    source = np.full((2, 2, 2), 2**64 - 1, np.uint64)
    for kernel in (pyramid.median, pyramid.mode, pyramid.maximum, pyramid.mean_of_integers):
        assert reduced(kernel, source, (2, 2, 2)).item() == 2**64 - 1


@pytest.mark.parametrize("shape", [(8, 30, 22), (2, 4, 64), (16, 16, 16), (2, 2, 2)])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
def test_zooms_equal_scipy_to_the_bit(dtype, shape):
    ndimage = pytest.importorskip("scipy.ndimage")
    source = np.random.default_rng(1).integers(-100 if dtype != "uint8" else 0, 200, shape).astype(dtype)
    places = [zoom.places(n, n // 2) for n in shape]
    for order, kernel in ((0, zoom.nearest), (1, zoom.linear)):
        out = np.empty(tuple(n // 2 for n in shape), dtype)
        kernel(source, *places, out)
        wanted = ndimage.zoom(source.T, 0.5, order=order, mode="nearest", output=source.dtype).T
        np.testing.assert_array_equal(out, wanted)
