"""Recordings of every kind give the same frames, and say what is wrong with them."""

import io
import json
import tarfile
from fractions import Fraction

import numpy as np
import pytest

from depth.depth_files import METADATA, depths, write_session
from swath.depth import acquisition
from swath.depth.recording import open_recording, recording_for
from swath.depth.settings import Settings
from swath.errors import InputError, UsageError

av = pytest.importorskip("av")

FRAMES = 40


def write_film(path, frames, *, titles=("DEPTH",), pixels="gray16le", codec="ffv1", start=0):
    """Write frames as a film; of several streams the one titled DEPTH has them, and the others zeros."""
    tick = Fraction(1, 30) if path.suffix == ".avi" else Fraction(1, 1000)
    raw = {"allow_raw_vfw": "1"} if codec == "rawvideo" else {}
    with av.open(str(path), "w", options=raw) as container:
        streams = []
        for title in titles:
            stream = container.add_stream(codec, rate=30)
            stream.height, stream.width, stream.pix_fmt = frames.shape[1], frames.shape[2], pixels
            stream.time_base = stream.codec_context.time_base = tick
            stream.metadata["title"] = title
            streams.append(stream)
        for number, frame in enumerate(frames):
            for title, stream in zip(titles, streams, strict=True):
                made = av.VideoFrame(frames.shape[2], frames.shape[1], pixels)
                content = (frame if title == "DEPTH" else frame * 0).astype("<u2" if pixels.endswith("le") else ">u2")
                line = made.planes[0].line_size
                padded = np.zeros((frames.shape[1], line), np.uint8)
                padded[:, : 2 * frames.shape[2]] = content.view(np.uint8).reshape(frames.shape[1], -1)
                made.planes[0].update(padded)
                made.pts, made.time_base = start + (33 if tick.denominator == 1000 else 1) * number, tick
                container.mux(stream.encode(made))
        for stream in streams:
            container.mux(stream.encode(None))
    if raw:  # the muxer leaves out the name of the pixels, which k4arecorder writes
        path.write_bytes(path.read_bytes().replace(b"\x01\0\x10\0\0\0\0\0", b"\x01\0\x10\0b16g"))
    return path


def write_archive(path, members):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


@pytest.fixture
def session(tmp_path):
    return write_session(tmp_path / "s", frames=FRAMES)


@pytest.fixture(params=["dat", "avi", "mkv", "tar.gz", "folder.tgz"])
def any_kind(request, session, tmp_path):
    path, frames = session
    if request.param == "dat":
        return path, frames
    if request.param in {"avi", "mkv"}:
        path.unlink()
        return write_film(path.with_suffix(f".{request.param}"), frames), frames
    under = "" if request.param == "tar.gz" else "session_1/"
    members = {f"{under}{item.name}": item.read_bytes() for item in sorted(path.parent.iterdir())}
    return write_archive(tmp_path / f"session_1.{request.param}", members), frames


def test_frames_of_every_kind(any_kind):
    path, frames = any_kind
    recording = open_recording(path)
    assert (recording.count, recording.shape) == (FRAMES, frames.shape[1:])
    assert recording.metadata["SubjectName"] == METADATA["SubjectName"]
    np.testing.assert_allclose(recording.timestamps, 1000 + 33.3 * np.arange(FRAMES))
    chunks = list(recording.chunks(16, overlap=3, start=2, stop=39))
    assert [(chunk.start, len(chunk.frames), chunk.overlap) for chunk in chunks] == [
        (2, 16, 0),
        (15, 16, 3),
        (28, 11, 3),
    ]
    for chunk in chunks:
        np.testing.assert_array_equal(chunk.frames, frames[chunk.start :][: len(chunk.frames)])
    np.testing.assert_array_equal(np.stack(list(recording.sample(7))), frames[::7])
    np.testing.assert_array_equal(recording.first_frame(5), frames[5])


def test_the_depth_stream_of_several_and_the_times_of_the_container(session):
    path, frames = session
    directory = path.parent
    path.unlink()
    (directory / "depth_ts.txt").unlink()
    film = write_film(
        directory / "k4a.mkv", frames, titles=("COLOR", "DEPTH"), pixels="gray16be", codec="rawvideo", start=500
    )
    recording = open_recording(film)
    assert recording.camera.name == "azure"
    np.testing.assert_array_equal(next(recording.chunks(FRAMES)).frames, frames)
    np.testing.assert_allclose(recording.timestamps, 500 + 33 * np.arange(FRAMES))
    np.testing.assert_allclose(open_recording(film, compat=True).timestamps, 0.5 + 0.033 * np.arange(FRAMES))
    assert not next(open_recording(film, mapping="0").chunks(4)).frames.any()
    with pytest.raises(InputError, match="no number 2"):
        open_recording(film, mapping=2)


def test_no_overlap_as_large_as_a_chunk(session):
    with pytest.raises(UsageError, match="cannot overlap"):
        list(open_recording(session[0]).chunks(5, overlap=5))


