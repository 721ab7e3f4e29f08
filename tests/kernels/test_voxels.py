"""Statistics of chunks, slices and segments, and cutting blocks, against NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swath.kernels import blocks, checksums, morton, segments, voxel_bytes, voxels

CHUNK = (4, 4, 8)


def chunks_of(volume, first):
    """The chunks' corners and voxels, in C order of the grid."""
    for place in np.ndindex(voxels.grid_of(volume.shape, first, CHUNK)):
        spans = [voxels.span(p, f, c, n) for p, f, c, n in zip(place, first, CHUNK, volume.shape, strict=True)]
        yield [low for low, _ in spans], volume[tuple(slice(*span) for span in spans)]


def made(seed, dtype, shape, first):
    random = np.random.default_rng(seed)
    volume = random.integers(0, 5, shape).astype(dtype)
    if random.integers(0, 2):
        volume[: CHUNK[0] - first[0]] = 0
    if volume.dtype.kind == "f":
        volume[random.random(shape) < 0.1] = np.nan
    return volume


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "uint64", "float32"])
@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 1000),
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 20)),
    first=st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 7)),
)
def test_chunks_and_slices(dtype, seed, shape, first):
    volume = made(seed, dtype, shape, first)
    zero = np.float64(0) if volume.itemsize == 8 else np.int64(0)
    found = voxels.measure_chunks(volume, first, CHUNK, 4.0, 0.0, zero)
    if dtype == "uint8":
        for fast, plain in zip(voxel_bytes.measure_chunks_of_bytes(volume, first, CHUNK), found, strict=True):
            np.testing.assert_allclose(fast, plain, atol=1e-12)
    counts, figures, histograms, slice_counts, slices = found
    for number, (_, part) in enumerate(chunks_of(volume, first)):
        values = part[part == part].astype(float)
        assert counts[number].tolist() == [values.size, np.count_nonzero(values)]
        if np.count_nonzero(values):
            wanted = [values.min(), values.max(), values.mean(), values.var()]
            np.testing.assert_allclose(figures[number, :4], wanted, atol=1e-9)
            assert histograms[number, :2].tolist() == [np.sum(values < 4), np.sum(values >= 4)]
    for z, part in enumerate(volume):
        values = part[part == part].astype(float)
        assert slice_counts[z].tolist() == [values.size, np.count_nonzero(values)]
        np.testing.assert_allclose(slices[z, voxels.TOTAL], values.sum())


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 20)),
    first=st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 7)),
)
def test_segments(seed, shape, first):
    volume = made(seed, np.uint32, shape, first)
    ids, rows = segments.measure_segments(volume, first, CHUNK)
    wanted = []
    for number, (corner, part) in enumerate(chunks_of(volume, first)):
        for segment in np.unique(part[part != 0]).tolist():
            at = np.argwhere(part == segment)
            low, high = at.min(0) + corner, at.max(0) + 1 + corner
            wanted.append([segment, number, len(at), *low.tolist(), *high.tolist()])
    assert [[int(i), *row] for i, row in zip(ids, rows.tolist(), strict=True)] == wanted


def test_blocks_are_whole_and_zero_beyond_the_volume():
    volume = np.arange(1, 1 + 3 * 5 * 7, dtype=np.uint16).reshape(3, 5, 7)
    places = np.array([[0, 0, 0], [0, 1, 0], [1, 1, 1]], np.int64)
    cut = np.zeros((3, 4 * 4 * 8), np.uint16)
    filled = blocks.cut_blocks(volume, (2, 1, 3), CHUNK, places, cut)
    whole = np.zeros((8, 8, 16), np.uint16)
    whole[2:5, 1:6, 3:10] = volume
    for row, (z, y, x) in enumerate(places.tolist()):
        part = whole[z * 4 : z * 4 + 4, y * 4 : y * 4 + 4, x * 8 : x * 8 + 8]
        np.testing.assert_array_equal(cut[row], part.reshape(-1))
        assert filled[row] == part.any()


@pytest.mark.parametrize("first", [(0, 0, 0), (2, 1, 3), (3, 3, 7)])
def test_pasted_blocks_are_those_that_were_cut(first):
    volume = np.random.default_rng(7).integers(1, 99, (9, 10, 21)).astype(np.uint8)
    grid = [-(-(a + n) // edge) for a, n, edge in zip(first, volume.shape, CHUNK, strict=True)]
    places = np.array(list(np.ndindex(*grid)), np.int64)
    cut = np.zeros((len(places), 4 * 4 * 8), np.uint8)
    blocks.cut_blocks(volume, first, CHUNK, places, cut)
    again = np.zeros_like(volume)
    order = np.random.default_rng(8).permutation(len(places))
    blocks.paste_blocks(again, first, CHUNK, places[order], cut[order])
    np.testing.assert_array_equal(again, volume)
    beyond = np.array([[0, 0, -1], [-1, 0, 0], [0, 99, 0]], np.int64)
    blocks.paste_blocks(again, first, CHUNK, beyond, np.zeros_like(cut[:3]))
    blocks.clear_blocks(again, first, CHUNK, beyond)
    np.testing.assert_array_equal(again, volume)
    blocks.clear_blocks(again, first, CHUNK, places[::3])
    cut[::3] = 0
    blocks.paste_blocks(volume, first, CHUNK, places, cut)
    np.testing.assert_array_equal(again, volume)


def test_morton_numbers_and_places_are_of_each_other():
    places = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [3, 2, 1]], np.int64)
    assert morton.morton_numbers(places).tolist() == [0b001, 0b010, 0b100, 0b011101]
    numbers = np.arange(4096)
    np.testing.assert_array_equal(morton.morton_numbers(morton.morton_places(numbers)), numbers)


def test_emptiness_is_of_bits():
    assert voxels.is_zero(np.zeros((3, 3), np.float32))
    assert not voxels.is_zero(np.full((3, 3), -0.0, np.float32))


def test_the_checksum_is_castagnolis():
    assert checksums.crc32c(np.frombuffer(b"123456789", np.uint8)) == 0xE3069283
    assert checksums.crc32c(np.zeros(32, np.uint8)) == 0x8A9136AA  # of RFC 3720
    assert checksums.crc32c(np.arange(32, dtype=np.uint8)) == 0x46DD794E
