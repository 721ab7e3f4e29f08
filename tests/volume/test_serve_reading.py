"""What a server gives: what datasets are, and their voxels, as arrays of Zarr 2 and as boxes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorstore as ts
from hypothesis import given, settings
from hypothesis import strategies as st

from swath.volume import BoundingBox, Dataset, Vec3Int
from swath.volume.serve import running, voxels
from swath.volume.serve.names import dataset_id
from volume_server import TOKEN, arrays, ask, make_dataset, said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("served")
    make_dataset(root / "retina")
    make_dataset(root / "colours", dtype="uint8", channels=3, data_format="zarr3")
    make_dataset(root / "cells", dtype="uint64", data_format="zarr", category="segmentation", topleft=(0, 0, 0))
    (root / "broken").mkdir()
    (root / "broken" / "datasource-properties.json").write_text('{"id": 3}')
    (root / "notes").mkdir()
    return root


@pytest.fixture(scope="module")
def url(folder: Path) -> Any:
    with running(folder, token=TOKEN) as address:
        yield address


def test_versions_are_negotiated(url: str) -> None:
    info = ask(url, "/api/buildinfo", token=None).json()
    assert info["httpApiVersioning"] == {"currentApiVersion": 16, "oldestSupportedApiVersion": 13}
    for version in (13, 16):
        assert ask(url, f"/api/v{version}/user").json()["organization"] == "swath"
    answer = ask(url, "/api/v9/user")
    assert (answer.status, "version 9" in said(answer)) == (404, True)


def test_datasets_are_listed_and_described(url: str) -> None:
    listed = {each["name"]: each for each in ask(url, "/api/v16/datasets?isActive=true").json()}
    assert sorted(listed) == ["broken", "cells", "colours", "retina"]
    assert [each["name"] for each in ask(url, "/api/v16/datasets?searchQuery=ETI").json()] == ["retina"]
    assert ask(url, "/api/v16/datasets?organizationId=other").json() == []
    retina = ask(url, f"/api/v16/datasets/{dataset_id('retina')}").json()
    assert retina == listed["retina"]
    assert retina["dataSource"]["dataLayers"][0]["boundingBox"]["topLeft"] == [10, 20, 40]
    assert retina["dataStore"] == {"name": "swath", "url": url, "allowsUpload": True}
    assert "status" in listed["broken"]["dataSource"]
    found = ask(url, "/api/v16/datasets/disambiguate/swath/retina/toId").json()
    assert found["id"] == retina["id"]
    assert ask(url, "/api/v16/datasets/disambiguate/swath/nothing/toId").status == 404
    assert ask(url, f"/api/v16/datasets/{dataset_id('nothing')}").status == 404


@pytest.mark.parametrize("name", ["retina", "colours", "cells"])
def test_every_format_is_streamed_as_zarr_2(url: str, folder: Path, name: str) -> None:
    base = f"{url}/data/v15/zarr/{dataset_id(name)}"
    properties = ask(base, "/datasource-properties.json").json()
    dataset = Dataset.open(folder / name)
    (layer,) = dataset.layers.values()
    assert {each["dataFormat"] for each in properties["dataLayers"]} == {"zarr"}
    for mag in properties["dataLayers"][0]["mags"]:
        place = f"{base}/{mag['path'].removeprefix('./')}"
        store = {"driver": "http", "base_url": place, "headers": [f"X-Auth-Token: {TOKEN}"]}
        array = ts.open({"driver": "zarr", "kvstore": store}, open=True).result()
        view = layer.get_mag(mag["mag"])
        box = view.bounding_box.in_mag(view.mag)
        assert array.shape == (layer.num_channels, *box.bottomright)
        part = (slice(None), *(slice(a, b) for a, b in zip(box.topleft, box.bottomright, strict=True)))
        np.testing.assert_array_equal(array[part].read().result(), view.read())


def test_metadata_of_groups_is_there_for_other_readers(url: str) -> None:
    base = f"{url}/data/v15/zarr/{dataset_id('retina')}"
    assert ask(base, "/.zgroup").json() == {"zarr_format": 2}
    scales = ask(base, "/color/.zattrs").json()["multiscales"][0]
    assert [each["path"] for each in scales["datasets"]] == ["1", "2-2-1"]
    assert ask(base, "/color/1/.zarray").json()["chunks"] == [1, 32, 32, 32]


def test_a_chunk_that_is_empty_or_outside_is_not_there(url: str) -> None:
    base = f"{url}/data/v15/zarr/{dataset_id('retina')}/color/1-1-1"
    assert len(ask(base, "/0.1.1.1").data) == 32**3 * 2
    for key in ("0.0.0.0", "0.9.0.0", "1.0.0.0", "0.0.0", "0.0.0.0.0", "0.-1.0.0", "a", "0.1.1.99999999999"):
        assert ask(base, f"/{key}").status == 404, key


@pytest.mark.parametrize("name", ["retina", "colours", "cells"])
def test_boxes_are_raw_bytes(url: str, folder: Path, name: str) -> None:
    dataset = Dataset.open(folder / name)
    (layer,) = dataset.layers.values()
    base = f"/data/v15/datasets/{dataset_id(name)}/layers/{layer.name}/data"
    for view in layer.mags.values():
        corner, size = Vec3Int(12, 22, 31) // view.mag.to_vec3_int() * view.mag.to_vec3_int(), Vec3Int(33, 21, 20)
        query = f"mag={view.mag.to_long_layer_name()}&x={corner.x}&y={corner.y}&z={corner.z}"
        answer = ask(url, f"{base}?{query}&width={size.x}&height={size.y}&depth={size.z}")
        assert answer.headers["MISSING-BUCKETS"] == "[]"
        data = np.frombuffer(answer.data, layer.dtype).reshape((layer.num_channels, *size), order="F")
        box = BoundingBox(corner, size * view.mag.to_vec3_int())
        np.testing.assert_array_equal(data, view.read(absolute_bounding_box=box))


def test_a_box_comes_in_slabs(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voxels, "SLAB", 3000)
    view = Dataset.open(folder / "retina").get_layer("color").get_mag(1)
    base = f"/data/v15/datasets/{dataset_id('retina')}/layers/color/data"
    answer = ask(url, f"{base}?mag=1&x=3&y=5&z=7&width=70&height=60&depth=50")
    data = np.frombuffer(answer.data, "<u2").reshape((1, 70, 60, 50), order="F")
    np.testing.assert_array_equal(data, view.read(absolute_offset=(3, 5, 7), size=(70, 60, 50)))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("mag=1&x=0&y=0&z=0&width=1&height=1", 400),
        ("mag=1&x=a&y=0&z=0&width=1&height=1&depth=1", 400),
        ("mag=1&x=-1&y=0&z=0&width=1&height=1&depth=1", 400),
        ("mag=1&x=0&y=0&z=0&width=0&height=1&depth=1", 400),
        ("mag=1&x=0&y=0&z=0&width=100000&height=100000&depth=100000", 400),
        ("mag=1&x=0&y=0&z=0&width=99999999999999999999&height=1&depth=1", 400),
        ("mag=4&x=0&y=0&z=0&width=1&height=1&depth=1", 404),
        ("mag=../1&x=0&y=0&z=0&width=1&height=1&depth=1", 404),
    ],
)
def test_a_box_that_cannot_be_meant_is_refused(url: str, query: str, status: int) -> None:
    assert ask(url, f"/data/v15/datasets/{dataset_id('retina')}/layers/color/data?{query}").status == status


@settings(max_examples=50)
@given(
    corner=st.tuples(*[st.integers(0, 70)] * 3),
    size=st.tuples(*[st.integers(1, 45)] * 3),
    slab=st.integers(1, 20000),
)
def test_slabs_make_up_the_box_in_its_order(corner: Any, size: Any, slab: int) -> None:
    mag = voxels.ServedMag.__new__(voxels.ServedMag)
    mag.further, mag.shape, mag.dtype = {}, (2, 1, 1, 1), np.dtype("u1")
    whole = np.arange(np.prod(size)).reshape(size, order="F")
    before = voxels.SLAB
    try:
        voxels.SLAB = slab
        boxes = list(mag.slabs(Vec3Int(corner), Vec3Int(size)))
    finally:
        voxels.SLAB = before
    parts = []
    for start, shape in boxes:
        at = [s - c for s, c in zip(start[1:], corner, strict=True)]
        parts.append(whole[tuple(slice(a, a + n) for a, n in zip(at, shape[1:], strict=True))].ravel(order="F"))
    np.testing.assert_array_equal(np.concatenate(parts), whole.ravel(order="F"))


def test_further_axes_are_served(tmp_path: Path) -> None:
    source = Path(__file__).parents[2] / "../shared/conformance/volume/datasets/zarr3_4d_t"
    if not source.exists():
        pytest.skip("needs ../shared/conformance/volume")
    shutil.copytree(source, tmp_path / "t")
    view = Dataset.open(tmp_path / "t").get_layer("color").get_mag(1)
    with running(tmp_path, token=TOKEN) as url:
        base = f"{url}/data/v15/zarr/{dataset_id('t')}"
        layer = ask(base, "/datasource-properties.json").json()["dataLayers"][0]
        array = ts.open(
            {
                "driver": "zarr",
                "kvstore": {
                    "driver": "http",
                    "base_url": f"{base}/color/1-1-1",
                    "headers": [f"X-Auth-Token: {TOKEN}"],
                },
            },
            open=True,
        ).result()
        served = array.read().result()
    axes = ["c", *(axis["name"] for axis in layer["additionalAxes"]), "x", "y", "z"]
    assert [axis["index"] for axis in layer["additionalAxes"]] == [1]
    stored = view.read().transpose([view.axes.index(axis) for axis in axes])
    corner = [view.normalized_bounding_box.get_bounds(axis)[0] for axis in axes]
    np.testing.assert_array_equal(
        served[tuple(slice(at, at + n) for at, n in zip(corner, stored.shape, strict=True))], stored
    )


def test_a_dataset_that_changes_is_read_anew(tmp_path: Path) -> None:
    make_dataset(tmp_path / "ds", size=(32, 32, 32))
    with running(tmp_path) as url:
        place = f"/api/v16/datasets/{dataset_id('ds')}"
        assert len(ask(url, place).json()["dataSource"]["dataLayers"]) == 1
        Dataset.open(tmp_path / "ds").add_layer("second", "color")
        assert len(ask(url, place).json()["dataSource"]["dataLayers"]) == 2
        shutil.rmtree(tmp_path / "ds")
        assert ask(url, place).status == 404
        assert json.loads(ask(url, "/api/v16/datasets").data) == []


NONSENSE = [
    {},
    {"zarr_format": 3, "shape": [1]},
    {"zarr_format": 3, "shape": "x", "codecs": 3},
    {"zarr_format": 3, "shape": [-1, 2, 3, 4], "codecs": [{}]},
    {"zarr_format": 3, "node_type": "array", "shape": [1, 1 << 62, 9, 9], "codecs": [{"name": 3}]},
    [],
    None,
]


def test_nonsense_hides_itself_and_no_other(tmp_path: Path) -> None:
    make_dataset(tmp_path / "good", size=(32, 32, 32))
    for number, content in enumerate(NONSENSE):
        make_dataset(tmp_path / f"array{number}", data_format="zarr3", size=(32, 32, 32))
        (tmp_path / f"array{number}" / "color" / "1" / "zarr.json").write_text(json.dumps(content))
    for number, change in enumerate(
        [{"numChannels": 10**6}, {"numChannels": "x"}, {"boundingBox": {}}, {"mags": 3}, {"mags": [{"mag": 3}]},
         {"mags": [{"mag": 1, "path": 5}]}, {"mags": [{"mag": 1, "path": "a\0b"}]}, {"additionalAxes": [1]},
         {"boundingBox": {"topLeft": [0, 0, 0], "width": 1e99, "height": "x", "depth": None}}]
    ):  # fmt: skip
        folder = tmp_path / f"layer{number}"
        record = make_dataset(folder, size=(32, 32, 32)).properties.to_json()
        record["dataLayers"][0] |= change
        (folder / "datasource-properties.json").write_text(json.dumps(record))
    with running(tmp_path) as url:
        answer = ask(url, "/api/v16/datasets")
        assert answer.status == 200
        names = [each["name"] for each in answer.json()]
        assert (len(names), "good" in names) == (len(NONSENSE) + 10, True)
        for each in answer.json():
            assert ask(url, f"/data/v15/zarr/{each['id']}/datasource-properties.json").status in (200, 404)
            assert ask(url, f"/data/v15/zarr/{each['id']}/color/1/0.0.0.0").status in (200, 404)


def test_a_damaged_array_is_an_error_of_the_server(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "ds", size=(32, 32, 32))
    assert arrays(dataset)
    for file in (tmp_path / "ds" / "color" / "1").rglob("*.wkw"):
        if file.name != "header.wkw":
            file.write_bytes(file.read_bytes()[:700])
    with running(tmp_path) as url:
        place = f"/data/v15/zarr/{dataset_id('ds')}/color/1-1-1/0.0.0.0"
        answer = ask(url, place)
        assert (answer.status, str(tmp_path) in said(answer)) == (500, False)
