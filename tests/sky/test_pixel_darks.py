"""Master dark frames: stacks against NumPy, which light frame gets which, and signals without hot pixels."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dng import sky_pixels, write_dng
from reading import counts, part_bytes, records
from swath.engine.executors import Workers
from swath.engine.run import Running
from swath.errors import UsageError
from swath.sky import subtract as passes
from swath.sky.config import Observer
from swath.sky.directories import find_frames
from swath.sky.forget import forget, last_session
from swath.sky.masters import MeanStack, MedianStack, subtract
from swath.sky.matching import match, stacks
from swath.sky.reduce import ReduceSettings, reduce
from swath.sky.regions import Region

pytest.importorskip("rawpy")
WHO = Observer(observer="Ana Ruiz", regions=(Region(width=20, height=10),))
HOT = (30, 44)
"""A pixel of the plane R1 that is hot in dark and light frames."""


def dark_pixels(seed, level=500):
    pixels = sky_pixels(level=level, seed=seed)
    pixels[HOT] = 9000 + seed % 7
    return pixels


def light_pixels(seed):
    pixels = sky_pixels(seed=seed)
    pixels[HOT] = 12000
    return pixels


@pytest.fixture
def nights(tmp_path):
    folder = tmp_path / "nights"
    for number in range(2):
        write_dng(folder / "a" / f"IMG_{number}.dng", light_pixels(number), time=f"2020:03:25 23:5{number}:00")
    for number in range(4):
        write_dng(folder / "a" / f"dark_{number}.dng", dark_pixels(20 + number), time=f"2020:03:26 05:0{number}:00")
    write_dng(folder / "a" / "dark_short.dng", dark_pixels(30, 200), time="2020:03:26 05:10:00", exposure=(1, 2))
    return folder


def reduced(folder, out, dark="mean", **running):
    return reduce(find_frames(folder, WHO, recursive=True), out, dark=dark, running=Running(**running))


def plane(pixels):
    """The region of the plane R1, rows 11 to 21 and columns 14 to 34 of 32 x 48 pixels."""
    return pixels[0::2, 0::2][11:21, 14:34].astype(float)


def row(out, name, which="R1"):
    return next(r for r in records(out, "brightness") if r["path"].endswith(name) and r["plane"] == which)


@pytest.mark.parametrize(("method", "average"), [("mean", np.mean), ("median", np.median)])
def test_signals_are_those_of_the_differences(nights, tmp_path, method, average):
    reduced(nights, tmp_path / "out", method)
    stack = np.array([plane(dark_pixels(20 + number)) for number in range(4)])
    left = plane(light_pixels(0)) - average(stack, axis=0)
    found = row(tmp_path / "out", "IMG_0.dng")
    excess = 1 if method == "mean" else math.pi / 2
    assert found["signal"] == pytest.approx(left.mean(), rel=1e-6)
    assert found["signal_variance"] == pytest.approx(left.var(), rel=1e-6)
    assert found["dark_mean"] == pytest.approx(average(stack, axis=0).mean(), rel=1e-6)
    assert found["dark_variance"] == pytest.approx(excess * stack.var(axis=0, ddof=1).mean() / 4, rel=1e-6)
    frame = next(r for r in records(tmp_path / "out", "frames") if r["name"] == "IMG_0.dng")
    assert frame["darks"] == 4
    assert frame["dark"] == f"4 dark frames of ISO 800, 30.0 s in {nights / 'a'}"


def test_a_hot_pixel_goes_that_a_scalar_dark_leaves(nights, tmp_path):
    reduced(nights, tmp_path / "pixel")
    reduced(nights, tmp_path / "scalar", "scalar")
    assert row(tmp_path / "pixel", "IMG_0.dng")["signal_variance"] < 60_000
    assert row(tmp_path / "scalar", "IMG_0.dng")["signal_variance"] > 400_000


def test_a_light_frame_without_its_dark_keeps_its_signal_and_says_why(nights, tmp_path):
    write_dng(nights / "a" / "IMG_9.dng", light_pixels(9), time="2020:03:25 23:59:00", iso=1600)
    write_dng(nights / "b" / "IMG_8.dng", light_pixels(8), model="Other", time="2020:03:26 23:59:00")
    reduced(nights, tmp_path / "out")
    frames = {r["name"]: r for r in records(tmp_path / "out", "frames")}
    assert frames["IMG_9.dng"]["dark"] == "no dark frames of ISO 1600 and 30.0 s"
    assert frames["IMG_8.dng"]["dark"] == "no dark frames of this observer and sensor"
    assert (frames["IMG_9.dng"]["darks"], frames["dark_0.dng"]["dark"]) == (0, None)
    bare = row(tmp_path / "out", "IMG_9.dng")
    assert (bare["signal"], bare["dark_mean"]) == (bare["mean"], 0.0)
    assert counts(tmp_path / "out")["without a dark"] == 2


def frame(path, kind, **changes):
    made = {
        "observer": "A",
        "model": "M",
        "rows": 4,
        "columns": 4,
        "pattern": "RGGB",
        "iso": "800",
        "exposure": 30.0,
        "temperature": None,
    }
    folder, name = path.split("/")
    time = changes.pop("time", "2020-03-25T22:00:00")
    return {**made, "path": path, "directory": folder, "hash": name, "type": kind, "time": time, **changes}


def test_the_own_directory_goes_before_a_nearer_night():
    darks = [frame("a/d1", "DARK", time="2020-03-01T00:00:00"), frame("b/d2", "DARK")]
    assert match(frame("a/l", "LIGHT"), stacks(darks))[0].directory == "a"
    assert match(frame("c/l", "LIGHT"), stacks(darks))[0].directory == "b"
    assert match(frame("c/l", "LIGHT", time="2020-03-02T00:00:00"), stacks(darks))[0].directory == "a"
    assert match(frame("a/l", "LIGHT", observer="B"), stacks(darks))[0] is None


def test_temperatures_that_are_known_must_be_near():
    warm = stacks([frame("a/d1", "DARK", temperature=20.4), frame("a/d2", "DARK", temperature=19.9)])
    assert [stack.paths for stack in warm] == [("a/d1", "a/d2")]
    assert match(frame("a/l", "LIGHT", temperature=21.9), warm)[0] is not None
    assert match(frame("a/l", "LIGHT"), warm)[0] is not None
    assert match(frame("a/l", "LIGHT", temperature=-5.0), warm) == (None, "no dark frames near -5.0 °C")


def test_a_copy_is_stacked_once():
    (stack,) = stacks([frame("a/d1", "DARK"), frame("a/d2", "DARK", hash="d1"), frame("a/d3", "DARK")])
    assert stack.paths == ("a/d1", "a/d3")


def test_only_what_is_new_is_read_again(nights, tmp_path, monkeypatch):
    seen = []
    before = passes.opened_frame
    monkeypatch.setattr(passes, "opened_frame", lambda path, cameras: seen.append(path.name) or before(path, cameras))
    reduced(nights, tmp_path / "out")
    assert sorted(seen) == ["IMG_0.dng", "IMG_1.dng", *(f"dark_{number}.dng" for number in range(4))]
    seen.clear()
    assert reduced(nights, tmp_path / "out").unchanged
    write_dng(nights / "a" / "IMG_5.dng", light_pixels(5), time="2020:03:25 23:58:00")
    reduced(nights, tmp_path / "out")
    assert sorted(seen) == ["IMG_5.dng", *(f"dark_{number}.dng" for number in range(4))]
    seen.clear()
    (nights / "a" / "dark_3.dng").unlink()
    reduced(nights, tmp_path / "out")
    assert len(seen) == 3 + 3
    reduced(nights, tmp_path / "anew")
    assert part_bytes(tmp_path / "out") == part_bytes(tmp_path / "anew")


def test_from_scalar_to_pixel_and_back(nights, tmp_path):
    for dark in ("scalar", "mean", "median", "scalar"):
        reduced(nights, tmp_path / "out", dark)
        reduced(nights, tmp_path / dark / "anew", dark)
        assert part_bytes(tmp_path / "out") == part_bytes(tmp_path / dark / "anew")


def test_workers_change_nothing(nights, tmp_path):
    reduced(nights, tmp_path / "serial")
    for kind in ("threads", "processes"):
        reduced(nights, tmp_path / kind, workers=Workers(kind, 2))
        assert part_bytes(tmp_path / kind) == part_bytes(tmp_path / "serial")


def test_a_session_forgotten_keeps_the_dark(nights, tmp_path):
    write_dng(nights / "b" / "IMG_8.dng", light_pixels(8), time="2020:03:27 23:59:00")
    reduced(nights, tmp_path / "out")
    forget(tmp_path / "out", (last_session(tmp_path / "out"),))
    assert {r["darks"] for r in records(tmp_path / "out", "frames") if r["type"] == "LIGHT"} == {4}


def test_a_dark_that_there_is_not():
    with pytest.raises(UsageError, match="no dark 'mode'"):
        ReduceSettings(dark="mode")


@given(st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_stacks_as_numpy(number, seed):
    frames = np.random.default_rng(seed).integers(0, 65536, (number, 5, 7), dtype=np.uint16)
    for stack, average, excess in ((MeanStack(), np.mean, 1.0), (MedianStack(), np.median, math.pi / 2)):
        for each in frames:
            stack.add(each)
        master = stack.master()
        assert master.level == pytest.approx(average(frames.astype(float), axis=0), rel=1e-6)
        if number > 1:
            variance = excess * frames.astype(float).var(axis=0, ddof=1).mean() / number
            assert master.variance == pytest.approx(variance, rel=1e-9)
        else:
            assert math.isnan(master.variance)
            assert subtract(frames[0], master).signal == 0.0
