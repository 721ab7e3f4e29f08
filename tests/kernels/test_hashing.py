"""The buckets of keys: stable, within range, spread evenly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swath.kernels import hashing as kernel

MASK = 2**64 - 1
LARGE = 2**31 - 1
KEYS = st.integers(-(2**63), 2**63 - 1)
BUCKETS = st.integers(1, LARGE)

INTEGERS_64 = [0, 37, 10, 59, 34, 53, 5, 10, 61]
INTEGERS_LARGE = [0, 1026503200, 1909425595, 1550608759, 589711988, 673589826, 1655292778, 1163101909, 775304379]
TEXTS_64 = [1, 0, 41, 25, 42, 3, 6, 19, 43]
TEXTS_LARGE = [1739979148, 136964443, 136965508, 2111154557, 1462353194, 1462347011, 1398683413, 136938798, 233385882]


def split_mix(key):
    h = key & MASK
    h = ((h ^ (h >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    h = ((h ^ (h >> 27)) * 0x94D049BB133111EB) & MASK
    return h ^ (h >> 31)


def fnv_1a(text):
    h = 0xCBF29CE484222325
    for byte in text:
        h = ((h ^ byte) * 0x100000001B3) & MASK
    return h


def fold(h):
    return h ^ (h >> 32)


def of_integers(keys, buckets):
    return kernel.bucket_of_integers(np.array(keys, np.int64), buckets)


def of_texts(texts, buckets):
    offsets = np.cumsum([0, *map(len, texts)], dtype=np.int64)
    return kernel.bucket_of_texts(np.frombuffer(bytearray(b"".join(texts)), np.uint8), offsets, buckets)


def test_plain_hashes_are_the_published_ones():
    assert split_mix(0x9E3779B97F4A7C15) == 0xE220A8397B1DCDAF
    assert fnv_1a(b"") == 0xCBF29CE484222325
    assert fnv_1a(b"a") == 0xAF63DC4C8601EC8C
    assert fnv_1a(b"foobar") == 0x85944171F73967E8


def test_buckets_of_integers_never_change():
    keys = [0, 1, 2, -1, 42, 13354, 2**62, -(2**63), 2**63 - 1]
    assert of_integers(keys, 64).tolist() == INTEGERS_64
    assert of_integers(keys, LARGE).tolist() == INTEGERS_LARGE


def test_buckets_of_texts_never_change():
    texts = [b"", b"a", b"b", b"foobar", b"APF0000001", b"APF0000002", "é".encode(), b"\0", b"\xff" * 40]
    assert of_texts(texts, 64).tolist() == TEXTS_64
    assert of_texts(texts, LARGE).tolist() == TEXTS_LARGE


@settings(max_examples=300, deadline=None)
@given(st.lists(KEYS, max_size=20), BUCKETS)
def test_buckets_of_integers_equal_plain_python(keys, buckets):
    found = of_integers(keys, buckets)
    assert found.tolist() == [split_mix(key) % buckets for key in keys]
    assert found.dtype == np.int32


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=20), max_size=20), BUCKETS)
def test_buckets_of_texts_equal_plain_python(texts, buckets):
    found = of_texts(texts, buckets)
    assert found.tolist() == [fold(fnv_1a(text)) % buckets for text in texts]
    assert found.dtype == np.int32


@pytest.mark.parametrize("buckets", [1, 2, 7, 64, 1000])
@pytest.mark.parametrize("step", [1, 2, 64, 1000, 2**20, -1])
def test_integers_spread_evenly(buckets, step):
    found = of_integers(np.arange(200_000, dtype=np.int64) * step, buckets)
    even(found, buckets)


@pytest.mark.parametrize("buckets", [1, 2, 7, 64, 1000])
@pytest.mark.parametrize("form", ["APF{:07x}", "{}", "{:b}", "user_{}@example.org"])
def test_texts_spread_evenly(buckets, form):
    even(of_texts([form.format(n).encode() for n in range(100_000)], buckets), buckets)


def even(found, buckets):
    """Within range, and counts within six standard deviations of even ones."""
    assert found.min() >= 0
    assert found.max() < buckets
    counts = np.bincount(found, minlength=buckets)
    mean = found.size / buckets
    assert abs(counts - mean).max() <= 6 * mean**0.5


def test_no_keys_have_no_buckets():
    assert of_integers([], 8).size == 0
    assert of_texts([], 8).size == 0
