"""Each step of an extraction against arrays that moseq2-extract gave: equal to the bit unless a tolerance is told."""

import json
from dataclasses import replace

import numpy as np
import pytest

from depth.depth_files import CASES

pytest.importorskip("cv2")

from swath.depth import align, flips, roi, tracking, tracks, walls
from swath.depth.arena import bounding_box
from swath.depth.background import center_of_arena, median_of, plane_background
from swath.depth.blocks import Found
from swath.depth.cameras import find_camera
from swath.depth.clean import Cleaner, structuring_element, temporal_median
from swath.depth.crop import peer_windows, turned_crops
from swath.depth.extract import frame_range
from swath.depth.features import Features, features_of
from swath.depth.h5_descriptions import SCALARS
from swath.depth.recording import chunk_ranges
from swath.depth.scalars import scalars_of, to_mm
from swath.depth.settings import Settings
from swath.depth.timestamps import parse_timestamps
from swath.errors import InputError, UsageError
from swath.kernels.contours import above, keep_largest
from swath.kernels.depth import walled_heights, wrapped_heights
from swath.kernels.gaussian import fit_gaussian

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="conformance/depth is not here")

SIZE = (80, 80)


def case(name):
    return np.load(CASES / "functions" / f"{name}.npz")


def texts(name):
    return json.loads((CASES / "functions" / "text_cases.json").read_text())[name]


def facts(name):
    return json.loads((CASES / "functions" / "misc.json").read_text())[name]


def features_from(data, prefix=""):
    return Features(*(data[prefix + name] for name in ("centroid", "orientation", "axis_length")))


def same_features(found, wanted):
    for name in ("centroid", "orientation", "axis_length"):
        np.testing.assert_allclose(getattr(found, name), wanted[name], rtol=1e-12, atol=0, err_msg=name)


@pytest.mark.parametrize("name", ["background", "background_even"])
def test_background(name):
    data = case(name)
    np.testing.assert_array_equal(median_of(data["frames"], data["expected"].shape), data["expected"])


def test_roi():
    data = case("roi_synth")
    background = data["background"]
    within = roi.auto_depth_range(background)
    assert within == tuple(data["depth_range"])
    assert center_of_arena(background, int(np.median(background) / 2)) == tuple(data["bucket_center"])
    found = roi.find_candidates(background, Settings(), (1, 0.1, 1), within)
    np.testing.assert_array_equal(found.plane, data["plane"])
    np.testing.assert_allclose(found.distance, data["dist"], rtol=1e-6, atol=1e-4)
    np.testing.assert_array_equal(found.labels, data["label_im"])
    np.testing.assert_array_equal(found.ranks, data["ranks"])
    np.testing.assert_array_equal(found.order, data["shape_index"])
    mask = roi.choose_roi(found, Settings())
    np.testing.assert_array_equal(mask, data["rois"][0])
    box = bounding_box(mask, whole=False)
    assert [[box.top, box.left], [box.bottom, box.right]] == data["bboxes"][0].tolist()


def test_plane_background():
    data = case("plane_bground")
    np.testing.assert_array_equal(plane_background(data["plane"], data["expected"].shape), data["expected"])


