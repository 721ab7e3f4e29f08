"""The properties file: read in all generations, written whole, nothing lost."""

import json
import os

import pytest

from swath.volume import BoundingBox, Dataset, LayerViewConfiguration, VoxelSize
from swath.volume.errors import ArrayError
from swath.volume.properties.element_class import channel_dtype, element_class
from swath.volume.properties.model import FILE_NAME, parse_properties
from swath.volume.properties.units import LengthUnit
from volume.boxes import make, voxels


def layer_record(**more):
    box = {"topLeft": [0, 0, 0], "width": 8, "height": 8, "depth": 8}
    base = {"name": "layer", "category": "color", "boundingBox": box, "elementClass": "uint8", "dataFormat": "wkw"}
    return base | {"mags": [], "numChannels": 1} | more


def record(*layers, **more):
    return {"id": {"name": "d", "team": ""}, "scale": [1, 2, 3], "dataLayers": list(layers), "version": 1} | more


def write(folder, content):
    folder.mkdir(exist_ok=True)
    (folder / FILE_NAME).write_text(json.dumps(content))


def test_old_and_new_voxel_sizes(tmp_path):
    assert parse_properties(json.dumps(record()).encode(), "f").voxel_size == VoxelSize((1, 2, 3))
    new = record(scale={"factor": [1, 2, 3], "unit": "micrometer"})
    assert parse_properties(json.dumps(new).encode(), "f").voxel_size.to_nanometer() == (1e3, 2e3, 3e3)
    for name, symbol, nanometers in (unit.value for unit in LengthUnit):
        assert LengthUnit.of(name) is LengthUnit.of(symbol)
        assert VoxelSize((1, 1, 1), name).to_nanometer()[0] == nanometers
    with pytest.raises(ValueError, match="no unit of length"):
        LengthUnit.of("furlong")


def test_unknown_keys_are_kept_at_every_level(tmp_path):
    mag = {"mag": [1, 1, 1], "path": "./layer/1", "credentialId": 7}
    layer = layer_record(mags=[mag], adminViewConfiguration={"x": 1}, defaultViewConfiguration={"new": 2, "min": 0})
    content = record(layer, extra=[1], id={"name": "d", "team": "t", "legacy": True})
    content["dataLayers"][0]["coordinateTransformations"] = [{"type": "new", "v": 1}]
    content["scale"] = {"factor": [1.0, 2.0, 3.0], "unit": "nanometer"}
    write(tmp_path / "d", content)
    dataset = Dataset.open(tmp_path / "d")
    dataset.name = "other"
    content["id"]["name"] = "other"
    assert json.loads((tmp_path / "d" / FILE_NAME).read_text()) == content


def test_large_ids_stand_in_an_envelope(tmp_path):
    layer = Dataset(tmp_path / "d", voxel_size=(1, 1, 1)).add_layer("s", "segmentation", dtype="uint64")
    for value in (None, 0, 2**53 - 1, 2**53, 2**64 - 1):
        layer.largest_segment_id = value
        stored = json.loads((tmp_path / "d" / FILE_NAME).read_text())["dataLayers"][0].get("largestSegmentId")
        large = value is not None and value > 2**53 - 1
        assert stored == ({"customJsonEncoding": "bigint", "value": str(value)} if large else value)
        assert Dataset.open(tmp_path / "d").get_layer("s").largest_segment_id == value


def test_element_classes():
    for dtype, channels, name in (("uint8", 3, "uint24"), ("float32", 1, "float"), ("float64", 1, "double")):
        assert element_class(channel_dtype(name, channels), channels) == name
        assert channel_dtype(name, channels) == dtype
    assert channel_dtype("float96", 3) == "float32"
    with pytest.raises(ValueError, match="no element class"):
        channel_dtype("uint24", 1)


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"", ValueError, "no properties file"),
        (b"[]", ValueError, "no object"),
        (b"{}", ValueError, "no key 'id'"),
        (b"[" * 100000, ValueError, "no properties file"),
        (b"\xff\xfe{}", ValueError, "no properties file"),
        (record(version=2), AssertionError, "version 2"),
        (record(scale=[1, 1]), ValueError, "three lengths"),
        (record(layer_record(category="x")), RuntimeError, "category"),
        (record(layer_record(name="../x")), ValueError, "outside the dataset"),
        (record(layer_record(name=".")), ValueError, "outside the dataset"),
        (record(layer_record(dataFormat="tiff")), ValueError, "format"),
        (record(layer_record(mags=[{"mag": [3, 3, 3]}])), AssertionError, "power of 2"),
        (record(layer_record(boundingBox={"topLeft": [0], "width": 1, "height": 1, "depth": 1})), ValueError, "three"),
        (record(layer_record(additionalAxes=[{"name": "t", "bounds": [0, 1], "index": 0}],
                             mags=[{"mag": 1, "path": "./layer/1"}])), AssertionError, "order"),
        (record(layer_record(mags=[{"mag": 1, "path": 5}])), ValueError, "no path"),
        (record(layer_record(mags=[{"mag": 1, "path": "./layer/\0"}])), ValueError, "no path"),
        (record(layer_record(mags=[{"mag": 1, "axisOrder": {"c": "x"}}])), ValueError, "no order"),
        (record(layer_record(mags=[{"mag": float("inf")}])), ValueError, "no properties file"),
        (record(layer_record(numChannels="three")), ValueError, "number of channels"),
    ],
    ids=range(19),
)  # fmt: skip
def test_what_is_no_properties_file(tmp_path, content, kind, words):
    (tmp_path / FILE_NAME).write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    with pytest.raises(kind, match=words) as error:
        Dataset.open(tmp_path)
    assert FILE_NAME in str(error.value)


