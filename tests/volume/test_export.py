"""Slices as TIFF files."""

import os

import numpy as np
import pytest

from swath.errors import OutputError
from swath.volume import Dataset, NDBoundingBox
from swath.volume.export import export
from volume.boxes import make

tifffile = pytest.importorskip("tifffile")
pytest.importorskip("tensorstore")


def test_an_export_takes_its_space_before_it_writes(tmp_path, monkeypatch):
    """Files are mapped: to write into one that the disk has no space for ends the process."""

    def full(*_):
        raise OSError(28, "No space left on device")

    layer = make(tmp_path / "d", "zarr3").get_layer("layer")
    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OutputError, match="no space"):
        export(layer, tmp_path / "e")
    assert not list((tmp_path / "e").glob("*.tif"))
    monkeypatch.undo()
    assert export(layer, tmp_path / "e") == 50


def test_every_point_of_time_is_exported(tmp_path):
    box = NDBoundingBox((2, 0, 0, 0, 5), (3, 1, 20, 10, 4), ("t", "c", "x", "y", "z"))
    layer = Dataset(tmp_path / "d", (1, 1, 1)).add_layer("l", "color", data_format="zarr3", bounding_box=box)
    data = np.arange(box.volume(), dtype=np.uint8).reshape(box.size)
    layer.add_mag(1, shard_shape=32).write(data)
    assert export(layer, tmp_path / "e") == 12
    for t in (2, 4):
        for z in (5, 8):
            page = tifffile.imread(tmp_path / "e" / f"t{t:04d}_z{z:06d}.tif")
            assert np.array_equal(page, data[t - 2, 0, :, :, z - 5].T)
