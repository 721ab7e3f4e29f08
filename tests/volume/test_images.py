"""Layers and datasets of images: against the peer's arrays, files of every kind, bad ones, cut off and gone on with."""

import json
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from swath.engine.run import Running
from swath.errors import MissingExtraError, UsageError
from swath.volume import Dataset, Mag
from swath.volume.filling import stages as filling
from swath.volume.images.errors import ImageReadError, UnsupportedImageFormatError
from swath.volume.images.mapping import ConversionLayerMapping, group_files
from swath.volume.images.opening import find_images, natural_key, open_image

tifffile = pytest.importorskip("tifffile")
pytest.importorskip("tensorstore")
CASES = Path(__file__).parents[3] / "shared" / "conformance" / "volume"
MANIFEST = (
    json.loads((CASES / "manifest.json").read_text()) if CASES.is_dir() else {"from_images": [], "layer_mapping": []}
)
SMALL = {"chunk_shape": 16, "shard_shape": 32}


def read_argument(text):
    try:
        return eval(text, {"__builtins__": {}})
    except NameError:
        return text


def run_case(case, folder):
    settings = {key: read_argument(text) for key, text in case["kwargs"].items()} | {"compat": "peer"}
    if case["call"] == "from_images":
        return Dataset.from_images(CASES / case["input"], folder, (1, 1, 1), **settings)
    dataset = Dataset(folder, (1, 1, 1))
    images = case["input"]
    named = [CASES / "inputs" / one for one in images] if isinstance(images, list) else str(CASES / "inputs" / images)
    dataset.add_layer_from_images(named, "layer", **settings)
    return dataset


@pytest.mark.skipif(not CASES.is_dir(), reason="conformance/volume is not here")
@pytest.mark.filterwarnings("ignore:.*(WARNING|INFO)")
@pytest.mark.parametrize("case", MANIFEST["from_images"], ids=lambda case: case["name"])
def test_layers_as_the_peer_makes_them(tmp_path, case):
    if "raises" in case:
        with pytest.raises((AssertionError, ValueError)):
            run_case(case, tmp_path / "d")
        return
    run_case(case, tmp_path / "d")
    layers = Dataset.open(tmp_path / "d").layers
    assert set(layers) == set(case["layers"])
    for name, wanted in case["layers"].items():
        layer, mag = layers[name], layers[name].get_mag(wanted["mag"])
        assert (layer.category, str(layer.dtype)) == (wanted["category"], wanted["dtype"])
        assert list(mag.info.chunk_shape) == wanted["chunk_shape"]
        assert list(mag.info.shard_shape) == wanted["shard_shape"]
        assert getattr(layer, "largest_segment_id", None) == wanted["largest_segment_id"]
        color = layer.default_view_configuration and layer.default_view_configuration.color
        assert color == (wanted["view_color"] and tuple(wanted["view_color"]))
        np.testing.assert_array_equal(mag.read(), np.load(CASES / wanted["expected"])["a"])


@pytest.mark.skipif(not CASES.is_dir(), reason="conformance/volume is not here")
@pytest.mark.filterwarnings("ignore:.*WARNING")
@pytest.mark.parametrize("case", MANIFEST["layer_mapping"], ids=lambda case: f"{case['strategy'][:30]} {case['input']}")
def test_files_are_mapped_to_layers_as_the_peer_does(tmp_path, case):
    settings = {"map_filepath_to_layer_name": case["strategy"]}
    if case["strategy"].startswith("callable"):
        settings = {
            "map_filepath_to_layer_name": lambda path: path.stem[:1],
            "z_slices_sort_key": lambda p: p.name[::-1],
        }
    if "raises" in case:
        with pytest.raises(ValueError, match="slices among"):
            Dataset.from_images(CASES / case["input"], tmp_path / "d", (1, 1, 1), **SMALL, **settings)
        return
    dataset = Dataset.from_images(CASES / case["input"], tmp_path / "d", (1, 1, 1), **SMALL, **settings)
    found = {name: [layer.num_channels, *layer.bounding_box.size] for name, layer in dataset.layers.items()}
    assert found == case["layers"]


def stack_in(folder, shape=(5, 24, 40), dtype=np.uint8, seed=0, **settings):
    """Flat TIFF files of a random volume (z, y, x)."""
    folder.mkdir(parents=True)
    volume = np.random.default_rng(seed).integers(0, 200, shape).astype(dtype)
    for z, image in enumerate(volume):
        tifffile.imwrite(folder / f"s{z}.tif", image, **settings)
    return volume


def only_layer(dataset):
    (layer,) = dataset.layers.values()
    return layer


