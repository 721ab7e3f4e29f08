"""Datasets, layers, mags and views: what they read and write, and what they refuse."""

import pickle
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from swath import volume
from swath.volume import BoundingBox, Dataset, Mag, NDBoundingBox, VoxelSize, Zarr3Config
from volume.boxes import SHARD, double, make, total, voxels

pytest.importorskip("wkw")
FORMATS = ("wkw", "zarr", "zarr3")


@pytest.mark.parametrize("data_format", FORMATS)
def test_a_layer_written_and_read_in_every_way(tmp_path, data_format):
    data = voxels(channels=3)
    layer = make(tmp_path / "d", data_format, data).get_layer("layer")
    mag = Dataset.open(tmp_path / "d").get_layer("layer").get_mag("1")
    assert mag.bounding_box == layer.bounding_box == BoundingBox((10, 20, 30), (100, 70, 50))
    assert np.array_equal(mag.read(), data)
    part = data[:, 5:9, 6:9, 7:9]
    box = BoundingBox((15, 26, 37), (4, 3, 2))
    assert np.array_equal(mag.read(absolute_offset=(15, 26, 37), size=(4, 3, 2)), part)
    assert np.array_equal(mag.read(relative_offset=(5, 6, 7), size=(4, 3, 2)), part)
    assert np.array_equal(mag.read(absolute_bounding_box=box), part)
    assert np.array_equal(mag.read(relative_bounding_box=box.offset((-10, -20, -30))), part)
    assert np.array_equal(mag.read_xyz(channel=1, absolute_bounding_box=box), part[1])
    beyond = mag.read(absolute_offset=(105, 85, 75), size=(10, 10, 10))
    assert np.array_equal(beyond[:, :5, :5, :5], data[:, 95:, 65:, 45:])
    assert not beyond[:, 5:].any()
    view = mag.get_view(absolute_bounding_box=box, read_only=True)
    assert np.array_equal(pickle.loads(pickle.dumps(view)).read(), part)
    assert (layer.dtype_per_layer, layer.dtype, layer.num_channels) == ("uint24", np.uint8, 3)


def test_a_size_without_an_offset_is_in_voxels_of_the_mag(tmp_path):
    layer = make(tmp_path / "d", "zarr3", at=(0, 0, 0)).get_layer("layer")
    coarse = layer.add_mag(2, shard_shape=32)
    with pytest.warns(DeprecationWarning, match="size without an offset"):
        assert coarse.read((10, 9, 8)).shape == (1, 10, 9, 8)
    with pytest.warns(DeprecationWarning, match="size without an offset"):
        assert coarse.get_view(size=(10, 9, 8), read_only=True).size == (20, 18, 16)
    assert coarse.read(absolute_offset=(0, 0, 0), size=(10, 8, 6)).shape == (1, 5, 4, 3)


@pytest.mark.parametrize("data_format", FORMATS)
def test_mags_are_aligned_and_grow(tmp_path, data_format):
    dataset = Dataset(tmp_path / "d", voxel_size=(1, 1, 1))
    layer = dataset.add_layer("l", "segmentation", dtype="uint32", data_format=data_format)
    mag = layer.add_mag("2-2-1", chunk_shape=32, shard_shape=SHARD[data_format])
    data = voxels((33, 44, 55), "uint32")
    with pytest.raises(ValueError, match="allow_resize"):
        mag.write(data, absolute_offset=(2, 4, 6))
    mag.write(data, absolute_offset=(2, 4, 6), allow_resize=True, allow_unaligned=True)
    assert layer.bounding_box == BoundingBox((2, 4, 6), (66, 88, 55))
    mag.write(data, absolute_offset=(140, 4, 6), allow_resize=True, allow_unaligned=True)
    again = Dataset.open(tmp_path / "d").get_layer("l").get_mag(Mag((2, 2, 1)))
    assert again.read().shape == (1, 102, 44, 55)
    assert np.array_equal(again.read()[:, 69:], data)
    assert np.array_equal(again.read()[:, :33], data)
    layer.bounding_box = BoundingBox((3, 5, 6), (10, 10, 10))
    assert again.read().any()
    assert Dataset.open(tmp_path / "d").get_layer("l").get_mag("2-2-1").bounding_box == BoundingBox(
        (2, 4, 6), (12, 12, 10)
    )
    layer.bounding_box = BoundingBox((2, 4, 6), (300, 88, 55))
    layer.refresh_largest_segment_id()
    assert layer.largest_segment_id == data.max()


