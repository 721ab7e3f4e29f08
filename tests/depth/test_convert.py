"""Recordings from raw to film and back, and ranges of them: nothing is lost, nothing wrongly deleted."""

import numpy as np
import pytest

from depth.depth_files import write_session
from swath.depth import frame_files
from swath.depth.convert import convert, copy_slice
from swath.depth.recording import open_recording
from swath.errors import InputError, OutputError, UsageError


def test_there_and_back(tmp_path):
    raw, frames = write_session(tmp_path / "a", 40)
    written = convert(raw, chunk_size=7)
    assert written.output == raw.with_suffix(".avi")
    assert written.frames == 40
    back = convert(written.output, tmp_path / "b" / "depth.dat", mapping=0)
    assert back.output.read_bytes() == raw.read_bytes()
    read = next(open_recording(written.output).chunks(100)).frames
    np.testing.assert_array_equal(read, frames)


def test_slices_hold_the_frames_that_were_asked_for(tmp_path):
    raw, frames = write_session(tmp_path / "a", 40)
    for start, stop in ((10, 30), (0, 1), (35, 1000)):
        written = copy_slice(raw, tmp_path / f"{start}" / "depth.dat", (start, stop))
        assert (written.start, written.stop) == (start, min(stop, 40))
        recording = open_recording(written.output)
        np.testing.assert_array_equal(next(recording.chunks(100)).frames, frames[start:stop])
        np.testing.assert_allclose(recording.timestamps, 1000 + 33.3 * np.arange(start, min(stop, 40)))
    assert copy_slice(raw, None, (5, 9)).output == raw.with_name("depth_5-9.avi")


def test_nothing_is_deleted_wrongly(tmp_path):
    raw, _ = write_session(tmp_path / "a", 40)
    with pytest.raises(UsageError, match="would lose the 20 frames"):
        copy_slice(raw, tmp_path / "b.dat", (0, 20), delete=True)
    for frames in ((50, 500), (40, 41)):
        with pytest.raises(InputError, match="none from"):
            copy_slice(raw, tmp_path / "b.dat", frames, delete=True)
    with pytest.raises(UsageError, match="no range"):
        copy_slice(raw, tmp_path / "b.dat", (5, 5))
    assert raw.exists()
    assert not (tmp_path / "b.dat").exists()
    copy_slice(raw, tmp_path / "b.dat", (0, 40), delete=True)
    assert not raw.exists()


def test_a_film_that_is_not_what_was_read_is_never_kept(tmp_path, monkeypatch):
    raw, _ = write_session(tmp_path / "a", 10)
    digests = frame_files._digests
    seen = []
    monkeypatch.setattr(
        frame_files, "_digests", lambda frames: digests(frames) if not seen.append(1) and len(seen) < 2 else [b"other"]
    )
    with pytest.raises(OutputError, match="was not written as it was read"):
        convert(raw, delete=True)
    assert raw.exists()
    assert sorted(path.name for path in raw.parent.iterdir()) == ["depth.dat", "depth_ts.txt", "metadata.json"]


def test_files_that_stand_are_kept(tmp_path):
    raw, _ = write_session(tmp_path / "a", 5)
    (tmp_path / "b.avi").write_text("mine")
    with pytest.raises(OutputError, match="stands already"):
        convert(raw, tmp_path / "b.avi")
    with pytest.raises(UsageError, match="recording itself"):
        convert(raw, raw, overwrite=True)
    with pytest.raises(UsageError, match="neither"):
        convert(raw, tmp_path / "b.mp4")
    assert convert(raw, tmp_path / "b.avi", overwrite=True).frames == 5
