"""Blocks that are kept: new regions are measured from them, and equal what decoding gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dng import sky_pixels, write_dng
from reading import part_bytes, records, rejects
from sky.test_reduce import opened  # noqa: F401  (a fixture)
from swath.engine.dataset import Dataset
from swath.engine.executors import Workers
from swath.engine.run import Running
from swath.sky.blocks import block_edges, frame_blocks, is_made_of_blocks, measure_blocks
from swath.sky.cameras import PATTERNS, plane_offsets
from swath.sky.config import Observer
from swath.sky.directories import find_frames
from swath.sky.forget import forget, last_session
from swath.sky.reduce import reduce
from swath.sky.regions import Box, Region, plane_size
from swath.sky.statistics import measure

pytest.importorskip("rawpy")
WIDE, NARROW, ODD = Region(width=200, height=100), Region(width=100, height=100), Region(width=33, height=20)


@pytest.fixture
def night(tmp_path):
    """Four light frames and a dark, in two directories."""
    for number in range(4):
        pixels = sky_pixels((320, 420), seed=number)
        pixels[number::50, ::70] = 16383
        folder = tmp_path / "nights" / str(number // 2)
        write_dng(folder / f"IMG_{number}.dng", pixels, time=f"2020:03:25 23:5{number}:00", jpeg={"components": 2})
    write_dng(tmp_path / "nights" / "1" / "dark.dng", sky_pixels((320, 420), level=500))
    return tmp_path / "nights"


def reduced(folder, out, *regions, keep_blocks=False, dark="scalar", **running):
    found = find_frames(folder, Observer(observer="Ana", regions=regions), recursive=True)
    return reduce(found, out, keep_blocks=keep_blocks, dark=dark, running=Running(**running))


def tables(out):
    return [records(out, name) for name in ("frames", "brightness", "master_darks")]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(PATTERNS), st.integers(1, 130), st.integers(1, 130), st.data())
def test_boxes_of_blocks_as_their_pixels(pattern, rows, columns, data):
    shape = 2 * rows + data.draw(st.integers(0, 1)), 2 * columns + data.draw(st.integers(0, 1))
    frame = np.random.default_rng(rows).choice([3, 2000, 2001, 2010, 65535], shape).astype(np.uint16)
    offsets = plane_offsets(pattern)
    size = plane_size(shape, offsets)
    down, across = (block_edges(side).tolist() for side in size)
    y1, y2 = sorted(data.draw(st.lists(st.sampled_from(down), min_size=2, max_size=2, unique=True)))
    x1, x2 = sorted(data.draw(st.lists(st.sampled_from(across), min_size=2, max_size=2, unique=True)))
    box = Box(x1, x2, y1, y2)
    assert is_made_of_blocks(box, *size)
    blocks = frame_blocks("a", frame, offsets, *size)
    assert measure_blocks(blocks, box, 2005) == measure(frame, offsets, box, 2005)


def test_a_box_beside_the_edges_is_not_made_of_blocks():
    assert block_edges(110).tolist() == [0, 5, 55, 105, 110]
    assert is_made_of_blocks(Box(5, 105, 0, 110), 110, 110)
    assert not is_made_of_blocks(Box(6, 105, 0, 110), 110, 110)
    assert not is_made_of_blocks(Box(5, 105, 0, 109), 110, 110)


def test_a_new_region_needs_no_decoding(night, tmp_path, opened):  # noqa: F811
    reduced(night, tmp_path / "kept", WIDE, keep_blocks=True)
    assert len(opened) == 5
    opened.clear()
    reduced(night, tmp_path / "kept", NARROW, Region("zenith", 5, 30, 50, 100))
    assert opened == []
    reduced(night, tmp_path / "fresh", NARROW, Region("zenith", 5, 30, 50, 100))
    assert tables(tmp_path / "kept") == tables(tmp_path / "fresh")


def test_a_region_beside_the_blocks_is_decoded(night, tmp_path, opened):  # noqa: F811
    reduced(night, tmp_path / "kept", WIDE, keep_blocks=True)
    opened.clear()
    reduced(night, tmp_path / "kept", ODD)
    assert len(opened) == 5
    reduced(night, tmp_path / "fresh", ODD)
    assert tables(tmp_path / "kept") == tables(tmp_path / "fresh")


def test_without_blocks_a_new_region_is_decoded(night, tmp_path, opened):  # noqa: F811
    reduced(night, tmp_path / "out", WIDE)
    opened.clear()
    reduced(night, tmp_path / "out", NARROW)
    assert len(opened) == 5


def test_a_store_that_keeps_blocks_keeps_them(night, tmp_path, opened):  # noqa: F811
    reduced(night, tmp_path / "out", WIDE, keep_blocks=True)
    blocks = records(tmp_path / "out", "blocks")
    write_dng(night / "1" / "late.dng", sky_pixels((320, 420), seed=8), time="2020:03:26 01:00:00")
    opened.clear()
    reduced(night, tmp_path / "out", WIDE)
    assert opened == ["late.dng"]
    kept = records(tmp_path / "out", "blocks")
    assert len(kept) == len(blocks) // 5 * 6
    assert all(row in kept for row in blocks[::20])
    assert list(Dataset.open(tmp_path / "out").damages()) == []
    reduced(night, tmp_path / "out", WIDE, overwrite=True)
    assert records(tmp_path / "out", "blocks") == []


def test_blocks_asked_for_later_are_made(night, tmp_path, opened):  # noqa: F811
    reduced(night, tmp_path / "out", WIDE)
    opened.clear()
    reduced(night, tmp_path / "out", WIDE, keep_blocks=True)
    assert len(opened) == 5
    assert records(tmp_path / "out", "blocks")


def test_a_region_outside_is_set_aside_also_of_blocks(night, tmp_path):
    reduced(night, tmp_path / "out", WIDE, keep_blocks=True)
    reduced(night, tmp_path / "out", Region("far", 5000, 0, 50, 50))
    assert rejects(tmp_path / "out") == {"region outside the plane": 5}


def test_signals_by_pixel_are_made_anew_for_a_new_region(night, tmp_path):
    reduced(night, tmp_path / "kept", WIDE, keep_blocks=True, dark="mean")
    reduced(night, tmp_path / "kept", NARROW, dark="mean")
    reduced(night, tmp_path / "fresh", NARROW, dark="mean")
    assert tables(tmp_path / "kept") == tables(tmp_path / "fresh")


def test_workers_change_nothing(night, tmp_path):
    for name, workers in (("one", Workers("serial", 1)), ("two", Workers("threads", 2))):
        reduced(night, tmp_path / name, WIDE, keep_blocks=True, workers=workers)
        reduced(night, tmp_path / name, NARROW, workers=workers)
    assert part_bytes(tmp_path / "one") == part_bytes(tmp_path / "two")


def test_a_forgotten_session_takes_its_blocks_along(night, tmp_path):
    reduced(night, tmp_path / "out", WIDE, keep_blocks=True)
    forget(tmp_path / "out", (last_session(tmp_path / "out"),))
    left = {row["path"] for row in records(tmp_path / "out", "frames")}
    assert {row["path"] for row in records(tmp_path / "out", "blocks")} == left
    assert 0 < len(left) < 5
