"""``swath volume`` by its real entry point."""

import csv
import io
import json

import numpy as np
import pytest

from commands import called, started
from swath.volume import Dataset
from volume.boxes import make, voxels

pytest.importorskip("wkw")
tifffile = pytest.importorskip("tifffile")


def swath(*arguments, cwd):
    return called("volume", *arguments, cwd=cwd)


def fresh(*arguments, cwd):
    return started("volume", *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("volume")
    make(made / "d", "zarr3", compress=False)
    return made


def test_create_and_info(tmp_path, folder):
    ran = fresh("create", "new", "--voxel-size", "1,2,3.5", "--unit", "mm", cwd=tmp_path)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "made new: new\n", "")
    assert Dataset.open(tmp_path / "new").voxel_size == (1e6, 2e6, 3.5e6)
    for wrong in (
        ("new", "--voxel-size", "1,2"),
        ("new3", "--voxel-size", "0,1,1"),
        ("new2", "--voxel-size", "1,2,3", "--unit", "ell"),
    ):
        assert swath("create", *wrong, cwd=tmp_path).returncode in (1, 2)
    told = json.loads(fresh("info", "d", "--format", "json", cwd=folder).stdout)
    assert (told["name"], told["mags"][0]["mag"], told["mags"][0]["compressed"]) == ("d", "1", False)
    assert (
        next(csv.DictReader(io.StringIO(swath("info", "d", "--format", "csv", cwd=folder).stdout)))["format"] == "zarr3"
    )
    missing = swath("info", "nowhere", cwd=folder)
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "Cannot read dataset" in missing.stderr


def test_mags_are_made_anew_from_the_finest(tmp_path):
    make(tmp_path / "d", "zarr3")
    form = ("--chunk-shape", "32", "--shard-shape", "64", "--coarsest-mag", "4")
    assert swath("downsample", "d", *form, cwd=tmp_path).returncode == 0
    before = [mag.read() for mag in Dataset.open(tmp_path / "d").get_layer("layer").mags.values()]
    assert swath("downsample", "d", *form, "--overwrite", "--interpolation", "max", cwd=tmp_path).returncode == 0
    after = [mag.read() for mag in Dataset.open(tmp_path / "d").get_layer("layer").mags.values()]
    assert [np.array_equal(a, b) for a, b in zip(before, after, strict=True)] == [True, False, False]


def test_copy_compress_crop_export(folder):
    assert fresh("copy", "d", "-o", "w", "--data-format", "wkw", "--shard-shape", "64", cwd=folder).stderr == ""
    assert fresh("compress", "w", "--codec", "lz4hc", cwd=folder).stdout == "compressed w\n"
    assert Dataset.open(folder / "w").get_layer("layer").get_mag(1).info.codec == "lz4hc"
    assert fresh("crop", "w", "-o", "c", "--bbox", "20,30,40,9,8,7", cwd=folder).returncode == 0
    assert np.array_equal(
        Dataset.open(folder / "c").get_layer("layer").get_mag(1).read(), voxels()[:, 10:19, 10:18, 10:17]
    )
    assert swath("crop", "w", "-o", "x", "--bbox", "1,2,3", cwd=folder).returncode == 2
    assert swath("copy", "d", "-o", "w", cwd=folder).returncode == 1
    ran = fresh("export", "w", "layer", "-o", "tif", "--bbox", "10,20,30,100,70,20", cwd=folder)
    assert ran.stdout == "wrote tif: 20 slices\n"
    files = sorted((folder / "tif").iterdir())
    assert files[0].name == "z000030.tif"
    slices = np.stack([tifffile.imread(file) for file in files])
    assert np.array_equal(slices.transpose(2, 1, 0), voxels()[0, :, :, :20])


def test_view(folder):
    pillow = pytest.importorskip("PIL.Image")
    ran = fresh("view", "d", "-o", "v.png", "--at", "60,50,40", "--format", "json", cwd=folder)
    assert json.loads(ran.stdout)[0]["value"] == int(voxels()[0, 50, 30, 10])
    picture = np.asarray(pillow.open(folder / "v.png"))
    assert picture.shape[2] == 3
    assert tuple(picture[123, 5]) == (255, 196, 0)
    assert swath("view", "d", "-o", "v.html", "--extent", "40", cwd=folder).returncode == 0
    assert "data:image/png;base64," in (folder / "v.html").read_text()
    outside = swath("view", "d", "-o", "v.png", "--at", "0,0,0", cwd=folder)
    assert (outside.returncode, "outside" in outside.stderr) == (1, True)


@pytest.mark.parametrize("command", ["create", "info", "compress", "copy", "crop", "export", "view"])
def test_every_command_has_an_example(folder, command):
    assert f"Example: swath volume {command}" in swath(command, "--help", cwd=folder).stdout
