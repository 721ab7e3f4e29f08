"""Errors are of the kinds that code written for webknossos catches."""

import numpy as np
import pytest

from swath.errors import SwathError
from swath.volume import BoundingBox, Dataset, Mag, VoxelSize
from volume.boxes import make, voxels

wkw = pytest.importorskip("wkw")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    made = make(tmp_path_factory.mktemp("errors") / "d", "wkw")
    made.add_layer("z3", "color", data_format="zarr3", bounding_box=BoundingBox((0, 0, 0), (64, 64, 64)))
    made.get_layer("z3").add_mag(1, chunk_shape=32, shard_shape=64)
    made.get_layer("z3").add_mag(2, chunk_shape=32, shard_shape=64)
    made.add_layer("s", "segmentation", dtype="uint32")
    made.add_layer("z2", "color", data_format="zarr")
    return made


def change(thing, name, value):
    setattr(thing, name, value)


def mag(dataset, layer="layer", factor=1):
    return dataset.get_layer(layer).get_mag(factor)


CASES = [
    (wkw.wkw.WKWException, "Data elements", lambda d: mag(d).write(voxels(dtype="uint16"))),
    (TypeError, "Cannot cast", lambda d: mag(d, "z3").write(np.zeros((64, 64, 64)))),
    (
        AssertionError,
        "negative",
        lambda d: change(d.get_layer("s"), "bounding_box", BoundingBox((-1, 0, 0), (5, 5, 5))),
    ),
    (AssertionError, "contains a zero", lambda d: mag(d).read(absolute_offset=(0, 0, 0), size=(1, 0, 1))),
    (AssertionError, "negative", lambda d: mag(d).read(absolute_offset=(-1, 0, 0), size=(1, 1, 1))),
    (AssertionError, "not aligned", lambda d: mag(d, "z3", 2).read(absolute_offset=(0, 1, 0), size=(2, 2, 2))),
    (AssertionError, "more than once", lambda d: mag(d).read(absolute_offset=(0,) * 3, relative_offset=(0,) * 3)),
    (AssertionError, "without a size", lambda d: mag(d).read(absolute_offset=(0, 0, 0))),
    (IndexError, "not a layer", lambda d: d.get_layer("nope")),
    (KeyError, "nope", lambda d: d.layers["nope"]),
    (IndexError, "not a mag", lambda d: d.get_layer("z3").get_mag(64)),
    (KeyError, "1", lambda d: d.get_layer("z3").mags["1"]),
    (IndexError, "already", lambda d: d.add_layer("s", "color")),
    (IndexError, "already", lambda d: d.get_layer("z3").add_mag(2)),
    (IndexError, "no mag", lambda d: d.get_layer("z3").delete_mag(64)),
    (IndexError, "color layers", lambda d: d.get_color_layer()),
    (RuntimeError, "invalid category", lambda d: d.add_layer("q", "foo")),
    (ValueError, "is invalid", lambda d: d.add_layer("a/b", "color")),
    (ValueError, "is invalid", lambda d: d.add_layer(".b", "color")),
    (ValueError, "folder of statistics", lambda d: d.add_layer("_statistics", "color")),
    (ValueError, "float64", lambda d: d.add_layer("q", "color", dtype="float64")),
    (ValueError, "no dtype", lambda d: d.add_layer("q", "color", dtype="uint7")),
    (AttributeError, "twice", lambda d: d.add_layer("q", "color", dtype_per_channel="uint8", dtype_per_layer="uint8")),
    (IndexError, "Removing", lambda d: d.delete_layer("nope")),
    (AssertionError, "power of 2", lambda _: Mag(3)),
    (ValueError, "power of two", lambda d: d.get_layer("z3").add_mag(4, chunk_shape=48, chunks_per_shard=2)),
    (ValueError, "multiple", lambda d: d.get_layer("z3").add_mag(4, chunk_shape=32, shard_shape=16)),
    (ValueError, "say the same", lambda d: d.get_layer("z3").add_mag(4, shard_shape=64, chunks_per_shard=2)),
    (AssertionError, "sharding", lambda d: d.get_layer("z2").add_mag(1, chunk_shape=32, shard_shape=64)),
    (AssertionError, "uniform", lambda d: d.get_layer("layer").add_mag(4, chunk_shape=(32, 32, 16))),
    (ValueError, "not compressed with", lambda d: d.get_layer("layer").add_mag(4, codec="zstd-1")),
    (ValueError, "not compressed with", lambda d: d.get_layer("z3").add_mag(4, codec="lz4")),
    (RuntimeError, "read-only", lambda d: Dataset.open(d.path, read_only=True).add_layer("r", "color")),
    (RuntimeError, "read-only", lambda d: mag(Dataset.open(d.path, read_only=True)).write(voxels())),
    (RuntimeError, "read-only", lambda d: change(Dataset.open(d.path, read_only=True), "name", "x")),
    (FileNotFoundError, "Cannot read dataset", lambda d: Dataset.open(d.path / "none")),
    (FileNotFoundError, "Cannot read dataset", lambda d: Dataset(d.path / "none", read_only=True)),
    (RuntimeError, "non-empty", lambda d: Dataset(d.path, (1, 1, 1))),
    (RuntimeError, "voxel_sizes", lambda d: Dataset(d.path, (2, 1, 1), exist_ok=True)),
    (RuntimeError, "names", lambda d: Dataset(d.path, name="zz", exist_ok=True)),
    (RuntimeError, "non-empty", lambda d: Dataset(d.path / "layer", (1, 1, 1), exist_ok=True)),
    (ValueError, "must be set", lambda d: Dataset(d.path / "new")),
    (ValueError, "twice", lambda d: Dataset(d.path / "new", (1, 1, 1), voxel_size_with_unit=VoxelSize((1, 1, 1)))),
    (AssertionError, "non-integer", lambda d: change(d.get_layer("s"), "largest_segment_id", 3.5)),
    (AssertionError, "do not match", lambda d: d.get_or_add_layer("s", "color")),
    (AssertionError, "do not match", lambda d: d.get_or_add_layer("s", "segmentation", dtype="uint8")),
    (ValueError, "already exists", lambda d: change(d.get_layer("s"), "name", "layer")),
    (ValueError, "is invalid", lambda d: change(d.get_layer("s"), "name", "a/b")),
    (ValueError, "outside", lambda d: mag(d).write(voxels((101, 70, 50)))),
    (AssertionError, "channels", lambda d: mag(d).write(voxels(channels=2))),
    (
        ValueError,
        "not that of",
        lambda d: mag(d).write(voxels(), absolute_bounding_box=BoundingBox((10,) * 3, (4,) * 3)),
    ),
    (ValueError, "does not go with", lambda d: mag(d).write(np.zeros((4, 4), np.uint8))),
    (RuntimeError, "non-empty", lambda d: d.copy_dataset(d.path)),
    (RuntimeError, "non-empty", lambda d: d.shallow_copy_dataset(d.path)),
    (AssertionError, "valid mags", lambda d: d.add_layer_for_existing_files("nn", "color")),
    (AssertionError, "there already", lambda d: d.add_layer_for_existing_files("s", "color")),
]


@pytest.mark.parametrize(("kind", "words", "act"), CASES, ids=range(len(CASES)))
def test_kinds(dataset, kind, words, act):
    with pytest.raises(kind, match=words) as error:
        act(dataset)
    assert isinstance(error.value, SwathError) or type(error.value) is KeyError
    assert {layer.name for layer in Dataset.open(dataset.path).layers.values()} == {"layer", "z3", "s", "z2"}


def test_a_mag_whose_folder_is_gone(tmp_path):
    made = make(tmp_path / "d", "wkw")
    made.get_layer("layer").path.rename(tmp_path / "gone")
    layer = Dataset.open(tmp_path / "d").get_layer("layer")
    with pytest.raises(SwathError, match=r"`header.wkw` not found"):
        layer.get_mag(1).read()
    made.properties.layer("layer").mags[0].path = None
    made.save()
    with pytest.raises(FileNotFoundError, match="Could not find any valid mag `1`"):
        Dataset.open(tmp_path / "d").get_layer("layer")


def test_a_file_where_a_folder_is_due(tmp_path):
    (tmp_path / "f").touch()
    with pytest.raises(NotADirectoryError):
        Dataset(tmp_path / "f", (1, 1, 1))