def made(tmp_path, source, **settings):
    dataset = Dataset.from_images(source, tmp_path / "made", (1, 1, 1), **{**SMALL, **settings})
    return only_layer(dataset).get_mag(1).read()


def test_axes_are_reversed_as_they_are_named(tmp_path):
    volume = stack_in(tmp_path / "in")
    for number, (settings, wanted) in enumerate([
        ({"flip_x": True}, volume[:, :, ::-1]),
        ({"flip_y": True}, volume[:, ::-1]),
        ({"flip_z": True}, volume[::-1]),
        ({"flip_x": True, "compat": "peer"}, volume[:, ::-1]),
        ({"swap_xy": True, "flip_x": True}, volume.transpose(0, 2, 1)[:, :, ::-1]),
    ]):  # fmt: skip
        found = made(tmp_path / str(number), tmp_path / "in", **settings)
        np.testing.assert_array_equal(found[0], wanted.T)


@pytest.mark.parametrize(
    "settings",
    [
        {"compression": "zlib", "predictor": 2},
        {"bigtiff": True},
        {"tile": (16, 16)},
        {"byteorder": ">"},
        {"ome": True, "metadata": {"axes": "ZYX"}},
        {"imagej": True, "metadata": {"axes": "ZYX"}},
        {"photometric": "minisblack", "rowsperstrip": 3},
    ],
    ids=str,
)
def test_tiff_of_every_kind(tmp_path, settings):
    volume = np.random.default_rng(0).integers(0, 9999, (6, 20, 30)).astype(np.uint16)
    (tmp_path / "in").mkdir()
    tifffile.imwrite(tmp_path / "in" / "volume.tif", volume, **{"photometric": "minisblack", **settings})
    np.testing.assert_array_equal(made(tmp_path, tmp_path / "in")[0], volume.T)


def test_planar_files_of_three_and_four_slices_are_colours(tmp_path):
    for number, channels in enumerate((3, 4)):
        volume = np.random.default_rng(0).integers(0, 255, (channels, 20, 30)).astype(np.uint8)
        folder = tmp_path / str(number)
        folder.mkdir()
        tifffile.imwrite(folder / "planes.tif", volume, photometric="rgb", planarconfig="separate")
        np.testing.assert_array_equal(made(tmp_path / f"out{number}", folder)[..., 0], volume[:3].transpose(0, 2, 1))


@pytest.mark.parametrize("suffix", ["png", "gif", "bmp", "jpg"])
def test_pictures(tmp_path, suffix):
    (tmp_path / "in").mkdir()
    wanted = []
    for number in range(3):
        path = tmp_path / "in" / f"{number}.{suffix}"
        Image.fromarray(np.random.default_rng(number).integers(0, 255, (20, 30, 3)).astype(np.uint8)).save(path)
        with Image.open(path) as picture:
            wanted.append(np.asarray(picture.convert("RGB")))
    np.testing.assert_array_equal(made(tmp_path, tmp_path / "in"), np.array(wanted).transpose(3, 2, 1, 0))


def test_pictures_with_a_smaller_one_beside_them(tmp_path):
    """As cameras keep it: frames are slices, and what a smaller one lacks is 0."""
    large, small = (np.full((*size, 3), 200, np.uint8) for size in ((24, 40), (12, 20)))
    (tmp_path / "in").mkdir()
    Image.fromarray(large).save(
        tmp_path / "in" / "a.jpg", format="MPO", save_all=True, append_images=[Image.fromarray(small)]
    )
    found = made(tmp_path, tmp_path / "in")
    assert found.shape == (3, 40, 24, 2)
    assert found[:, :20, :12, 1].min() > 190
    assert not found[:, 20:, :, 1].any()
    assert not found[:, :, 12:, 1].any()


def test_sixteen_bits_and_palettes_of_png(tmp_path):
    deep = np.random.default_rng(0).integers(0, 65535, (20, 30)).astype(np.uint16)
    (tmp_path / "a").mkdir()
    Image.fromarray(deep).save(tmp_path / "a" / "deep.png")
    np.testing.assert_array_equal(made(tmp_path / "1", tmp_path / "a")[0, :, :, 0], deep.T)
    (tmp_path / "b").mkdir()
    Image.fromarray((deep % 7).astype(np.uint8)).convert("P").save(tmp_path / "b" / "few.png")
    assert made(tmp_path / "2", tmp_path / "b").shape == (3, 30, 20, 1)


