"""A compression or a copy may be killed at any moment: readers see the whole, and the same call goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from swath.engine.run import Running
from swath.errors import OutputError
from swath.volume import BoundingBox, Dataset
from volume.boxes import files_below, make, voxels

pytest.importorskip("wkw")
TESTS = Path(__file__).parent.parent
ENVIRONMENT = os.environ | {"PYTHONPATH": str(TESTS)}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("name", ["compress", "copy"])
def test_each_change_to_the_disk_may_be_the_last(tmp_path, name):
    command = [sys.executable, str(Path(__file__).with_name("faults.py")), name, str(tmp_path), "3", "17"]
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=250, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    codes = json.loads(done.stdout)
    assert len(codes) > 5
    assert codes.pop() == 0
    assert set(codes) == {-9}


def test_killed_by_kill_9_while_threads_work(tmp_path):
    data = voxels((256, 192, 128))
    for folder in ("a", "b"):
        make(tmp_path / folder, "wkw", data, compress=False)
    Dataset.open(tmp_path / "a").compress()
    script = (
        f"from swath.volume import Dataset; print('go', flush=True); Dataset.open({str(tmp_path / 'b')!r}).compress()"
    )
    for pause in (0.05, 0.5):
        started = subprocess.Popen([sys.executable, "-c", script], env=ENVIRONMENT, stdout=subprocess.PIPE)
        started.stdout.readline()
        time.sleep(pause)
        started.send_signal(signal.SIGKILL)
        started.communicate()
        assert np.array_equal(Dataset.open(tmp_path / "b").get_layer("layer").get_mag(1).read(), data)
    Dataset.open(tmp_path / "b").compress()
    assert files_below(tmp_path / "b" / "layer") == files_below(tmp_path / "a" / "layer")


def test_a_full_disk_is_told_and_then_it_goes_on(tmp_path, monkeypatch):
    dataset = make(tmp_path / "d", "wkw", compress=False)
    true, left = os.fsync, [6]

    def full(handle):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        true(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="no space"):
        dataset.compress(running=Running())
    monkeypatch.undo()
    assert np.array_equal(dataset.get_layer("layer").get_mag(1).read(), voxels())
    Dataset.open(tmp_path / "d").compress()
    assert Dataset.open(tmp_path / "d").get_layer("layer").get_mag(1).info.compressed
    assert np.array_equal(Dataset.open(tmp_path / "d").get_layer("layer").get_mag(1).read(), voxels())


def test_a_source_that_changed_begins_again(tmp_path, monkeypatch):
    dataset = make(tmp_path / "d", "wkw", compress=False)
    monkeypatch.setattr("swath.volume.filling.job.merge_statistics", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        dataset.compress()
    monkeypatch.undo()
    mag = dataset.get_layer("layer").get_mag(1)
    mag.write(np.full_like(mag.read(), 7), absolute_bounding_box=BoundingBox((10, 20, 30), (100, 70, 50)))
    dataset.compress()
    assert (Dataset.open(tmp_path / "d").get_layer("layer").get_mag(1).read() == 7).all()


def test_an_unfinished_copy_of_something_else_is_refused(tmp_path, monkeypatch):
    dataset = make(tmp_path / "d", "wkw")
    monkeypatch.setattr("swath.volume.filling.job.merge_statistics", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        dataset.copy_dataset(tmp_path / "e", shard_shape=32)
    monkeypatch.undo()
    with pytest.raises(RuntimeError, match="unfinished copy"):
        dataset.copy_dataset(tmp_path / "e", data_format="zarr3")
    copy = dataset.copy_dataset(tmp_path / "e", shard_shape=32)
    assert np.array_equal(copy.get_layer("layer").get_mag(1).read(), voxels())