def test_graduated_walls():
    data = case("graduate_walls")
    settings = Settings(dilate_iterations=3)
    found = walls.graduated_background(data["background"], float(data["true_depth"]), settings)
    np.testing.assert_array_equal(found, data["expected"])
    gradient = walls.elliptical_gradient(data["gradient"].shape, (256, 212), (300, 280))
    np.testing.assert_allclose(gradient, data["gradient"], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_heights_that_wrap(dtype):
    data = case("bgsub")
    out = np.empty(data["chunk"].shape, dtype)
    wrapped_heights(data["chunk"], data["background"], 10, 120, out)
    (top, left), (bottom, right) = data["bbox"]
    cut = (out * data["roi"])[:, top:bottom, left:right]
    np.testing.assert_array_equal(cut, data["expected_" + dtype.replace("int", "")])


def test_heights_over_graduated_walls():
    data = case("bgsub_graduate")
    out = np.empty(data["chunk"].shape, np.uint8)
    walled_heights(data["chunk"], data["background"], float(data["true_depth"]), 10, 120, out)
    np.testing.assert_array_equal((out * data["roi"])[:, 70:348, 120:398], data["expected"])


PLAIN = Cleaner(structuring_element("rectangle", (5, 5)))
BARE = replace(PLAIN, medians=(), tail_iterations=0)

CLEANINGS = {
    ("clean_frames", "default"): (PLAIN, 0),
    ("clean_frames", "space5"): (replace(PLAIN, medians=(5,)), 0),
    ("clean_frames", "space3_5"): (replace(PLAIN, medians=(3, 5)), 0),
    ("clean_frames", "time3"): (PLAIN, 3),
    ("clean_frames", "time5"): (PLAIN, 5),
    ("clean_frames", "notail"): (replace(PLAIN, tail_iterations=0), 0),
    ("clean_frames", "tail15"): (replace(PLAIN, medians=(5,), tail=structuring_element("ellipse", (15, 15))), 0),
    ("clean_frames", "cable"): (replace(PLAIN, cable_iterations=1), 0),
    ("clean_frames", "tailrect7"): (replace(PLAIN, tail=structuring_element("rect", (7, 7))), 0),
    ("clean_frames_noise", "m3"): (replace(BARE, medians=(3,)), 0),
    ("clean_frames_noise", "m5"): (replace(BARE, medians=(5,)), 0),
    ("clean_frames_noise", "m7"): (replace(BARE, medians=(7,)), 0),
    ("clean_frames_noise", "tail9"): (replace(BARE, tail_iterations=1), 0),
    ("clean_frames_noise", "tail10"): (
        replace(BARE, tail_iterations=1, tail=structuring_element("ellipse", (10, 10))),
        0,
    ),
    ("clean_frames_noise", "erode5"): (replace(BARE, cable_iterations=1), 0),
    ("clean_frames_noise", "t3"): (BARE, 3),
    ("clean_frames_noise", "all"): (PLAIN, 3),
    ("clean_frames_u16", "m3"): (replace(BARE, medians=(3,)), 0),
    ("clean_frames_u16", "m5"): (replace(BARE, medians=(5,)), 0),
    ("clean_frames_u16", "tail9"): (replace(BARE, tail_iterations=1), 0),
}


@pytest.mark.parametrize(("file", "name"), CLEANINGS)
def test_cleaning(file, name):
    data = case(file)
    cleaner, size = CLEANINGS[file, name]
    cleaned = cleaner.clean(data["chunk"])
    if size:
        cleaned = temporal_median(np.pad(cleaned, ((size // 2, size // 2), (0, 0), (0, 0))), size)
    np.testing.assert_array_equal(cleaned, data[f"expected_{name}"])


def test_structuring_elements():
    for name, wanted in facts("strels").items():
        shape, size = name.rstrip(")").split("(")
        np.testing.assert_array_equal(structuring_element(shape, tuple(map(int, size.split(",")))), wanted)


@pytest.mark.parametrize("name", ["frame_features", "frame_features_blobs"])
def test_features(name):
    data = case(name)
    masks = np.empty(data["frames"].shape, np.uint8)
    above(data["frames"], 10, masks)
    np.testing.assert_array_equal(masks, data["mask"])
    same_features(features_of(masks), data)


def test_largest_component():
    data = case("largest_cc")
    masks = (data["frames"] > 0).astype(np.uint8)
    areas = np.empty((len(masks), 2), np.int64)
    keep_largest(masks, areas)
    np.testing.assert_array_equal(masks, data["expected"])
    np.testing.assert_array_equal(areas[:, 0], data["expected"].sum(axis=(1, 2)))


def test_angles_and_outliers():
    data = case("unwrap_hampel")
    np.testing.assert_array_equal(tracks.Unwrapper().unwrap(data["raw_orientation"]), data["unwrapped"])
    pieces, unwrapper = np.array_split(data["raw_orientation"], 17), tracks.Unwrapper()
    np.testing.assert_array_equal(np.concatenate([unwrapper.unwrap(piece) for piece in pieces]), data["unwrapped"])
    x = tracks.peer_hampel(data["in_centroid"][:, 0], 5, 3)
    np.testing.assert_array_equal(x, data["out_centroid"][:, 0])
    angle = tracks.peer_hampel(data["in_orientation"], 5, 3)
    np.testing.assert_array_equal(angle, data["out_orientation"])


def test_smoothing_by_likelihood():
    data = case("model_smoother")
    found = tracks.smoothed_by_likelihood(features_from(data, "in_"), data["mean_ll"], tuple(data["clips"]))
    for name in ("centroid", "orientation", "axis_length"):
        np.testing.assert_array_equal(getattr(found, name), data[f"expected_{name}"])


@pytest.mark.parametrize("name", ["chunk", "filtered", "mask"])
def test_crops(name):
    data = case("crop_rotate")
    windows = peer_windows(data["centroid"], SIZE, data["chunk"].shape[1:])
    np.testing.assert_array_equal(
        turned_crops(data[name], windows, data["orientation"], SIZE), data[f"expected_{name}"]
    )


def test_crops_of_other_sizes_and_types():
    data = case("crop_rotate")
    chunk, angle, centroid, shape = data["chunk"][:20], data["orientation"][:20], data["centroid"][:20], (278, 278)
    large = turned_crops(chunk, peer_windows(centroid, (100, 100), shape), angle, (100, 100))
    np.testing.assert_array_equal(large, data["expected_100"])
    wide = turned_crops(chunk.astype(np.uint16) * 5, peer_windows(centroid, SIZE, shape), angle, SIZE)
    np.testing.assert_array_equal(wide, data["expected_u16x5"])


def test_crops_at_edges():
    data = case("crop_rotate_edges")
    windows = peer_windows(data["centroid"], SIZE, data["frames"].shape[1:])
    np.testing.assert_array_equal(turned_crops(data["frames"], windows, data["orientation"], SIZE), data["expected"])
    still = turned_crops(data["frames"], windows, np.zeros(len(windows)), SIZE)
    np.testing.assert_array_equal(still, data["expected_noangle"])


@pytest.mark.parametrize("name", ["filtered", "raw", "nan"])
def test_scalars(name):
    data = case(f"scalars_{name}")
    found, _ = scalars_of(data["frames"], features_from(data), heights=(10, 120), true_depth=float(data["true_depth"]))
    assert list(found) == list(SCALARS)
    for key, values in found.items():
        np.testing.assert_array_equal(values, data[f"expected_{key}"], err_msg=key)
        assert values.dtype == facts("scalar_dtypes_before_h5")[key]


def test_scalars_are_described_as_the_peer_does():
    assert list(SCALARS.items()) == list(facts("scalar_attributes").items())


def test_tracking_model():
    data = case("em")
    model, likelihood = tracking.Tracker(10, 120).track(data["filtered"], data["raw"])
    np.testing.assert_allclose(model.mean, data["mean"], rtol=1e-9)
    np.testing.assert_allclose(model.cov, data["cov"], rtol=1e-9)
    for number, wanted in zip((0, 8, 16), data["ll_sub"], strict=True):
        np.testing.assert_allclose(likelihood[number, ::4, ::4], wanted, rtol=1e-9)
    np.testing.assert_array_equal(tracking.mouse_mask(data["filtered"][0], 10, 120), data["init_mask"])
    masks = ((data["filtered"] > 10) & (likelihood > tracking.PEER_MASK_THRESHOLD)).astype(np.uint8)
    same_features(features_of(masks), data)


def test_fit_of_a_gaussian():
    data = case("em")
    fitted, mean, cov = fit_gaussian(data["iter_points"], data["iter_mean0"], data["iter_cov0"], 30.0, 0.25, 15)
    assert fitted
    np.testing.assert_allclose(mean, data["iter_mean"], rtol=1e-9)
    np.testing.assert_allclose(cov, data["iter_cov"], rtol=1e-9)


def test_likelihoods_are_clipped_and_models_carried():
    data = case("set_tracking_model_parameters")
    clipped = tracking.clipped(data["mask_in"], data["depth_frames"][:6], 10, -100)
    np.testing.assert_array_equal(clipped, data["expected_mask"])
    tracker = tracking.Tracker(10, 120, overlap=3)
    nothing = np.zeros(4)
    tracker._recent = tracking.Gaussians(data["mean"][-4:], data["cov"][-4:], nothing, nothing > 0)
    tracker.go_back()
    np.testing.assert_array_equal(tracker.model[0], data["expected_init_mean"])
    np.testing.assert_array_equal(tracker.model[1], data["expected_init_cov"])


def test_flips_are_smoothed():
    data = case("flips")
    smooth = flips.smoothed(np.pad(data["probas"], ((25, 25), (0, 0))), 51)
    np.testing.assert_array_equal(smooth, data["smoothed51"])
    np.testing.assert_array_equal(smooth.argmax(axis=1) == flips.FLIPPED, data["expected_flips"])


class Known:
    """A classifier whose answers the case tells: its model is a pickle, which Swath does not read."""

    columns, flipped = 0, 1

    def __init__(self, probabilities):
        self.left = probabilities

    def probabilities(self, crops):
        now, self.left = self.left[: len(crops)], self.left[len(crops) :]
        return now


def test_flips_end_to_end():
    data = case("flip_end_to_end")
    angle = data["angle_after"] - np.pi * data["flips"]
    numbers = np.zeros((100, 2))
    blocks = [
        align.Aligned(
            n, *[data["frames_in"][n : n + 9]] * 4, Features(numbers, angle, numbers)[n : n + 9], numbers[n:][:9]
        )
        for n in range(0, 100, 9)
    ]
    settings = Settings(flip_classifier_smoothing=int(data["smoothing"]))
    found = list(align.flipped(blocks, settings, Known(data["probas"])))
    np.testing.assert_array_equal(np.concatenate([block.flips for block in found]), data["flips"])
    np.testing.assert_array_equal(np.concatenate([block.cleaned for block in found]), data["filtered_after"])
    turned = np.concatenate([block.features.orientation for block in found])
    np.testing.assert_allclose(turned, data["angle_after"], rtol=1e-12)


def test_chunks():
    for (count, size, overlap, *offset), wanted in texts("gen_batch_sequence"):
        assert [list(pair) for pair in chunk_ranges(*(offset or [0]), count, size, overlap)] == wanted


def test_frame_ranges():
    for (before, after, count), (_, first, end) in texts("get_frame_range_indices"):
        assert frame_range(Settings(frame_trim=(before, after)), count) == (first, end)


def test_millimetres():
    for points, depth, wanted in texts("convert_pxs_to_mm"):
        np.testing.assert_array_equal(to_mm(np.array(points), depth), wanted)


def test_timestamps():
    for text, column, seconds, wanted in texts("load_timestamps"):
        name = "timestamps.csv" if seconds else "depth_ts.txt"
        if isinstance(wanted, str):
            with pytest.raises(InputError, match="no time in"):
                parse_timestamps(text, name, column=column)
        else:
            np.testing.assert_array_equal(parse_timestamps(text, name, column=column), wanted)


def test_cameras():
    for config, path, (after, warnings) in texts("detect_and_set_camera_parameters"):
        suffix = "" if path is None else "." + path.rsplit(".", 1)[1]
        size = config.get("finfo", {}).get("dims")
        camera, warning = find_camera(config.get("camera_type"), suffix, size and tuple(size))
        assert bool(warning) == bool(warnings)
        if camera is not None:
            for name in ("bg_roi_weights", "pixel_format", "movie_dtype"):
                found = getattr(camera, name)
                assert (list(found) if isinstance(found, tuple) else found) == after[name]


def test_a_camera_that_is_none():
    with pytest.raises(UsageError, match="no camera 'xbox'"):
        find_camera("xbox")


def test_a_block_knows_its_frames():
    block = Found(7, *[np.zeros((5, 2, 2))] * 2, np.arange(5), np.zeros((5, 2, 2)), Features(*[np.arange(5.0)] * 3))
    cut = block[2:4]
    assert (cut.start, cut.end, len(cut)) == (9, 11, 2)
    assert cut.followed_by(block[4:]).flags.tolist() == [2, 3, 4]