def test_mrc(tmp_path):
    volume = np.random.default_rng(0).normal(size=(4, 20, 30)).astype(np.float32)
    header = np.zeros(256, "<i4")
    header[:4] = 30, 20, 4, 2
    header[23] = 8
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "tomogram.mrc").write_bytes(header.tobytes() + b"extended" + volume.tobytes())
    np.testing.assert_array_equal(made(tmp_path, tmp_path / "in")[0], volume.T)


def test_time_points(tmp_path):
    series = np.random.default_rng(0).integers(0, 255, (3, 4, 16, 24)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "t.tif", series, imagej=True, metadata={"axes": "TZYX"})
    dataset = Dataset(tmp_path / "d", (1, 1, 1))
    all_of_them = dataset.add_layer_from_images(tmp_path / "t.tif", "all", **SMALL)
    np.testing.assert_array_equal(all_of_them.get_mag(1).read()[:, 0], series.transpose(0, 3, 2, 1))
    one = dataset.add_layer_from_images(tmp_path / "t.tif", "one", timepoint=1, **SMALL)
    np.testing.assert_array_equal(one.get_mag(1).read()[0], series[1].T)
    all_of_them.downsample(coarsest_mag=2, interpolation_mode="max", **SMALL)
    wanted = series.reshape(3, 2, 2, 8, 2, 12, 2).max((2, 4, 6))
    np.testing.assert_array_equal(all_of_them.get_mag(2).read()[:, 0], wanted.transpose(0, 3, 2, 1))


@pytest.mark.parametrize("settings", [{"data_format": "wkw"}, {"data_format": "wkw", "shard_shape": 512}, {}])
def test_a_band_at_a_time_equals_all_at_once(tmp_path, monkeypatch, settings):
    volume = stack_in(tmp_path / "in", (70, 90, 50), compression="zlib")
    monkeypatch.setattr("swath.volume.images.stage._SMALL_WORK_BYTES", 1)
    found = made(tmp_path, tmp_path / "in", **{"topleft": (3, 5, 9), **settings})
    np.testing.assert_array_equal(found[0], volume.T)


@pytest.mark.parametrize(
    "small", [{"SMALL_WORK": 1}, {"PIECE": 1}, {"WORK": 1, "SMALL_WORK": 1 << 15}], ids=["shards", "pieces", "parts"]
)
def test_parts_of_mapped_images(tmp_path, monkeypatch, small):
    volume = stack_in(tmp_path / "in", (40, 50, 60))
    for limit, size in small.items():
        monkeypatch.setattr(f"swath.volume.images.stage._{limit}_BYTES", size)
    found = made(tmp_path, tmp_path / "in", flip_y=True, topleft=(5, 7, 0))
    np.testing.assert_array_equal(found[0], volume[:, ::-1].T)


def test_cut_off_it_goes_on_where_it_was(tmp_path, monkeypatch):
    volume = stack_in(tmp_path / "in", (96, 40, 50))
    plain, calls = filling.FillStage.process, []

    def process(self, chunk, staging):
        calls.append((self.name, chunk.key))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return plain(self, chunk, staging)

    monkeypatch.setattr(filling.FillStage, "process", process)
    monkeypatch.setattr("swath.volume.images.stage._SMALL_WORK_BYTES", 1)
    arguments = (tmp_path / "in", tmp_path / "d", (1, 1, 1))
    with pytest.raises(KeyboardInterrupt):
        Dataset.from_images(*arguments, running=Running(), **SMALL)
    calls[:] = ["", "", calls[0]]
    dataset = Dataset.from_images(*arguments, running=Running(), downsample=True, **SMALL)
    assert len(set(calls[2:])) == len(calls[2:])
    np.testing.assert_array_equal(only_layer(dataset).get_mag(1).read()[0], volume.T)
    assert not (tmp_path / "d" / ".swath").exists()
    with pytest.raises(RuntimeError, match="already exists"):
        Dataset.from_images(*arguments, **SMALL)


def test_short_names_never_merge_folders(tmp_path):
    for folder in ("a/cells", "b/cells", "c/nuclei"):
        stack_in(tmp_path / "in" / folder, (2, 8, 8))
    files = find_images(tmp_path / "in")
    mapping = ConversionLayerMapping.INSPECT_SINGLE_FILE
    names = group_files(files, tmp_path / "in", mapping, natural_key)
    assert {name: len(paths) for name, paths in names.items()} == {"a_cells": 2, "b_cells": 2, "nuclei": 2}
    merged = group_files(files, tmp_path / "in", mapping, natural_key, merge=True)
    assert {name: len(paths) for name, paths in merged.items()} == {"cells": 4, "nuclei": 2}


