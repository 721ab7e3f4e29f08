"""The results of a session: the layout of moseq2-extract to the attribute, the film, the files that appear whole."""

import ast
import re

import av
import cv2
import h5py
import numpy as np
import pyarrow.parquet as pq
import pytest

from depth.depth_files import CASES, write_session
from swath.depth import session_results
from swath.depth.colours import height_colours, in_yuv, jet
from swath.depth.film import movie_canvas, open_film
from swath.depth.session_results import extract_session
from swath.depth.sessions import session_of
from swath.depth.settings import Settings
from swath.depth.status import read_status
from swath.engine.place import Place, locked
from swath.errors import BusyError, InputError
from swath.kernels.film import paint

conformance = pytest.mark.skipif(not CASES.is_dir(), reason="conformance/depth is not here")
SMALL = {"bg_roi_dilate": (3, 3), "crop_size": (32, 32), "tail_filter_size": (3, 3)}


@pytest.fixture(scope="module")
def extracted(tmp_path_factory):
    raw, _ = write_session(tmp_path_factory.mktemp("depth") / "s1", 40)
    session = session_of(raw)
    made = extract_session(session, Settings(**SMALL))
    return session.results(), made


def expected_layout():
    """Every dataset of the peer's file: dtype and attributes, by path."""
    lines = (CASES / "layouts" / "results_00_h5_layout.txt").read_text().splitlines()
    found = {}
    for line in lines:
        match = re.match(r"(\S+)\tshape=(\S+|\(.*?\)) dtype=(\S+) chunks=.*attrs=(\{.*\})$", line)
        if match:
            found[match[1]] = match[3], ast.literal_eval(match[4])
    return found


@conformance
def test_the_layout_to_the_attribute(extracted):
    results, _ = extracted
    wanted = expected_layout()
    assert len(wanted) > 100
    with h5py.File(results.h5) as file:
        found = {}
        file.visititems(lambda name, item: found.__setitem__(name, item) if isinstance(item, h5py.Dataset) else None)
        assert set(wanted) - set(found) == {
            f"metadata/acquisition/{name}"
            for name in ("ColorDataType", "DepthDataType", "IsLittleEndian", "NidaqChannels", "NidaqSamplingRate")
        }
        assert set(found) <= set(wanted)
        for name, item in found.items():
            assert (str(item.dtype), dict(item.attrs)) == wanted[name], name
        assert {file[name].compression for name in ("frames", "frames_mask", "scalars/angle")} == {"gzip"}


def test_frames_masks_and_scalars_agree(extracted):
    results, made = extracted
    with h5py.File(results.h5) as file:
        frames, masks, area = file["frames"][:], file["frames_mask"][:], file["scalars/area_px"][:]
        assert frames.shape == (40, 32, 32)
        assert frames[8:].any(axis=(1, 2)).all()  # the mouse of the first frame is in the background
        assert masks.dtype == bool
        assert (area[8:] > 20).all()
        assert file["metadata/extraction/true_depth"][()] == made.arena.true_depth
    rows = pq.read_table(results.parquet)
    np.testing.assert_array_equal(rows["area_px"].to_numpy(), area)
    np.testing.assert_allclose(rows["time_ms"].to_numpy(), 1000 + 33.3 * np.arange(40))
    status = read_status(results.status)
    assert status["complete"] is True
    assert status["parameters"]["true_depth"] == made.arena.true_depth
    assert status["uuid"] == made.status["uuid"]


def test_the_same_session_gives_the_same_bytes(extracted, tmp_path):
    results, made = extracted
    before = {path.name: path.read_bytes() for path in results.directory.iterdir()}
    extract_session(session_of(made.recording.path), Settings(**SMALL), workers=1)
    assert {path.name: path.read_bytes() for path in results.directory.iterdir()} == before
    elsewhere = extract_session(session_of(made.recording.path), Settings(**SMALL, output_dir=str(tmp_path / "a")))
    assert elsewhere.status["uuid"] == made.status["uuid"]
    other = extract_session(session_of(made.recording.path), Settings(**SMALL, output_dir=str(tmp_path / "b"), seed=1))
    assert other.status["uuid"] != made.status["uuid"]


@conformance
def test_the_colours_and_the_canvas_are_the_peer_s():
    case = np.load(CASES / "functions" / "output_movie.npz")
    offset = int(case["offset"])
    canvas = movie_canvas(case["chunk"], case["depth_frames"])
    np.testing.assert_array_equal(canvas[offset:], case["expected"])
    np.testing.assert_allclose(jet(), case["jet256"], atol=1e-12)
    colours = height_colours(int(case["depth_min"]), int(case["depth_max"]))
    rgb = colours[case["expected"][0]]
    np.testing.assert_array_equal(rgb, case["rgb_frame0"])
    cv2.putText(rgb, "17", (5, 318), cv2.FONT_HERSHEY_SIMPLEX, 1, (255, 255, 255), 2, cv2.LINE_8)
    np.testing.assert_array_equal(rgb, case["rgb_frame0_text17"])


