"""Pyramids: against the peer's arrays, several mags from one reading, cut off and taken up again."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

from swath.engine.dataset import Dataset as Output
from swath.engine.executors import Workers
from swath.engine.run import Running
from swath.query.ask import query
from swath.volume import BoundingBox, Dataset, Mag
from swath.volume.downsample.schemes import SamplingModes, default_coarsest_mag, mags_of_pyramid
from swath.volume.filling import stages as filling

pytest.importorskip("tensorstore")
CASES = Path(__file__).parents[3] / "shared" / "conformance" / "volume"
COMMON = {"chunk_shape": 32, "shard_shape": 64}
MANIFEST = json.loads((CASES / "manifest.json").read_text()) if CASES.is_dir() else {"downsample": []}


def layer_of(folder, data, category="color", corner=(0, 0, 0), data_format="zarr3", voxel_size=(1, 1, 1), **shapes):
    """A new layer that holds data (x, y, z) or (c, x, y, z)."""
    dataset = Dataset(folder, voxel_size)
    channels = data.shape[0] if data.ndim == 4 else 1
    box = BoundingBox(corner, data.shape[-3:])
    layer = dataset.add_layer(
        "layer", category, dtype=data.dtype, num_channels=channels, data_format=data_format, bounding_box=box
    )
    layer.add_mag(1, **(shapes or COMMON)).write(data, absolute_bounding_box=box, allow_unaligned=True)
    return layer


def segments(shape, seed=0, dtype=np.uint32):
    random = np.random.default_rng(seed)
    cells = random.integers(0, 50, [-(-n // 8) for n in shape])
    return np.asfortranarray(np.kron(cells, np.ones((8, 8, 8)))[tuple(slice(n) for n in shape)].astype(dtype))


@pytest.mark.skipif(not CASES.is_dir(), reason="conformance/volume is not here")
@pytest.mark.parametrize("case", MANIFEST["downsample"], ids=lambda case: case["name"])
def test_one_step_as_the_peer(tmp_path, case):
    data = np.load(CASES / case["input"])["a"]
    layer = layer_of(tmp_path / "d", data, case["category"], tuple(case["offset"]))
    layer.downsample_mag(1, case["factors"], interpolation_mode=case["mode"], compat="peer", **COMMON)
    wanted = np.load(CASES / case["expected"])["a"]
    np.testing.assert_array_equal(layer.get_mag(case["factors"]).read(), wanted)


def test_ids_are_copied_exactly_where_the_peer_rounds_them(tmp_path):
    data = np.full((8, 8, 8), 2**63 + 1, np.uint64)
    layer = layer_of(tmp_path / "d", data, "segmentation")
    layer.downsample_mag(1, 2, interpolation_mode="nearest", **COMMON)
    assert np.all(layer.get_mag(2).read() == 2**63 + 1)


@pytest.mark.parametrize(
    ("data_format", "mode", "dtype"),
    [("wkw", "mode", "uint32"), ("zarr", "max", "int16"), ("zarr3", "median", "uint8"), ("zarr3", "mode", "uint64")],
)
@pytest.mark.parametrize("slab", [1, 1 << 22], ids=["slabs", "at once"])
def test_many_mags_from_one_reading_equal_one_after_the_other(tmp_path, monkeypatch, data_format, mode, dtype, slab):
    monkeypatch.setattr("swath.volume.downsample.plans._SLAB_BYTES", slab)
    data = segments((75, 50, 37), dtype=dtype)
    shapes = {"chunk_shape": 16, "shard_shape": 16 if data_format == "zarr" else 32}
    category = "segmentation" if mode == "mode" else "color"
    one = layer_of(tmp_path / "one", data, category, corner=(5, 3, 9), data_format=data_format, **shapes)
    other = layer_of(tmp_path / "other", data, category, corner=(5, 3, 9), data_format=data_format, **shapes)
    one.downsample(coarsest_mag=8, interpolation_mode=mode, **shapes)
    for finer, coarser in ((1, 2), (2, 4), (4, 8)):
        other.downsample_mag(finer, coarser, interpolation_mode=mode, **shapes)
    for mag in (2, 4, 8):
        np.testing.assert_array_equal(one.get_mag(mag).read(), other.get_mag(mag).read())


@pytest.mark.parametrize("mode", ["max", "median", "nearest", "bilinear"])
@pytest.mark.parametrize("data_format", ["wkw", "zarr", "zarr3"])
def test_mags_of_several_readings_equal_one_after_the_other(tmp_path, monkeypatch, data_format, mode):
    """The second reading is of a mag that the same job makes."""
    monkeypatch.setattr("swath.volume.downsample.plans._UNIT_VOXELS", 32**3)
    data = segments((75, 50, 37), dtype=np.uint8)
    shapes = {"chunk_shape": 16, "shard_shape": 16 if data_format == "zarr" else 32}
    one, other = (
        layer_of(tmp_path / name, data, corner=(5, 3, 9), data_format=data_format, **shapes)
        for name in ("one", "other")
    )
    one.downsample(coarsest_mag=8, interpolation_mode=mode, sampling_mode="isotropic", **shapes)
    for finer, coarser in ((1, 2), (2, 4), (4, 8)):
        other.downsample_mag(finer, coarser, interpolation_mode=mode, **shapes)
    for mag in (2, 4, 8):
        np.testing.assert_array_equal(one.get_mag(mag).read(), other.get_mag(mag).read())
    measured = query(tmp_path / "one" / "_statistics", "SELECT DISTINCT mag FROM chunks", {}).to_pylist()
    assert {row["mag"] for row in measured} == {"2", "4", "8"}


def test_a_box_beyond_the_array_is_empty(tmp_path):
    """The properties file may say that a layer is larger than what was written of it."""
    data = segments((64, 48, 40), dtype=np.uint8)
    layer = layer_of(tmp_path / "d", data, chunk_shape=16, shard_shape=32)
    file = tmp_path / "d" / "datasource-properties.json"
    properties = json.loads(file.read_text())
    properties["dataLayers"][0]["boundingBox"].update(width=128, height=128, depth=128)
    file.write_text(json.dumps(properties))
    layer = Dataset.open(tmp_path / "d").get_layer("layer")
    layer.downsample(coarsest_mag=2, interpolation_mode="max", sampling_mode="isotropic", **COMMON)
    wanted = np.zeros((64, 64, 64), np.uint8)
    wanted[:32, :24, :20] = data.reshape(32, 2, 24, 2, 20, 2).max((1, 3, 5))
    np.testing.assert_array_equal(layer.get_mag(2).read()[0], wanted)
    for axis in range(3):
        start, shape = [0, 0, 0, 0], [1, 8, 8, 8]
        start[axis + 1] = 500
        assert not layer.get_mag(1).store.read_alone(start, shape).any()
        shape[axis + 1] = 0
        assert layer.get_mag(1).store.read_alone(start, shape).size == 0


def test_the_default_shard_is_made_of_many_units(tmp_path, monkeypatch):
    """One shard holds all: its blocks wait on disk, and come together from several chunks of work."""
    monkeypatch.setattr("swath.volume.downsample.plans._SMALL_UNIT_VOXELS", 1)
    data = segments((150, 140, 66), dtype=np.uint8)
    for data_format in ("wkw", "zarr3"):
        layer = layer_of(tmp_path / data_format, data, data_format=data_format, chunk_shape=16, shard_shape=256)
        layer.downsample(coarsest_mag=4, interpolation_mode="max", chunk_shape=16, shard_shape=512)
        padded = np.pad(data, [(0, -n % 4) for n in data.shape], mode="symmetric")
        wanted = padded.reshape(38, 4, 35, 4, 17, 4).max((1, 3, 5))
        np.testing.assert_array_equal(layer.get_mag(4).read()[0], wanted)


def files_of(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "_swath" not in path.parts and path.name != "catalog.sql"
    }


def test_the_bytes_are_the_same_whatever_the_workers(tmp_path, monkeypatch):
    monkeypatch.setattr("swath.volume.downsample.plans._SMALL_UNIT_VOXELS", 1)
    data = segments((130, 90, 70))
    found = []
    for name, workers in (("a", Workers()), ("b", Workers("threads", 3))):
        layer = layer_of(tmp_path / name / "d", data, "segmentation", data_format="wkw")
        layer.downsample(coarsest_mag=4, running=Running(workers), chunk_shape=16, shard_shape=256)
        found.append(files_of(tmp_path / name / "d"))
    assert found[0] == found[1]


def test_cut_off_it_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr("swath.volume.downsample.plans._SMALL_UNIT_VOXELS", 1)
    data = segments((300, 40, 33))
    whole = layer_of(tmp_path / "whole" / "d", data, "segmentation")
    whole.downsample(coarsest_mag=4, **COMMON)
    layer = layer_of(tmp_path / "cut" / "d", data, "segmentation")
    plain, calls = filling.FillStage.process, []

    def process(self, chunk, staging):
        calls.append(chunk.key)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return plain(self, chunk, staging)

    monkeypatch.setattr(filling.FillStage, "process", process)
    with pytest.raises(KeyboardInterrupt):
        layer.downsample(coarsest_mag=4, running=Running(), **COMMON)
    again = Dataset.open(tmp_path / "cut" / "d").get_layer("layer")
    assert list(again.mags) == [Mag(1)]
    calls[:] = ["", "", "", *calls[:2]]
    again.downsample(coarsest_mag=4, running=Running(), **COMMON)
    assert len(set(calls[3:])) == len(calls[3:])
    assert files_of(tmp_path / "cut" / "d") == files_of(tmp_path / "whole" / "d")


def test_a_source_that_changed_is_read_anew(tmp_path, monkeypatch):
    data = segments((40, 40, 40))
    layer = layer_of(tmp_path / "d", data)
    monkeypatch.setattr(filling.ShardStage, "chunks", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        layer.downsample_mag(1, 2, interpolation_mode="max", **COMMON)
    monkeypatch.undo()
    layer.get_mag(1).write(data + 1, allow_unaligned=True)
    layer.downsample_mag(1, 2, interpolation_mode="max", **COMMON)
    np.testing.assert_array_equal(layer.get_mag(2).read()[0], (data + 1).reshape(20, 2, 20, 2, 20, 2).max((1, 3, 5)))


def test_overwriting_and_making_anew(tmp_path):
    data = segments((40, 40, 40))
    layer = layer_of(tmp_path / "d", data)
    layer.downsample(coarsest_mag=4, interpolation_mode="max", **COMMON)
    with pytest.raises(ValueError, match="already exists"):
        layer.downsample_mag(1, 2, **COMMON)
    layer.get_mag(1).write(data * 2, allow_unaligned=True)
    layer.redownsample(interpolation_mode="max", **COMMON)
    np.testing.assert_array_equal(layer.get_mag(4).read()[0], (2 * data).reshape(10, 4, 10, 4, 10, 4).max((1, 3, 5)))
    again = Dataset.open(tmp_path / "d").get_layer("layer")
    assert [str(mag) for mag in again.mags] == ["1", "2", "4"]


def test_upsampling_repeats_voxels(tmp_path):
    dataset = Dataset(tmp_path / "d", (1, 1, 1))
    layer = dataset.add_layer("layer", "color", dtype="uint8", bounding_box=BoundingBox((8, 0, 4), (60, 64, 40)))
    data = np.random.default_rng(0).integers(0, 255, (15, 16, 10)).astype(np.uint8)
    layer.add_mag(4, **COMMON).write(data, allow_unaligned=True)
    layer.upsample(4, finest_mag=1, **COMMON)
    fine = data.repeat(4, 0).repeat(4, 1).repeat(4, 2)
    np.testing.assert_array_equal(layer.get_mag(1).read()[0], fine)
    np.testing.assert_array_equal(layer.get_mag(2).read()[0], fine[::2, ::2, ::2])


@pytest.mark.parametrize(
    ("voxel_size", "coarsest", "mode", "wanted"),
    [
        ((10.5, 10.5, 24), 8, "anisotropic", "2-2-1 4-4-2 8-8-4"),
        ((10.5, 10.5, 35), 16, "anisotropic", "2-2-1 4-4-1 8-8-2 16-16-4"),
        ((85, 85, 346), 4, "anisotropic", "2-2-1 4-4-1"),
        ((85, 85, 346), 4, "isotropic", "2 4"),
        ((1, 1, 1), 8, "constant_z", "2-2-1 4-4-1 8-8-1"),
    ],
)
def test_schemes(voxel_size, coarsest, mode, wanted):
    mags = mags_of_pyramid(Mag(1), Mag(coarsest), SamplingModes.parse(mode), voxel_size, depth=100)
    assert " ".join(map(str, mags)) == wanted


def test_a_scheme_agrees_with_other_layers_and_with_one_slice():
    others = [Mag("2-2-1"), Mag("4-4-1")]
    mags = mags_of_pyramid(Mag(1), Mag(8), SamplingModes.ISOTROPIC, (1, 1, 1), depth=9, others=others)
    assert [str(mag) for mag in mags] == ["2-2-1", "4-4-1", "8-8-2"]
    with pytest.warns(UserWarning, match="one slice"):
        flat = mags_of_pyramid(Mag(1), Mag(4), SamplingModes.ANISOTROPIC, (1, 1, 1), depth=1)
    assert [str(mag) for mag in flat] == ["2-2-1", "4-4-1"]
    assert str(default_coarsest_mag(BoundingBox((0, 0, 0), (1000, 5, 5)))) == "16"


def test_what_cannot_be_made(tmp_path):
    layer = layer_of(tmp_path / "d", segments((40, 40, 40)))
    for raised, call in (
        (KeyError, lambda: layer.downsample_mag(8, 16)),
        (KeyError, lambda: layer.downsample_mag(1, 2, interpolation_mode="cubic")),
        (AttributeError, lambda: layer.downsample(sampling_mode="sideways")),
        (AssertionError, lambda: layer.downsample_mag_list(1, ["2-2-4", "4-4-2"])),
        (RuntimeError, lambda: layer.downsample(coarsest_mag=2, from_mag=1) or layer.downsample_mag(1, "2-2-1")
         or layer.downsample(from_mag=1, coarsest_mag=4)),
    ):  # fmt: skip
        with pytest.raises(raised):
            call()


def test_what_is_written_is_measured(tmp_path):
    data = segments((70, 60, 50))
    data[:, :, 10:20] = 0
    layer = layer_of(tmp_path / "d", data, "segmentation", corner=(10, 20, 30))
    layer.downsample(coarsest_mag=4, **COMMON)
    out = tmp_path / "d" / "_statistics"
    assert not list(Output.open(out).damages())
    for mag in ("2", "4"):
        written = layer.get_mag(mag).read()[0]
        rows = query(out, "SELECT * FROM segments WHERE mag = $mag", {"mag": mag}).to_pylist()
        totals = {}
        for row in rows:
            totals[row["segment"]] = totals.get(row["segment"], 0) + row["voxels"]
        ids, counts = np.unique(written[written != 0], return_counts=True)
        assert totals == dict(zip(ids.tolist(), counts.tolist(), strict=True))
        (chunks,) = query(
            out, "SELECT sum(nonzero) AS n, max(maximum) AS m, min(x) AS x FROM chunks WHERE mag = $mag", {"mag": mag}
        ).to_pylist()
        assert (int(chunks["n"]), int(chunks["m"])) == (np.count_nonzero(written), written.max())
        assert chunks["x"] == 10 // int(mag) * int(mag)


def test_what_is_written_by_hand_is_no_longer_measured(tmp_path):
    data = segments((70, 60, 50))
    layer = layer_of(tmp_path / "d", data, "segmentation")
    layer.largest_segment_id = int(data.max())
    layer.downsample(coarsest_mag=4, **COMMON)
    assert layer.largest_segment_id == data.max()
    large = np.full((8, 8, 8), data.max() + 5, data.dtype)
    layer.get_mag(2).get_view(absolute_offset=(0, 0, 0), size=(70, 60, 50)).write(large, allow_unaligned=True)
    count = "SELECT mag, count(*) AS n FROM chunks GROUP BY mag"
    assert {row["mag"] for row in query(tmp_path / "d" / "_statistics", count, {}).to_pylist()} == {"4"}
    layer.get_mag(4).write(large, absolute_offset=(0, 0, 0), allow_unaligned=True)
    assert not query(tmp_path / "d" / "_statistics", count, {}).num_rows
    assert Dataset.open(tmp_path / "d").get_layer("layer").largest_segment_id == data.max() + 5


def test_work_is_where_data_is(tmp_path):
    dataset = Dataset(tmp_path / "d", (1, 1, 1))
    layer = dataset.add_layer("layer", "color", dtype="uint8", bounding_box=BoundingBox((0, 0, 0), (4096, 4096, 64)))
    layer.add_mag(1, chunk_shape=32, shard_shape=64).write(
        np.ones((64, 64, 64), np.uint8), absolute_offset=(2048, 1024, 0)
    )
    seen = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        layer.downsample(coarsest_mag=4, running=Running(on_event=seen.append), **COMMON)
    assert sum(event.record.stage == "pyramid 1" for event in seen if hasattr(event, "record")) == 1
    assert layer.get_mag(4).read().sum() == 16**3