def test_a_layer_a_file_whatever_the_names(tmp_path):
    """``a/b.tif``, ``a_b.tif`` and ``a_ b.tif`` are all named a_b.tif; folders have equal names as files do."""
    root = tmp_path / "in"
    for file in ("a/b.tif", "a_b.tif", "a_ b.tif", "a/b/c.tif", "a_b/c.tif", "in/c.tif"):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        tifffile.imwrite(root / file, np.zeros((4, 4), np.uint8))
    files = find_images(root)

    def grouped(mapping, **how):
        groups = group_files(files, tmp_path / "in", mapping, natural_key, **how)
        return {
            name: [path.relative_to(tmp_path / "in").as_posix() for path in group] for name, group in groups.items()
        }

    assert grouped(ConversionLayerMapping.ENFORCE_LAYER_PER_FILE) == {
        "a_b.tif": ["a/b.tif"], "a_b_c.tif": ["a/b/c.tif"], "a_b.tif_2": ["a_ b.tif"], "a_b.tif_3": ["a_b.tif"],
        "a_b_c.tif_2": ["a_b/c.tif"], "in_c.tif": ["in/c.tif"],
    }  # fmt: skip
    assert grouped(ConversionLayerMapping.ENFORCE_LAYER_PER_FOLDER) == {
        "in": ["a_ b.tif", "a_b.tif"], "a": ["a/b.tif"], "a_b": ["a/b/c.tif"], "a_b_2": ["a_b/c.tif"],
        "in_2": ["in/c.tif"],
    }  # fmt: skip
    assert set(grouped(ConversionLayerMapping.ENFORCE_LAYER_PER_FOLDER, merge=True)) == {"in", "a", "a_b"}
    assert grouped(lambda path: path.stem) == {
        "a_b": ["a_ b.tif"], "b": ["a/b.tif"], "c": ["a/b/c.tif", "a_b/c.tif", "in/c.tif"], "a_b_2": ["a_b.tif"],
    }  # fmt: skip


def test_pages_that_were_written_one_by_one(tmp_path):
    """Each is a series of its own to tifffile; those that are alike are slices, of others the first is read."""
    for name, edges in (("alike.tif", (8, 8, 8)), ("mixed.tif", (8, 8, 9))):
        with tifffile.TiffWriter(tmp_path / name) as writer:
            for number, edge in enumerate(edges):
                writer.write(np.full((edge, 7), number, np.uint8))
    image = open_image(tmp_path / "alike.tif")
    assert (image.slices, image.size["x"]) == (3, 7)
    assert [plane[0, 0, 0] for plane in image.planes([{"z": 2}, {"z": 0}])] == [2, 0]
    with pytest.warns(UserWarning, match=r"mixed\.tif holds 2 further"):
        assert open_image(tmp_path / "mixed.tif").slices == 1


def test_what_the_first_image_cannot_hold_is_told(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.full((8, 8), 7, np.uint8))
    tifffile.imwrite(tmp_path / "b.tif", np.full((8, 8), 300, np.uint16))
    images = [tmp_path / "a.tif", tmp_path / "b.tif"]
    dataset = Dataset(tmp_path / "d", (1, 1, 1))
    with pytest.warns(UserWarning, match=r"b\.tif is of uint16: it is converted to uint8"):
        dataset.add_layer_from_images(images, "wrapped", **SMALL)
    layer = dataset.add_layer_from_images(images, "whole", dtype="uint16", **SMALL)
    assert layer.get_mag(1).read().max() == 300
    with pytest.raises(ValueError, match="no dtype"):
        dataset.add_layer_from_images(images, "bad", dtype="unit8", **SMALL)


def test_values_that_are_no_numbers_or_no_segments(tmp_path):
    """NaN and infinity stand in no JSON; ids are positive."""
    tifffile.imwrite(tmp_path / "f.tif", np.array([[np.nan, np.inf], [1, 2]], np.float32))
    tifffile.imwrite(tmp_path / "s.tif", np.array([[-5, -5], [-5, 4]], np.int16))
    dataset = Dataset(tmp_path / "d", (1, 1, 1))
    dataset.add_layer_from_images(tmp_path / "f.tif", "floats", **SMALL)
    dataset.add_layer_from_images(tmp_path / "s.tif", "segments", "segmentation", **SMALL)
    content = (tmp_path / "d" / "datasource-properties.json").read_text()
    json.loads(content, parse_constant=pytest.fail)
    assert dataset.get_segmentation_layer().largest_segment_id == 4