def test_further_axes(tmp_path):
    dataset = Dataset(tmp_path / "d", voxel_size=(1, 1, 1))
    box = NDBoundingBox((0, 0, 0, 0), (3, 40, 30, 20), ("t", "x", "y", "z"))
    layer = dataset.add_layer("l", "color", data_format="zarr3", bounding_box=box)
    mag = layer.add_mag(1, chunk_shape=32, shard_shape=64)
    data = np.random.default_rng(0).integers(0, 255, (3, 1, 40, 30, 20), dtype=np.uint8)
    mag.write(data)
    again = Dataset.open(tmp_path / "d").get_layer("l")
    assert again.bounding_box == box
    assert np.array_equal(again.get_mag(1).read(), data)
    one = NDBoundingBox((1, 5, 5, 5), (1, 9, 8, 7), ("t", "x", "y", "z"))
    assert np.array_equal(again.get_mag(1).read_cxyz(absolute_bounding_box=one), data[1, :, 5:14, 5:13, 5:12])
    with pytest.raises(ValueError, match="WKW has no axes"):
        dataset.add_layer("w", "color", data_format="wkw", bounding_box=box)


def test_only_whole_shards_without_asking(tmp_path):
    mag = make(tmp_path / "d", "zarr3").get_layer("layer").get_mag(1)
    with pytest.raises(ValueError, match="allow_unaligned"):
        mag.write(voxels((5, 5, 5)))
    mag.write(voxels()[:, :54, :44, :34])
    raw = make(tmp_path / "raw", "wkw", compress=False).get_layer("layer").get_mag(1)
    with pytest.warns(UserWarning, match="cuts shards"):
        raw.write(voxels((5, 5, 5), seed=3) + 9)
    assert np.array_equal(raw.read()[:, :5, :5, :5], voxels((5, 5, 5), seed=3) + 9)


