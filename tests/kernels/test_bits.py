"""The wide operations against their plain twins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swath.kernels import bits as kernel
from swath.kernels.compiled import compiled
from swath.kernels.words import are_eight_digits, eight_digits

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


@compiled
def of_bytes(data, i):
    word = kernel.read_word(data, i)
    return word, are_eight_digits(word), eight_digits(word)


@given(st.one_of(st.binary(min_size=8, max_size=20), st.text("0123456789:/", min_size=8).map(str.encode)), st.data())
def test_eight_bytes_are_read_at_once(data, chosen):
    i = chosen.draw(st.integers(0, len(data) - 8))
    array, text = np.frombuffer(bytearray(data), np.uint8), data[i : i + 8]
    word, are_digits, number = of_bytes(array, i)
    assert word == kernel.read_word(array, i) == int.from_bytes(text, "little")
    assert are_digits == (text.isdigit() and text.isascii())
    if are_digits:
        assert number == int(text)


@compiled
def copied(out, o, data, i, size):
    kernel.copy_bytes(out, o, data, i, size)


@given(st.binary(max_size=80), st.data())
def test_bytes_are_copied(data, chosen):
    i = chosen.draw(st.integers(0, len(data)))
    size = chosen.draw(st.integers(0, len(data) - i))
    o = chosen.draw(st.integers(0, 9))
    array, expected = np.frombuffer(bytearray(data), np.uint8), np.full(100, 7, np.uint8)
    out = expected.copy()
    copied(out, o, array, i, size)
    kernel.copy_bytes(expected, o, array, i, size)
    assert np.array_equal(out, expected)
    assert out[o : o + size].tobytes() == data[i : i + size]


@compiled
def fetched(data, i):
    kernel.fetch(data, i)
    return data[0]


@pytest.mark.parametrize("i", [0, 5, -1, 1 << 40])
def test_memory_is_fetched_wherever_it_is(i):
    assert fetched(np.arange(6, dtype=np.uint8), i) == 0
