"""Frames seen in place or decoded here against LibRaw, and files that are left to it."""

import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dng import sky_pixels, write_dng
from lossless_jpeg import encode
from swath.sky.dng import read_dng
from swath.sky.lossless_jpeg import LosslessJpeg
from swath.sky.raw import _decoded
from swath.sky.rejects import FrameError

pytest.importorskip("rawpy")


def same(path):
    sensor = read_dng(path)
    with _decoded(path.read_bytes()) as (pixels, pattern, white):
        assert (sensor.pattern, sensor.white) == (pattern, white)
        assert sensor.shape == pixels.shape
        for stop in (0, 1, 17, pixels.shape[0]):
            assert np.array_equal(sensor.layout.rows(stop), pixels[:stop])


def test_the_same_as_a_decoder(tmp_path):
    same(write_dng(tmp_path / "a.dng", sky_pixels((64, 96))))
    same(write_dng(tmp_path / "b.dng", sky_pixels((66, 50), seed=3)))


def test_frames_of_another_maker(tmp_path):
    from sky.scenarios import MAKE

    if MAKE is None:
        pytest.skip("the maker of frames is not here")
    for pattern in ("RGGB", "GBRG", "BGGR", "GRBG"):
        raw = MAKE.make_frame((60, 80), pattern=pattern)
        MAKE.write_dng(tmp_path / f"{pattern}.dng", raw, pattern)
        same(tmp_path / f"{pattern}.dng")
        MAKE.write_dng(tmp_path / f"{pattern}_margins.dng", raw, pattern, active_area=(4, 8, 60, 80))
        same(tmp_path / f"{pattern}_margins.dng")


def test_odd_margins_are_left_to_the_decoder(tmp_path):
    from sky.scenarios import MAKE

    if MAKE is None:
        pytest.skip("the maker of frames is not here")
    MAKE.write_dng(tmp_path / "a.dng", MAKE.make_frame((60, 80)), active_area=(5, 8, 60, 80))
    assert read_dng(tmp_path / "a.dng") is None


@pytest.mark.parametrize("content", [b"", b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08", b"RIFF" * 40])
def test_files_that_are_none(tmp_path, content):
    (tmp_path / "a.dng").write_bytes(content)
    assert read_dng(tmp_path / "a.dng") is None


@pytest.mark.parametrize("without", [258, 277, 279, 33421, 50717])
def test_a_frame_without_a_tag_is_left_to_the_decoder(tmp_path, without):
    path = write_dng(tmp_path / "a.dng", sky_pixels(), without=(without,))
    assert (read_dng(path) is None) == (without != 277)


@pytest.mark.parametrize("options", [{}, {"jpeg": {}}, {"jpeg": {}, "tile": (32, 32)}])
def test_a_frame_that_was_cut_off_is_damaged(tmp_path, options):
    path = write_dng(tmp_path / "a.dng", sky_pixels(), **options)
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(FrameError, match="damaged RAW frame: the file is cut off: 2 bytes"):
        read_dng(path)


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_byte_that_is_wrong_never_harms(tmp_path_factory, place, value):
    path = write_dng(tmp_path_factory.mktemp("f") / "a.dng", sky_pixels((16, 16)))
    content = bytearray(path.read_bytes())
    content[place] = value
    path.write_bytes(content)
    with suppress(FrameError):
        sensor = read_dng(path)
        assert sensor is None or 2 * sensor.shape[0] * sensor.shape[1] <= len(content)


def wild_pixels(shape, seed=0):
    """Noise with pixels of any value in it: every category of differences occurs."""
    rng = np.random.default_rng(seed)
    pixels = rng.normal(2000, 30, shape).clip(0, 16383).astype(np.uint16)
    wild = rng.random(shape) < 0.2
    pixels[wild] = rng.integers(0, 65536, wild.sum())
    return pixels


@pytest.mark.parametrize("predictor", range(1, 8))
@pytest.mark.parametrize("components", [1, 2, 4])
def test_lossless_jpeg(predictor, components):
    pixels = wild_pixels((21, 40), predictor)
    content = encode(pixels, components=components, predictor=predictor, precision=14)
    jpeg = LosslessJpeg.read(np.frombuffer(content, np.uint8))
    for rows in (1, 13, 21, 30):
        assert np.array_equal(jpeg.decode(rows), pixels[:rows])


@pytest.mark.parametrize("tile", [None, (16, 32), (64, 48)])
@pytest.mark.parametrize("jpeg", [{}, {"components": 2}, {"components": 2, "predictor": 6}, {"predictor": 4}])
def test_lossless_frames_as_a_decoder_reads_them(tmp_path, jpeg, tile):
    same(write_dng(tmp_path / "a.dng", wild_pixels((66, 90)), jpeg=jpeg, tile=tile))


def test_a_size_far_beyond_its_pieces_is_left_to_the_decoder(tmp_path):
    path = write_dng(tmp_path / "a.dng", sky_pixels((16, 32)), jpeg={})
    content = path.read_bytes()
    assert content.count(struct.pack("<HHII", 257, 4, 1, 16)) == 1
    path.write_bytes(content.replace(struct.pack("<HHII", 257, 4, 1, 16), struct.pack("<HHII", 257, 4, 1, 0xFF000010)))
    assert read_dng(path) is None


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2000), st.integers(0, 255))
def test_a_wrong_byte_of_a_lossless_frame_never_harms(tmp_path_factory, place, value):
    path = write_dng(tmp_path_factory.mktemp("f") / "a.dng", sky_pixels((16, 32)), jpeg={"components": 2})
    content = bytearray(path.read_bytes())
    content[place % len(content)] = value
    path.write_bytes(content)
    with suppress(FrameError):
        sensor = read_dng(path)
        if sensor is not None and sensor.shape[0] * sensor.shape[1] < 10**6:
            assert sensor.layout.rows(16).dtype == np.uint16


def test_lossless_data_that_end_early_are_damaged(tmp_path):
    content = encode(sky_pixels((32, 32)))
    cut = np.frombuffer(content[: len(content) // 2], np.uint8)
    assert LosslessJpeg.read(cut).decode(32) is None
    assert LosslessJpeg.read(cut).decode(4) is not None


def test_a_table_of_codes_that_lacks_symbols_is_no_jpeg():
    content = bytearray(encode(sky_pixels((8, 8))))
    assert content[2:4] == b"\xff\xc4"
    content[7] = 255
    assert LosslessJpeg.read(np.frombuffer(content, np.uint8)) is None


@pytest.mark.parametrize("marker", [0xC0, 0xC1, 0xC7, 0xDD])
def test_other_jpegs_are_left_to_the_decoder(marker):
    content = bytearray(encode(sky_pixels((8, 8))))
    segment = bytes([0xFF, marker, 0, 4, 0, 8])
    assert LosslessJpeg.read(np.frombuffer(content[:2] + segment + content[2:], np.uint8)) is None