@pytest.mark.parametrize("kind", ["threads", "processes", None])
def test_work_on_chunks_by_any_executor(tmp_path, kind):
    mag = make(tmp_path / "d", "wkw", voxels() // 2).get_layer("layer").get_mag(1)
    executor = {
        "threads": lambda: ThreadPoolExecutor(2),
        "processes": lambda: ProcessPoolExecutor(1, mp_context=get_context("spawn")),
        None: lambda: None,
    }[kind]()
    mag.for_each_chunk(double, executor=executor)
    assert np.array_equal(mag.read(), voxels() // 2 * 2)
    assert sum(mag.map_chunk(total, executor=executor)) == (voxels() // 2 * 2).sum()
    with pytest.raises(AssertionError, match="multiple"):
        mag.for_each_chunk(double, chunk_shape=(10, 10, 10))
    if executor is not None:
        executor.shutdown()


def test_views_that_may_be_written_lie_within(tmp_path):
    mag = make(tmp_path / "d", "wkw").get_layer("layer").get_mag(1)
    with pytest.raises(AssertionError, match="outside"):
        mag.get_view(absolute_offset=(10, 20, 30), size=(101, 1, 1))
    assert mag.get_view(absolute_offset=(10, 20, 30), size=(200, 1, 1), read_only=True).read().shape == (1, 200, 1, 1)
    with pytest.warns(UserWarning, match="cuts shards"):
        view = mag.get_view(relative_offset=(1, 1, 1), size=(9, 9, 9))
    with pytest.raises(AssertionError, match="outside"):
        view.write(voxels((10, 9, 9)), allow_unaligned=True)
    with pytest.raises(RuntimeError, match="read-only"):
        mag.get_view(relative_offset=(1, 1, 1), size=(9, 9, 9), read_only=True).write(voxels((9, 9, 9)))


def test_slices_are_read_and_written_many_at_a_time(tmp_path):
    source = make(tmp_path / "a", "zarr3").get_layer("layer").get_mag(1)
    target = make(tmp_path / "b", "zarr3", np.zeros_like(voxels())).get_layer("layer").get_mag(1)
    for dimension in (0, 1, 2):
        axis = dimension + 1
        with source.get_buffered_slice_reader(dimension=dimension) as slices:
            assert np.array_equal(np.stack(list(slices), axis), source.read())
        with (
            source.get_buffered_slice_reader(dimension=dimension) as slices,
            target.get_buffered_slice_writer(dimension=dimension, allow_unaligned=True) as writer,
        ):
            for piece in slices:
                writer.send(piece)
        assert source.content_is_equal(target)
        target.write(np.zeros_like(voxels()))
        assert not source.content_is_equal(target)


def test_constructors_of_every_generation(tmp_path):
    assert Dataset.create(tmp_path / "a", (1, 1, 2)).scale == (1, 1, 2)
    assert Dataset.get_or_create(tmp_path / "a", (1, 1, 2)).name == "a"
    assert Dataset(tmp_path / "b", scale=(1, 2, 3), name="named").name == "named"
    in_units = Dataset(tmp_path / "c", voxel_size_with_unit=VoxelSize((1, 2, 3), "µm"))
    assert in_units.voxel_size == (1000, 2000, 3000)
    assert Dataset.open(tmp_path / "a") == Dataset.open(tmp_path / "a")
    assert Dataset.open(tmp_path / "a") != Dataset.open(tmp_path / "a", read_only=True)
    dataset = Dataset.open(tmp_path / "a")
    assert dataset.add_layer("p", "color", "uint24", None, 3, "wkw").dtype == np.uint8
    assert dataset.add_layer("q", "color", dtype_per_channel="uint16").dtype == np.uint16
    assert dataset.get_or_add_layer("q", "color", dtype="uint16").name == "q"


def test_names_and_arguments_of_the_first_generation(tmp_path):
    """What was given by its place there is taken by its place here."""
    assert all(hasattr(volume, name) for name in volume.__all__)
    dataset = Dataset(tmp_path / "d", (1, 1, 1))
    box = BoundingBox((0, 0, 0), (64, 64, 64))
    layer = dataset.add_layer("l", "color", None, "uint8", 1, volume.DataFormat.Zarr3, box)
    mag = layer.add_mag(1, 32, 2, False)
    assert (tuple(mag.info.shard_shape), mag.info.compressed, layer.data_format) == ((64, 64, 64), False, "zarr3")
    assert layer.get_or_add_mag(1, 32, 2, False) is mag
    mag.write(voxels((64, 64, 64)))
    other = Dataset(tmp_path / "e", (1, 1, 1)).add_copy_layer(layer, "copy", 32, 1, "zarr", True)
    assert (other.data_format, other.get_mag(1).info.compressed) == ("zarr", True)
    again = dataset.copy_dataset(tmp_path / "f", (2, 2, 2), 32, 1, "zarr3", False)
    assert (again.voxel_size, again.get_layer("l").get_mag(1).info.chunks_per_shard.x) == ((2, 2, 2), 1)


@pytest.mark.parametrize("codec", ["zstd-1", "zstd-9", None])
def test_codecs_of_zarr(tmp_path, codec):
    assert np.array_equal(make(tmp_path / "d", "zarr3", codec=codec).get_layer("layer").get_mag(1).read(), voxels())
    config = Zarr3Config(
        ({"name": "bytes"}, {"name": "gzip", "configuration": {"level": 1}}),
        {"name": "default", "configuration": {"separator": "."}},
    )
    mag = make(tmp_path / "e", "zarr3", compress=config).get_layer("layer").get_mag(1)
    assert np.array_equal(mag.read(), voxels())
    assert mag.info.compressed
    assert any(file.name.startswith("c.") for file in mag.path.iterdir())


def test_default_shapes(tmp_path):
    layer = make(tmp_path / "d", "zarr3", voxels((9, 9, 9)), at=(0, 0, 0)).get_layer("layer")
    assert layer.add_mag(2).info.shard_shape == (4096, 4096, 32)
    other = layer.dataset.add_layer("o", "color", data_format="wkw")
    assert (other.add_mag(1).info.chunk_shape, other.add_mag(2).info.shard_shape) == ((32,) * 3, (1024,) * 3)


def test_no_warnings_in_plain_use(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dataset = make(tmp_path / "d", "zarr3")
        dataset.name = "x"
        Dataset.open(tmp_path / "d").get_layer("layer").get_mag(1).read()
