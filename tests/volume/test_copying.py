"""Copies: in other forms, as files, as links and references; compression; and what they never touch."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from swath.volume import BoundingBox, Dataset
from swath.volume.copying.crop import crop
from swath.volume.properties.model import FILE_NAME
from volume.boxes import SHARD, files_below, make, voxels

pytest.importorskip("wkw")
FORMATS = ("wkw", "zarr", "zarr3")


def read(path, layer="layer", mag=1):
    return Dataset.open(path).get_layer(layer).get_mag(mag).read()


@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("target", FORMATS)
def test_copies_in_every_format(tmp_path, source, target):
    data = voxels(dtype="uint16", channels=2)
    dataset = make(tmp_path / "a", source, data)
    dataset.copy_dataset(tmp_path / "b", data_format=target, chunk_shape=32, shard_shape=SHARD[target])
    assert np.array_equal(read(tmp_path / "b"), data)
    assert {path.name for path in (tmp_path / "b" / "layer").iterdir()} <= {"1", ".zattrs", ".zgroup", "zarr.json"}
    assert not (tmp_path / "b" / ".swath").exists()


def test_a_copy_of_the_same_form_is_the_same_files(tmp_path):
    dataset = make(tmp_path / "a", "wkw")
    dataset.copy_dataset(tmp_path / "b")
    assert files_below(tmp_path / "b" / "layer") == files_below(tmp_path / "a" / "layer")


@pytest.mark.parametrize("data_format", FORMATS)
def test_compression_in_place(tmp_path, data_format):
    dataset = make(tmp_path / "d", data_format, compress=False)
    mag = dataset.get_layer("layer").get_mag(1)
    with ThreadPoolExecutor(2) as executor:
        dataset.compress(executor)
    assert dataset.get_layer("layer").get_mag(1).info.compressed
    for opened in (dataset, Dataset.open(tmp_path / "d")):
        assert np.array_equal(opened.get_layer("layer").get_mag(1).read(), voxels())
    before = files_below(tmp_path / "d" / "layer")
    dataset.compress()
    assert files_below(tmp_path / "d" / "layer") == before
    plain = make(tmp_path / "e", data_format)
    assert files_below(plain.path / "layer" / "1") == files_below(tmp_path / "d" / "layer" / "1")
    assert mag.layer is dataset.get_layer("layer")


@pytest.mark.parametrize("data_format", FORMATS)
def test_who_has_a_mag_open_reads_on_after_compression(tmp_path, data_format):
    dataset = make(tmp_path / "d", data_format, compress=False)
    mags = [dataset.get_layer("layer").get_mag(1), Dataset.open(tmp_path / "d").get_layer("layer").get_mag(1)]
    views = [*mags, mags[1].get_view(absolute_bounding_box=mags[1].bounding_box, read_only=True)]
    assert all(np.array_equal(view.read(), voxels()) for view in views)
    dataset.compress()
    assert all(np.array_equal(view.read(), voxels()) for view in views)
    assert all(view.info.compressed for view in views)
    mags[0].write(voxels(seed=1))
    assert np.array_equal(read(tmp_path / "d"), voxels(seed=1))


def test_compression_keeps_what_is_said_of_a_mag(tmp_path):
    dataset = make(tmp_path / "d", "zarr3", compress=False)
    dataset.get_layer("layer").add_mag(2, shard_shape=64)
    (tmp_path / "d" / "layer" / "1").rename(tmp_path / "d" / "layer" / "1-1-1")
    content = json.loads((tmp_path / "d" / FILE_NAME).read_text())
    content["dataLayers"][0]["mags"][0] |= {"path": "./layer/1-1-1", "credentialId": 7}
    (tmp_path / "d" / FILE_NAME).write_text(json.dumps(content))
    Dataset.open(tmp_path / "d").compress()
    mags = json.loads((tmp_path / "d" / FILE_NAME).read_text())["dataLayers"][0]["mags"]
    assert [(mag["mag"], mag["path"]) for mag in mags] == [([1, 1, 1], "./layer/1"), ([2, 2, 2], "./layer/2")]
    assert mags[0]["credentialId"] == 7
    assert not (tmp_path / "d" / "layer" / "1-1-1").exists()
    assert np.array_equal(read(tmp_path / "d"), voxels())


@pytest.mark.parametrize("data_format", ["wkw", "zarr3"])
def test_a_channel_of_an_array_of_several(tmp_path, data_format):
    """Compression in place would take the other channels away, or the properties file would name a wrong one."""
    data = voxels(channels=3)
    make(tmp_path / "d", data_format, data, compress=False)
    content = json.loads((tmp_path / "d" / FILE_NAME).read_text())
    content["dataLayers"][0] |= {"numChannels": 1, "elementClass": "uint8"}
    content["dataLayers"][0]["mags"][0]["channelIndex"] = 1
    (tmp_path / "d" / FILE_NAME).write_text(json.dumps(content))
    dataset = Dataset.open(tmp_path / "d")
    dataset.compress()
    with pytest.raises(RuntimeError, match="channels that are not its layer's"):
        dataset.get_layer("layer").get_mag(1).rechunk(shard_shape=32)
    dataset.shallow_copy_dataset(tmp_path / "s")
    dataset.copy_dataset(tmp_path / "c", compress=True)
    Dataset(tmp_path / "f", voxel_size=(1, 1, 1)).add_fs_copy_layer(dataset.get_layer("layer"))
    for name in ("d", "s", "c", "f"):
        assert np.array_equal(read(tmp_path / name), data[1:2]), name


def test_workers_do_not_change_the_bytes(tmp_path):
    dataset = make(tmp_path / "d", "zarr3")
    for workers in (1, 4):
        with ThreadPoolExecutor(workers) as executor:
            dataset.copy_dataset(tmp_path / f"{workers}", data_format="wkw", shard_shape=32, executor=executor)
    assert files_below(tmp_path / "1" / "layer") == files_below(tmp_path / "4" / "layer")


def test_compression_into_another_dataset(tmp_path):
    dataset = make(tmp_path / "d", "wkw", compress=False)
    dataset.get_layer("layer").get_mag(1).compress(tmp_path / "e", codec="lz4hc")
    assert not Dataset.open(tmp_path / "d").get_layer("layer").get_mag(1).info.compressed
    assert Dataset.open(tmp_path / "e").get_layer("layer").get_mag(1).info.codec == "lz4hc"
    assert np.array_equal(read(tmp_path / "e"), voxels())


def test_references_and_links_leave_what_they_lead_to(tmp_path):
    source = make(tmp_path / "a", "wkw")
    (source.path / "layer" / "mappings").mkdir()
    shallow = source.shallow_copy_dataset(tmp_path / "s", name="shallow")
    assert (shallow.name, shallow.get_layer("layer").get_mag(1).is_foreign) == ("shallow", True)
    assert (tmp_path / "s" / "layer" / "mappings").is_dir()
    relative = source.shallow_copy_dataset(tmp_path / "r", make_relative=True)
    target = Dataset(tmp_path / "t", voxel_size=(1, 1, 1))
    target.add_symlink_layer(source.get_layer("layer"), make_relative=True, new_layer_name="link")
    target.add_layer_as_ref(source.get_layer("layer"), "ref")
    target.add_fs_copy_layer(source.get_layer("layer"), "files")
    target.add_copy_layer(source.path / "layer", "copy", shard_shape=32)
    like = target.add_layer_like(source.get_layer("layer"), "like")
    like.add_symlink_mag(source.get_layer("layer").get_mag(1))
    for name in ("link", "ref", "files", "copy", "like"):
        assert np.array_equal(read(tmp_path / "t", name), voxels()), name
    before = files_below(tmp_path / "a")
    for opened in (shallow, relative, target):
        opened.compress()
        for name in list(opened.layers):
            opened.delete_layer(name)
        assert not any((opened.path / name).exists() for name in ("layer", "link", "ref", "files", "copy", "like"))
    assert files_below(tmp_path / "a") == before


def test_mags_of_a_linked_layer_are_the_other_datasets(tmp_path):
    source = make(tmp_path / "a", "zarr3").get_layer("layer")
    linked = Dataset(tmp_path / "t", voxel_size=(1, 1, 1)).add_symlink_layer(source)
    assert linked.get_mag(1).read_only
    linked.delete_mag(1)
    assert np.array_equal(read(tmp_path / "a"), voxels())


def test_a_copy_of_files_follows_links(tmp_path):
    source = make(tmp_path / "a", "zarr3").get_layer("layer")
    like = Dataset(tmp_path / "b", voxel_size=(1, 1, 1)).add_layer_like(source, "layer")
    like.add_symlink_mag(source.get_mag(1))
    (like.path / "loop").symlink_to(like.path)
    Dataset(tmp_path / "c", voxel_size=(1, 1, 1)).add_fs_copy_layer(like)
    shutil.rmtree(tmp_path / "a")
    assert np.array_equal(read(tmp_path / "c"), voxels())


def test_a_copy_cut_off_before_it_was_entered_is_made_again(tmp_path):
    source = make(tmp_path / "a", "zarr3").get_layer("layer")
    like = Dataset(tmp_path / "b", voxel_size=(1, 1, 1)).add_layer_like(source, "layer")
    shutil.copytree(source.path / "1", like.path / "1")
    assert np.array_equal(like.add_copy_mag(source.get_mag(1)).read(), voxels())


def test_relative_links_move_with_their_folder(tmp_path):
    make(tmp_path / "x" / "a", "zarr3").shallow_copy_dataset(tmp_path / "x" / "s", make_relative=True)
    (tmp_path / "x").rename(tmp_path / "y")
    assert np.array_equal(read(tmp_path / "y" / "s"), voxels())


def test_layers_are_renamed_and_deleted(tmp_path):
    dataset = make(tmp_path / "d", "zarr3")
    dataset.get_layer("layer").name = "renamed"
    assert np.array_equal(read(tmp_path / "d", "renamed"), voxels())
    assert np.array_equal(dataset.get_layer("renamed").get_mag(1).read(), voxels())
    assert json.loads((tmp_path / "d" / FILE_NAME).read_text())["dataLayers"][0]["mags"][0]["path"] == "./renamed/1"
    dataset.delete_layer("renamed")
    assert not (tmp_path / "d" / "renamed").exists()
    assert not Dataset.open(tmp_path / "d").layers


@pytest.mark.parametrize("data_format", FORMATS)
def test_layers_of_existing_files(tmp_path, data_format):
    make(tmp_path / "a", data_format, at=(0, 0, 0))
    dataset = Dataset(tmp_path / "d", voxel_size=(1, 1, 1))
    shutil.copytree(tmp_path / "a" / "layer", tmp_path / "d" / "layer")
    (tmp_path / "d" / "layer" / "no mag").mkdir()
    layer = dataset.add_layer_for_existing_files("layer", "color")
    assert (layer.data_format, layer.dtype, layer.num_channels) == (data_format, np.uint8, 1)
    assert np.array_equal(layer.get_mag(1).read()[:, :100, :70, :50], voxels())
    edge = SHARD[data_format]
    assert layer.bounding_box == BoundingBox((0, 0, 0), [-(-n // edge) * edge for n in (100, 70, 50)])


def test_crop(tmp_path):
    dataset = make(tmp_path / "d", "zarr3")
    dataset.get_layer("layer").downsample(coarsest_mag=4, chunk_shape=32, shard_shape=64)
    cut = crop(dataset, tmp_path / "c", BoundingBox((40, 50, 60), (1000, 9, 8)), shard_shape=32)
    assert cut.get_layer("layer").bounding_box == BoundingBox((40, 50, 60), (70, 9, 8))
    for mag, view in Dataset.open(tmp_path / "c").get_layer("layer").mags.items():
        expected = dataset.get_layer("layer").get_mag(mag).read(absolute_bounding_box=view.bounding_box)
        assert np.array_equal(view.read(), expected)
    with pytest.raises(AssertionError, match="no layer reaches"):
        crop(dataset, tmp_path / "e", BoundingBox((500, 0, 0), (1, 1, 1)))
    assert not (tmp_path / "e").exists()


def test_the_largest_segment_of_a_crop(tmp_path):
    data = voxels(dtype="uint32")
    layer = make(tmp_path / "d", "zarr3", data, at=(0, 0, 0), category="segmentation").get_layer("layer")
    layer.largest_segment_id = int(data.max())
    part = crop(layer.dataset, tmp_path / "e", BoundingBox((0, 0, 0), (50, 30, 5)))
    assert part.get_layer("layer").largest_segment_id == data[0, :50, :30, :5].max() < data.max()
    empty = crop(layer.dataset, tmp_path / "f", BoundingBox((0, 0, 0), (9, 9, 9)))
    assert empty.get_layer("layer").largest_segment_id == 0


def test_a_mag_merged_over_another(tmp_path):
    target = make(tmp_path / "a", "wkw").get_layer("layer").get_mag(1)
    other = make(tmp_path / "b", "wkw", voxels(seed=5) // 200 * 7).get_layer("layer").get_mag(1)
    target.merge_with_view(other)
    over = voxels(seed=5) // 200 * 7
    assert np.array_equal(target.read(), np.where(over != 0, over, voxels()))