def test_large_pictures_are_read_and_lying_ones_told(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    Image.fromarray(np.full((30, 30), 7, np.uint8)).save(tmp_path / "large.png")
    (plane,) = open_image(tmp_path / "large.png").planes([{}])
    assert plane.shape == (30, 30, 1)
    assert Image.MAX_IMAGE_PIXELS == 100
    content = bytearray((tmp_path / "large.png").read_bytes())
    content[16:24] = struct.pack(">II", 1 << 30, 1 << 30)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    (tmp_path / "lying.png").write_bytes(content)
    with pytest.raises(ImageReadError, match=r"lying\.png is said to have planes of"):
        open_image(tmp_path / "lying.png")


def test_numbers_in_names_are_sorted_by_value():
    assert sorted(["s10", "s9", "t", "s1"], key=natural_key) == ["s1", "s9", "s10", "t"]


def test_categories(tmp_path):
    random = np.random.default_rng(0)
    cells = np.kron(random.integers(1, 60, (2, 6, 6)), np.ones((12, 12, 12))).astype(np.uint16)
    noise = random.integers(0, 60000, cells.shape).astype(np.uint16)
    for name, volume in (("cells", cells), ("noise", noise)):
        (tmp_path / "in" / name).mkdir(parents=True)
        tifffile.imwrite(tmp_path / "in" / name / "v.tif", volume, photometric="minisblack")
    dataset = Dataset.from_images(
        tmp_path / "in", tmp_path / "d", (1, 1, 1), map_filepath_to_layer_name="enforce_layer_per_folder", **SMALL
    )
    found = {name: layer.category for name, layer in dataset.layers.items()}
    assert found == {"cells": "segmentation", "noise": "color"}
    assert dataset.get_layer("cells").largest_segment_id == cells.max()
    view = dataset.get_layer("noise").default_view_configuration
    assert (view.min, view.max) == (noise.min(), noise.max())


def test_bad_input(tmp_path):
    stack_in(tmp_path / "in", (3, 16, 16), compression="zlib")
    (tmp_path / "in" / "s1.tif").write_bytes((tmp_path / "in" / "s1.tif").read_bytes()[:200])
    with pytest.raises(ImageReadError, match=r"s1\.tif"):
        Dataset.from_images(tmp_path / "in", tmp_path / "d", (1, 1, 1))
    shutil.rmtree(tmp_path / "in")
    stack_in(tmp_path / "in", (3, 16, 16))
    (tmp_path / "in" / "x.czi").write_bytes(b"")
    with pytest.raises(MissingExtraError, match="pylibCZIrw"):
        find_images(tmp_path / "in")
    (tmp_path / "no.png").write_bytes(b"no picture")
    with pytest.raises(ImageReadError):
        open_image(tmp_path / "no.png")
    with pytest.raises(ValueError, match="no image"):
        find_images(tmp_path / "nowhere")
    dataset = Dataset(tmp_path / "e", (1, 1, 1))
    images = str(tmp_path / "in" / "*.tif")
    dataset.add_layer_from_images(images, "taken", **SMALL)
    for raised, settings in (
        (IndexError, {}),
        (AssertionError, {"topleft": (1, 0, 0), "mag": 2}),
        (ValueError, {"channel": 1}),
        (ValueError, {"timepoint": 0}),
        (ValueError, {"dtype": "float64"}),
        (ValueError, {"use_bioformats": True}),
        (UsageError, {"compat": "nobody"}),
    ):
        name = "taken" if not settings else "new"
        with pytest.raises(raised):
            dataset.add_layer_from_images(images, name, **SMALL, **settings)


def test_the_peers_arguments_are_taken(tmp_path):
    volume = stack_in(tmp_path / "in")
    dataset = Dataset(tmp_path / "d", scale=(1, 1, 1))
    layer = dataset.add_layer_from_images(
        sorted((tmp_path / "in").iterdir()), "layer", data_format="wkw", mag=Mag(2), chunk_shape=16, chunks_per_shard=2,
        dtype="uint16", use_bioformats=False, max_layers=3,
    )  # fmt: skip
    assert layer.bounding_box.size == (80, 48, 10)
    np.testing.assert_array_equal(layer.get_mag(2).read()[0], volume.T)
    first = dataset.add_layer_from_images(tmp_path / "in", "by_place", "color", "wkw", 1, 16, 2, False)
    form = first.get_mag(1).info
    assert (form.data_format, tuple(form.shard_shape), form.compressed) == ("wkw", (32, 32, 32), False)
    first.downsample(1, 2, "max", False, chunk_shape=16, shard_shape=32)
    assert not first.get_mag(2).info.compressed


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UnsupportedImageFormatError) as error:
        find_images(tmp_path / "stack")
    assert "no such file or folder" in error.value.hint