@pytest.mark.parametrize(("region", "crop"), [((30, 41), (16, 16)), ((21, 20), (15, 9)), ((20, 20), (10, 10))])
def test_frames_are_painted_as_the_canvas_is_coloured(region, crop):
    random = np.random.default_rng(3)
    heights = random.integers(0, 255, (2, *region), np.uint8) * (random.random((2, *region)) < 0.2)
    crops = random.integers(0, 255, (2, *crop), np.uint8)
    canvas = movie_canvas(heights, crops)
    canvas = np.pad(canvas, ((0, 0), (0, canvas.shape[1] % 2), (0, canvas.shape[2] % 2)))
    height, width = canvas.shape[1:]
    colours = in_yuv(height_colours(10, 120))
    planes = np.empty((2, height * 3 // 2, width), np.uint8)
    paint(heights.astype(np.uint8), crops, colours, planes)
    yuv = colours[canvas].astype(np.int64)
    np.testing.assert_array_equal(planes[:, :height], yuv[..., 0])
    mean = (yuv.reshape(2, height // 2, 2, width // 2, 2, 3).sum(axis=(2, 4)) + 2) // 4
    chroma = planes[:, height:].reshape(2, 2, height // 2, width // 2)
    np.testing.assert_array_equal(chroma, mean[..., 1:].transpose(0, 3, 1, 2))


def test_the_film_shows_the_canvas(tmp_path):
    heights = np.zeros((5, 120, 140), np.uint8)
    heights[:, 20:60, 30:80] = 60
    crops = np.full((5, 40, 40), 110, np.uint8)
    with open_film(tmp_path / "a.mp4", (120, 140), (40, 40), 30, (10, 120)) as film:
        film.write(998, heights, crops)
    with av.open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.average_rate, stream.codec_context.name) == (30, "h264")
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
    assert [frame.shape for frame in frames] == [(160, 180, 3)] * 5
    wanted = height_colours(10, 120)[movie_canvas(heights, crops)[0]].astype(int)
    assert np.abs(frames[0][:90] - wanted[:90]).mean() < 4
    # five white digits lie below, so that a frame of one more digit has more white
    white = [(frame[100:] > 200).all(axis=-1).sum() for frame in frames]
    assert white[2] > white[1] > 50


@conformance
def test_the_film_is_like_the_peer_s(tmp_path):
    case = CASES / "sessions" / "mini"
    for name in ("depth.avi", "depth_ts.txt", "metadata.json"):
        (tmp_path / name).symlink_to(case / name)
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "bground.tiff").write_bytes((case / "proc" / "bground.tiff").read_bytes())
    extract_session(session_of(tmp_path / "depth.avi"), Settings(compat=True, chunk_size=3000))

    def frames(path):
        with av.open(str(path)) as container:
            return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])

    mine, theirs = (
        frames(tmp_path / "proc" / "results_00.mp4"),
        frames(CASES / "sessions/mini_default_proc/results_00.mp4"),
    )
    assert mine.shape == theirs.shape
    assert np.abs(mine.astype(int) - theirs).mean() < 2
    with (
        h5py.File(tmp_path / "proc" / "results_00.h5") as ours,
        h5py.File(CASES / "sessions/mini_default_proc/results_00.h5") as peer,
    ):
        for name in (
            "frames",
            "frames_mask",
            "metadata/extraction/roi",
            "metadata/extraction/background",
            "timestamps",
        ):
            np.testing.assert_array_equal(ours[name][:], peer[name][:])
        for name in peer["scalars"]:
            np.testing.assert_allclose(ours[f"scalars/{name}"][:], peer[f"scalars/{name}"][:], rtol=1e-6, atol=1e-6)


def test_without_a_film_there_is_none(extracted, tmp_path):
    raw, _ = write_session(tmp_path / "s", 12)
    extract_session(session_of(raw), Settings(**SMALL))
    proc = tmp_path / "s" / "proc"
    assert (proc / "results_00.mp4").exists()
    extract_session(session_of(raw), Settings(**SMALL, write_movie=False))
    assert not (proc / "results_00.mp4").exists()
    assert not [path.name for path in proc.iterdir() if "partial" in path.name or "lock" in path.name]


def test_trimmed_and_numbered_frames(tmp_path):
    raw, _ = write_session(tmp_path / "s", 30)
    extract_session(session_of(raw), Settings(**SMALL, num_frames=25, frame_trim=(5, 3)))
    with h5py.File(tmp_path / "s" / "proc" / "results_00.h5") as file:
        assert file["frames"].shape[0] == 17
        assert file["frames"][5:].any(axis=(1, 2)).all()
        assert file["metadata/extraction/first_frame_idx"][0] == 5
        assert file["metadata/extraction/last_frame_idx"][0] == 22
        np.testing.assert_allclose(file["timestamps"][:], 1000 + 33.3 * np.arange(5, 22))


def test_what_fails_is_told_and_leaves_nothing_half(tmp_path):
    raw, frames = write_session(tmp_path / "s", 12)
    proc = tmp_path / "s" / "proc"
    np.full_like(frames, 0).tofile(raw)
    with pytest.raises(InputError, match="of the background is deeper"):
        extract_session(session_of(raw), Settings(**SMALL))
    assert not [path.name for path in proc.iterdir() if path.suffix in (".partial", ".h5", ".mp4")]
    status = read_status(proc / "results_00.yaml")
    assert status["complete"] is False
    assert "of the background is deeper" in status["error"]


def test_results_of_before_stay_until_the_new_ones_are_whole(tmp_path, monkeypatch):
    raw, _ = write_session(tmp_path / "s", 12)
    extract_session(session_of(raw), Settings(**SMALL))
    proc = tmp_path / "s" / "proc"
    before = {path.name: path.read_bytes() for path in proc.iterdir() if path.stem == "results_00"}

    def fails(path, table):
        raise OSError("the disk is gone")

    monkeypatch.setattr(session_results, "write_frame_table", fails)
    with pytest.raises(OSError, match="the disk is gone"):
        extract_session(session_of(raw), Settings(**SMALL, min_height=20))
    assert {path.name: path.read_bytes() for path in proc.iterdir() if path.stem == "results_00"} == before


def test_one_extraction_of_a_session_at_a_time(tmp_path):
    raw, _ = write_session(tmp_path / "s", 12)
    session = session_of(raw)
    session.results().directory.mkdir()
    with locked(Place(session.results().file(""))), pytest.raises(BusyError):
        extract_session(session, Settings(**SMALL))