def test_a_raw_file_that_is_cut_off(session):
    path, frames = session
    with path.open("ab") as file:
        file.write(b"some bytes")
    with pytest.raises(
        InputError, match="cut off: after 40 frames of 72 x 60 pixels follow 10 bytes".replace(" x ", " by ")
    ):
        open_recording(path)
    kept = open_recording(path, compat=True, frame_size=(72, 60))
    assert kept.count == len(frames)
    path.write_bytes(b"short")
    with pytest.raises(InputError, match="not one frame"):
        open_recording(path)


def test_a_film_that_is_cut_off(session):
    path, frames = session
    film = write_film(path.with_suffix(".avi"), frames)
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    with pytest.raises(InputError):
        list(open_recording(film).chunks(FRAMES))


def test_a_film_that_is_none(session):
    film = session[0].with_suffix(".avi")
    film.write_text("no film")
    with pytest.raises(InputError, match="cannot read the film"):
        open_recording(film)


def test_timestamps_that_are_short_missing_or_no_numbers(session):
    path, _ = session
    times = path.parent / "depth_ts.txt"
    times.write_text("1 0\n2 0\n")
    with pytest.raises(InputError, match="40 frames, but there are 2 timestamps"):
        open_recording(path)
    assert open_recording(path, compat=True, frame_size=(72, 60)).timestamps.tolist() == [1, 2]
    times.write_text("1 0\nlate 0\n")
    with pytest.raises(InputError, match="line 2: no time in 'late 0'"):
        open_recording(path)
    times.unlink()
    recording = open_recording(path)
    assert recording.timestamps is None
    assert any("no timestamps" in warning for warning in recording.warnings)
    (path.parent / "timestamps.csv").write_text("\n".join(f"{n / 30}" for n in range(FRAMES)))
    np.testing.assert_allclose(open_recording(path).timestamps, 1000 * np.arange(FRAMES) / 30)


def test_metadata_that_lacks_fields_or_is_missing_or_no_json(session):
    path, _ = session
    metadata = path.parent / "metadata.json"
    metadata.write_text(json.dumps({"SubjectName": "m", "DepthResolution": [72, 60]}))
    assert open_recording(path).warnings == ("metadata.json has no SessionName, StartTime",)
    metadata.write_text("{not json")
    with pytest.raises(InputError, match=r"metadata\.json, line 1: not JSON"):
        open_recording(path)
    metadata.write_text("[1]")
    with pytest.raises(InputError, match="holds a list"):
        open_recording(path)
    metadata.unlink()
    recording = open_recording(path, frame_size=(72, 60))
    assert recording.metadata == acquisition.missing_metadata("s")
    assert not metadata.exists()


@pytest.mark.parametrize("name", ["../depth.dat", "/tmp/depth.dat", "a/../../depth_ts.txt"])
def test_an_archive_that_points_outside(tmp_path, name):
    path = write_archive(tmp_path / "session_1.tar.gz", {"depth.dat": b"x" * 8640, name: b"1 0\n"})
    with pytest.raises(InputError, match="points outside"):
        open_recording(path)


def test_an_archive_with_a_link_outside(tmp_path):
    path = tmp_path / "session_1.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        link = tarfile.TarInfo("depth.dat")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(InputError, match="points outside"):
        open_recording(path)


def test_archives_that_are_damaged_or_lack_frames(tmp_path):
    path = write_archive(tmp_path / "a.tgz", {"metadata.json": b"{}"})
    with pytest.raises(InputError, match=r"has 0 files depth\.dat"):
        open_recording(path)
    whole = write_archive(tmp_path / "b.tgz", {"depth.dat": np.random.default_rng(0).bytes(8640 * 50)}).read_bytes()
    (tmp_path / "b.tgz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cannot read the archive"):
        open_recording(tmp_path / "b.tgz")


def test_what_is_no_recording(tmp_path):
    with pytest.raises(InputError, match="there is no recording"):
        open_recording(tmp_path / "depth.dat")


def test_memory_of_an_archive_is_that_of_a_piece(tmp_path):
    frames = depths(30)
    metadata = json.dumps({"DepthResolution": [72, 60]}).encode()
    path = write_archive(tmp_path / "s.tar.gz", {"depth.dat": frames.tobytes(), "metadata.json": metadata})
    pieces = open_recording(path).frames.pieces([3, 4, 6, 30])
    assert [len(piece) for piece in pieces] == [1, 2, 24]


def test_the_bytes_of_a_pixel_where_there_is_no_camera(session):
    path, frames = session
    path.write_bytes(frames.astype(">u2").tobytes())
    recording = recording_for(path, Settings(camera_type=None, movie_dtype=">i2"))
    np.testing.assert_array_equal(next(recording.chunks(FRAMES)).frames, frames)
    assert recording.warnings[0].startswith("no camera is set")
