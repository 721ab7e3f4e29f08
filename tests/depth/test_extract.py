"""What an extraction does beyond the peer: it hangs on no chunk size, its options work, and it says what is wrong."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip("cv2")

from swath.depth import extract
from swath.depth.arena import find_arena
from swath.depth.extract import extract_frames
from swath.depth.flags import count_flags, names_of
from swath.depth.h5_descriptions import SCALARS
from swath.depth.recording import Recording
from swath.depth.settings import Settings, settings_from
from swath.errors import InputError, UsageError

SMALL = Settings(crop_size=(40, 40), tail_filter_size=(3, 3))
FRAMES = 90


def walk(frames, rows=60, columns=72):
    """Depths of an arena with a mouse that walks in a circle and turns: uint16 (frames, rows, columns)."""
    random = np.random.default_rng(1)
    y, x = np.mgrid[:rows, :columns]
    floor = np.where(np.hypot(x - columns / 2, y - rows / 2) < 27, 670.0, 900.0)
    out = np.empty((frames, rows, columns), np.uint16)
    for number in range(frames):
        turn = 0.1 * number
        dx, dy = x - columns / 2 - 12 * np.cos(turn), y - rows / 2 - 10 * np.sin(turn)
        across, along = dx * np.cos(turn) + dy * np.sin(turn), dy * np.cos(turn) - dx * np.sin(turn)
        inside = 1 - (along / 9) ** 2 - (across / 5) ** 2
        mouse = np.where(inside > 0, 45 * np.sqrt(np.maximum(inside, 0)), 0)
        out[number] = np.rint(floor - mouse + random.normal(0, 1, floor.shape))
    return out


class Held:
    """Frames of a recording that are in memory."""

    def __init__(self, frames):
        self.count, self.rows, self.columns = frames.shape
        self.frames = frames

    def pieces(self, cuts):
        return (self.frames[start:stop] for start, stop in pairwise(cuts))

    def sample(self, start, stop, stride):
        return iter(self.frames[start:stop:stride])


def recording_of(frames, tmp_path):
    return Recording(tmp_path / "depth.dat", tmp_path, Held(frames), {})


@pytest.fixture(scope="module")
def frames():
    return walk(FRAMES)


@pytest.fixture(scope="module")
def empty():
    """The arena without a mouse."""
    return np.median(walk(FRAMES), axis=0)


def extracted(frames, settings, tmp_path, background=None, block=64, monkeypatch=None):
    """Extract frames whole; gives crops, masks, scalars by name, flags and flips of all of them."""
    recording = recording_of(frames, tmp_path)
    arena = find_arena(recording, settings, background)
    if monkeypatch is not None:
        monkeypatch.setattr(extract, "BLOCK", block)
    blocks = list(extract_frames(recording, arena, settings))
    names = ("crops", "masks", "scalars", "flags", "flips", "heights")
    whole = {
        name: np.concatenate([getattr(block, name) for block in blocks])
        for name in names
        if getattr(blocks[0], name) is not None
    }
    assert [block.start for block in blocks] == list(
        np.cumsum([blocks[0].start, *[len(block) for block in blocks[:-1]]])
    )
    whole.update(zip(SCALARS, whole.pop("scalars").T, strict=True))
    return whole


def same(found, wanted):
    assert found.keys() == wanted.keys()
    for name, values in wanted.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


OPTIONS = {
    "plain": SMALL,
    "medians over time": replace(SMALL, temporal_filter_size=(3, 5)),
    "outliers": replace(SMALL, centroid_hampel_span=7, angle_hampel_span=9),
    "model": replace(SMALL, use_tracking_model=True),
    "model smoothed": replace(SMALL, use_tracking_model=True, model_smoothing_clips=(-300, -150)),
    "all": replace(SMALL, use_tracking_model=True, temporal_filter_size=(3,), angle_hampel_span=5),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_nothing_hangs_on_where_frames_are_cut(frames, empty, tmp_path, monkeypatch, name):
    wanted = extracted(frames, OPTIONS[name], tmp_path, empty, FRAMES, monkeypatch)
    assert len(wanted["crops"]) == FRAMES
    for block in (10, 17):
        settings = replace(OPTIONS[name], chunk_size=block + 3)
        same(extracted(frames, settings, tmp_path, empty, block, monkeypatch), wanted)


def test_the_peers_chunks_change_its_results(frames, empty, tmp_path):
    whole, cut = (
        extracted(frames, replace(SMALL, compat=True, chunk_size=size), tmp_path, empty) for size in (FRAMES, 20)
    )
    assert (whole["angle"] != cut["angle"]).any()
    assert cut["velocity_2d_px"][20] == 0


@pytest.mark.parametrize("name", OPTIONS)
def test_the_peers_chunks_hang_on_chunk_size_alone(frames, empty, tmp_path, monkeypatch, name):
    settings = replace(OPTIONS[name], compat=True, chunk_size=40, chunk_overlap=6)
    wanted = extracted(frames, settings, tmp_path, empty, FRAMES, monkeypatch)
    assert len(wanted["crops"]) == FRAMES
    same(extracted(frames, settings, tmp_path, empty, 4, monkeypatch), wanted)


def test_the_mouse_turns_without_jumps(frames, empty, tmp_path):
    found = extracted(frames, SMALL, tmp_path, empty)
    assert np.abs(np.diff(found["angle"])).max() < 1
    assert not np.isnan(found["angle"]).any()
    assert (found["crops"][:, 20, 20] > 20).all()


def test_frame_trim_keeps_the_frames_between(frames, empty, tmp_path):
    whole = extracted(frames, SMALL, tmp_path, empty)
    cut = extracted(frames, replace(SMALL, frame_trim=(10, 7)), tmp_path, empty)
    assert len(cut["crops"]) == FRAMES - 17
    np.testing.assert_array_equal(cut["centroid_x_px"], whole["centroid_x_px"][10:-7])
    assert len(extracted(frames, replace(SMALL, num_frames=30), tmp_path, empty)["crops"]) == 30


def test_heights_do_not_wrap(frames, empty, tmp_path):
    high = frames.copy()
    high[:, 28:32, 34:38] = 670 - 300
    low = frames.copy()
    low[:, 28:32, 34:38] = 670 + 150
    for changed in (high, low):
        assert not extracted(changed, SMALL, tmp_path, empty)["heights"].max() > 120
        ours = extracted(changed, SMALL, tmp_path, empty)["heights"]
        theirs = extracted(changed, replace(SMALL, compat=True), tmp_path, empty)["heights"]
        assert theirs.sum() > ours.sum()


def test_iterations_count(frames, empty, tmp_path):
    area = [
        extracted(frames, replace(SMALL, cable_filter_size=(3, 3), **{name: count}), tmp_path, empty)["area_px"].sum()
        for name in ("tail_filter_iters", "cable_filter_iters")
        for count in (1, 2)
    ]
    assert area[0] > area[1] > 0
    assert area[2] > area[3] > 0


def test_thresholds_of_the_model_count(frames, empty, tmp_path):
    model = replace(SMALL, use_tracking_model=True)
    strict = replace(model, tracking_model_mask_threshold=-10)
    ours, theirs = (extracted(frames, settings, tmp_path, empty) for settings in (strict, model))
    assert (ours["length_px"] < theirs["length_px"]).all()


def test_only_the_largest_component_counts(empty, frames, tmp_path):
    two = frames.copy()
    two[:, 6:10, 34:38] -= 40
    ours = extracted(two, SMALL, tmp_path, empty)["masks"].sum()
    assert ours < extracted(two, replace(SMALL, use_cc=False), tmp_path, empty)["masks"].sum()


def test_crops_need_not_be_squares(frames, empty, tmp_path):
    found = extracted(frames, replace(SMALL, crop_size=(24, 40)), tmp_path, empty)
    assert found["crops"].shape == (FRAMES, 24, 40)
    square = extracted(frames, SMALL, tmp_path, empty)
    np.testing.assert_array_equal(found["crops"], square["crops"][:, 8:32])


def test_a_frame_of_zeros_and_one_without_a_mouse(frames, empty, tmp_path):
    bad = frames.copy()
    bad[3], bad[5] = 0, empty
    found = extracted(bad, SMALL, tmp_path, empty)
    assert names_of(found["flags"][2:6]) == ["", "no depth, no mouse", "", "no mouse"]
    assert np.isnan(found["centroid_x_px"][[3, 5]]).all()
    assert not found["crops"][[3, 5]].any()
    assert not np.isnan(found["centroid_x_px"][4])


def test_a_mouse_at_the_wall_and_two_mice(frames, empty, tmp_path):
    y, x = np.mgrid[:60, :72]
    bad = np.repeat(np.rint(empty).astype(np.uint16)[None], FRAMES, axis=0)
    floor = np.hypot(x - 36, y - 30) < 27
    bad[0][(np.hypot(x - 12, y - 30) < 6) & floor] -= 40
    for column in (26, 46):
        bad[1][np.hypot(x - column, y - 30) < 6] -= 40
    bad[2][np.hypot(x - 36, y - 30) < 6] -= 40
    found = extracted(bad, replace(SMALL, bg_roi_dilate=(1, 1)), tmp_path, empty)
    assert names_of(found["flags"][:3]) == ["at the wall", "two mice", ""]
    assert count_flags(found["flags"]) == {"no mouse": FRAMES - 3, "at the wall": 1, "two mice": 1}


@pytest.mark.parametrize("settings", [SMALL, replace(SMALL, use_tracking_model=True)])
def test_no_mouse_at_all(empty, tmp_path, settings):
    nobody = np.repeat(np.rint(empty).astype(np.uint16)[None], 30, axis=0)
    found = extracted(nobody, settings, tmp_path, empty)
    assert set(count_flags(found["flags"])) <= {"no mouse", "lost"}
    assert np.isnan(found["angle"]).all()
    assert not found["crops"].any()


def test_a_roi_of_nothing_or_of_everything(frames, tmp_path):
    recording = recording_of(frames, tmp_path)
    with pytest.raises(InputError, match="no floor"):
        find_arena(recording, replace(SMALL, manual_set_depth_range=True, bg_roi_depth_range=(100, 200)))
    with pytest.raises(InputError, match="no pixel of the background is deeper"):
        find_arena(recording_of(frames * 0, tmp_path), SMALL)
    with pytest.raises(InputError, match="the ROI is empty"):
        find_arena(recording, replace(SMALL, erode_iterations=40, bg_roi_erode=(9, 9)))
    with pytest.raises(InputError, match="no ROI number 7"):
        find_arena(recording, replace(SMALL, bg_roi_index=7))
    everything = find_arena(recording, replace(SMALL, noise_tolerance=2000))
    assert everything.roi.all()
    assert "covers the whole picture" in everything.warnings[0]
    assert len(list(extract_frames(recording, everything, SMALL))) == 2


def test_a_background_that_is_read_back_changes_nothing(frames, tmp_path):
    half = np.median(frames[:2], axis=0)
    assert (half % 1).any()
    same(extracted(frames, SMALL, tmp_path, half), extracted(frames, SMALL, tmp_path, np.floor(half)))


def test_damage_while_frames_are_read_ends_the_extraction(frames, empty, tmp_path):
    recording = recording_of(frames, tmp_path)

    class Damaged(Held):
        def pieces(self, cuts):
            yield frames[: cuts[1]]
            raise InputError("the film ends")

    arena = find_arena(recording, SMALL, empty)
    with pytest.raises(InputError, match="the film ends"):
        list(extract_frames(replace(recording, frames=Damaged(frames)), arena, SMALL))


@pytest.mark.parametrize(
    "values",
    [
        {"max_height": 300},
        {"spatial_filter_size": [4]},
        {"crop_size": [80]},
        {"frame_dtype": "int8"},
        {"chunk_size": 5, "chunk_overlap": 5},
        {"min_height": 200},
        {"tracking_model_init": "max"},
        {"detected_true_depth": "deep"},
        {"crop_size": [80, 60], "compat": True},
        {"min_hight": 10},
    ],
)
def test_settings_that_cannot_be(values):
    with pytest.raises(UsageError):
        settings_from(values)


def test_settings_of_the_peers_configuration():
    settings = settings_from({"crop_size": [100, 90], "spatial_filter_size": 5, "flip_classifier": None, "fps": None})
    assert settings == Settings(crop_size=(100, 90), spatial_filter_size=(5,))
    with pytest.raises(UsageError, match="is 'min_height' meant"):
        settings_from({"min_hight": 10})
