"""The wide operations against their plain twins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swath.kernels import bits as kernel
from swath.kernels.compiled import compiled

WORDS = st.one_of(st.integers(0, 2**64 - 1), st.integers(0, 64).map(lambda n: (1 << n) - 1)).map(np.uint64)


@compiled
def compare(data, i, byte):
    return kernel.equal_bits(data, i, byte), kernel.less_bits(data, i, byte)


@compiled
def of_words(a, b):
    return kernel.wide_product(a, b), kernel.trailing_zeros(a), kernel.leading_zeros(a)


@pytest.mark.parametrize("byte", [0, 34, 127, 128, 255])
def test_bytes_are_compared_as_one_by_one(byte):
    data = np.random.default_rng(7).integers(0, 256, 200).astype(np.uint8)
    data[::5] = byte
    for i in range(data.size - kernel.LANES + 1):
        plain = kernel.equal_bits(data, i, byte), kernel.less_bits(data, i, byte)
        assert compare(data, i, byte) == tuple(map(int, plain))


@given(WORDS, WORDS)
def test_words_are_taken_as_python_takes_them(a, b):
    product, trailing, leading = of_words(a, b)
    assert product == tuple(map(int, kernel.wide_product(a, b)))
    assert trailing == kernel.trailing_zeros(a)
    assert leading == kernel.leading_zeros(a)