def test_a_file_changed_by_another_program_is_told(tmp_path):
    dataset = make(tmp_path / "d", "wkw")
    Dataset.open(tmp_path / "d").name = "theirs"
    with pytest.warns(UserWarning, match="newer than the ones"):
        dataset.name = "mine"


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    dataset = make(tmp_path / "d", "wkw")
    before = (tmp_path / "d" / FILE_NAME).read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        dataset.name = "other"
    assert (tmp_path / "d" / FILE_NAME).read_bytes() == before
    assert not list((tmp_path / "d").glob(".*tmp"))


def test_paths_outside_are_read_and_never_written_or_deleted(tmp_path):
    other = make(tmp_path / "other", "wkw")
    write(tmp_path / "d", record(layer_record(
        boundingBox=other.get_layer("layer").bounding_box.to_wkw_dict(),
        mags=[{"mag": [1, 1, 1], "path": "../other/layer/1"}, {"mag": [2, 2, 2], "path": str(tmp_path / "nowhere")}],
    )))  # fmt: skip
    layer = Dataset.open(tmp_path / "d").get_layer("layer")
    mag = layer.get_mag(1)
    assert mag.is_foreign
    assert (mag.read() == voxels()).all()
    with pytest.raises(RuntimeError, match="read-only"):
        mag.write(voxels())
    with pytest.raises(RuntimeError, match="read-only"):
        mag.compress()
    with pytest.raises(ValueError, match="not found"):
        layer.get_mag(2).read()
    layer.delete_mag(1)
    layer.dataset.delete_layer("layer")
    assert (Dataset.open(tmp_path / "other").get_layer("layer").get_mag(1).read() == voxels()).all()


def test_what_is_not_read_is_listed(tmp_path):
    """A layer of n5, and a mag on another host, among others that are read."""
    content = record(
        layer_record(name="n5", dataFormat="n5", mags=[{"mag": 1, "path": "./n5/s0"}]),
        layer_record(dataFormat="zarr3", mags=[{"mag": 1, "path": "s3://bucket/layer/1"}]),
    )
    write(tmp_path / "d", content)
    dataset = Dataset.open(tmp_path / "d")
    for layer in dataset.layers.values():
        mag = layer.get_mag(1)
        assert (mag.bounding_box.size, mag.read_only) == ((8, 8, 8), True)
        with pytest.raises(ArrayError, match=r"not read|s3://bucket"):
            mag.read()
        layer.bounding_box = BoundingBox((0, 0, 0), (9, 9, 9))
    dataset.compress()
    kept = json.loads((tmp_path / "d" / FILE_NAME).read_text())["dataLayers"]
    assert [layer["mags"][0]["path"] for layer in kept] == ["./n5/s0", "s3://bucket/layer/1"]


def test_links_that_lead_to_themselves(tmp_path):
    write(tmp_path / "d", record(layer_record(mags=[{"mag": [1, 1, 1], "path": "./layer/1"}])))
    (tmp_path / "d" / "layer").mkdir()
    (tmp_path / "d" / "layer" / "1").symlink_to("1")
    with pytest.raises((ValueError, OSError)):
        Dataset.open(tmp_path / "d").get_layer("layer").get_mag(1).read()
    dataset = make(tmp_path / "e", "zarr3")
    (tmp_path / "e" / "layer" / "loop").symlink_to(tmp_path / "e")
    copy = dataset.shallow_copy_dataset(tmp_path / "f")
    assert (copy.get_layer("layer").get_mag(1).read() == voxels()).all()


def test_ome_metadata(tmp_path):
    for data_format, file in (("zarr", ".zattrs"), ("zarr3", "zarr.json")):
        make(tmp_path / data_format, data_format)
        content = json.loads((tmp_path / data_format / "layer" / file).read_text())
        scales = (content if data_format == "zarr" else content["attributes"]["ome"])["multiscales"][0]
        assert [axis["name"] for axis in scales["axes"]] == ["c", "x", "y", "z"]
        assert scales["datasets"][0]["coordinateTransformations"][0]["scale"] == [1.0, 11.24, 11.24, 28.0]


def test_settings_of_layers_are_saved(tmp_path):
    dataset = Dataset(tmp_path / "d", voxel_size=(1, 1, 1))
    layer = dataset.add_layer("l", "color", bounding_box=BoundingBox((0, 0, 0), (1, 2, 3)))
    layer.default_view_configuration = LayerViewConfiguration(color=(255, 0, 10), intensity_range=(0, 9.5))
    layer.bounding_box = BoundingBox((1, 2, 3), (4, 5, 6))
    again = Dataset.open(tmp_path / "d").get_layer("l")
    assert again.default_view_configuration == layer.default_view_configuration
    assert again.bounding_box == BoundingBox((1, 2, 3), (4, 5, 6))
