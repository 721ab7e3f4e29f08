"""Frames seen in place against LibRaw, and files that are left to it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dng import sky_pixels, write_dng
from swath.sky.raw import _decoded
from swath.sky.uncompressed import read_uncompressed

pytest.importorskip("rawpy")


def same(path):
    sensor = read_uncompressed(path)
    with _decoded(path.read_bytes()) as (pixels, pattern, white):
        assert (sensor.pattern, sensor.white) == (pattern, white)
        assert np.array_equal(sensor.pixels, pixels)


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
    assert read_uncompressed(tmp_path / "a.dng") is None


@pytest.mark.parametrize("content", [b"", b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08", b"RIFF" * 40])
def test_files_that_are_none(tmp_path, content):
    (tmp_path / "a.dng").write_bytes(content)
    assert read_uncompressed(tmp_path / "a.dng") is None


@pytest.mark.parametrize("without", [258, 277, 279, 33421, 50717])
def test_a_frame_without_a_tag_is_left_to_the_decoder(tmp_path, without):
    path = write_dng(tmp_path / "a.dng", sky_pixels(), without=(without,))
    assert (read_uncompressed(path) is None) == (without != 277)


def test_a_frame_that_was_cut_off_is_left_to_the_decoder(tmp_path):
    path = write_dng(tmp_path / "a.dng", sky_pixels())
    path.write_bytes(path.read_bytes()[:-2])
    assert read_uncompressed(path) is None


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_byte_that_is_wrong_never_harms(tmp_path_factory, place, value):
    path = write_dng(tmp_path_factory.mktemp("f") / "a.dng", sky_pixels((16, 16)))
    content = bytearray(path.read_bytes())
    content[place] = value
    path.write_bytes(content)
    sensor = read_uncompressed(path)
    assert sensor is None or sensor.pixels.size <= len(content) // 2
