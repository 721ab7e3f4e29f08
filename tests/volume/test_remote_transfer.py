"""Downloads and uploads: parts of datasets, what stands there already, what was cut off."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from swath.cli.main import main
from swath.volume import BoundingBox, Dataset, Mag
from swath.volume.errors import AgreementError, ArgumentError, DatasetExistsError, NoSuchNameError
from swath.volume.remote import LayerToLink, connection, upload, uploaded_files, webknossos_context
from swath.volume.remote.errors import NoSuchRemoteError, RemoteError
from swath.volume.serve import running
from swath.volume.serve.names import dataset_id
from volume_server import TOKEN, Between, arrays, assert_equal, between, make_dataset


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("served")
    make_dataset(root / "retina", size=(200, 40, 33))
    make_dataset(root / "cells", dtype="uint32", category="segmentation", data_format="zarr3", size=(40, 40, 32))
    return root


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with running(folder, token=TOKEN) as address:
        yield address


@pytest.fixture
def proxy(url: str) -> Iterator[Between]:
    with between(url) as state, webknossos_context(state.url, TOKEN, timeout=20):
        yield state


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(connection, "_LONGEST_WAIT", 0.02)
    monkeypatch.setattr(upload, "_WAIT", 0.01)


@pytest.mark.parametrize("data_format", ["zarr3", "wkw", "zarr"])
def test_a_download_is_equal(proxy: Between, folder: Path, tmp_path: Path, data_format: str) -> None:
    source = Dataset.open(folder / "cells")
    dataset = Dataset.download("cells", path=tmp_path / "cells", data_format=data_format)
    assert_equal(arrays(dataset), arrays(source))
    (layer,), (mine,) = dataset.layers.values(), source.layers.values()
    assert (dataset.name, dataset.voxel_size, layer.category) == ("cells", source.voxel_size, "segmentation")
    assert (layer.data_format, layer.bounding_box, layer.dtype) == (data_format, mine.bounding_box, mine.dtype)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cells"]
    assert not (tmp_path / "cells" / ".download.json").exists()


def test_a_part_is_downloaded(proxy: Between, folder: Path, tmp_path: Path) -> None:
    box = BoundingBox((31, 21, 41), (50, 20, 9))
    dataset = Dataset.download("retina", bbox=box, layers="color", mags=["2-2-1"], path=tmp_path / "part")
    layer = dataset.get_layer("color")
    assert (list(layer.mags), layer.bounding_box) == ([Mag("2-2-1")], box)
    aligned = box.align_with_mag(Mag("2-2-1"), ceil=True)
    view = Dataset.open(folder / "retina").get_layer("color").get_mag("2-2-1")
    np.testing.assert_array_equal(layer.get_mag("2-2-1").read(), view.read(absolute_bounding_box=aligned))
    with pytest.raises(NoSuchNameError, match="could not be found"):
        Dataset.download("retina", layers=["none"], path=tmp_path / "none")
    with pytest.raises(NoSuchNameError):
        Dataset.download("retina", mags=[8], path=tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_further_axes_are_downloaded(tmp_path: Path) -> None:
    source = Path(__file__).parents[2] / "../shared/conformance/volume/datasets/zarr3_4d_t"
    if not source.exists():
        pytest.skip("needs ../shared/conformance/volume")
    shutil.copytree(source, tmp_path / "served" / "t")
    with running(tmp_path / "served", token=TOKEN) as url, webknossos_context(url, TOKEN):
        view = Dataset.download("t", path=tmp_path / "t").get_layer("color").get_mag(1)
    mine = Dataset.open(tmp_path / "served" / "t").get_layer("color").get_mag(1)
    order = [mine.axes.index(axis) for axis in view.axes]
    np.testing.assert_array_equal(view.read(), mine.read().transpose(order))


def test_what_stands_there_stays_unless_it_is_to_go(proxy: Between, tmp_path: Path) -> None:
    standing = make_dataset(tmp_path / "ds", size=(32, 32, 32))
    before = arrays(standing)
    with pytest.warns(UserWarning, match="skipping download"):
        assert_equal(arrays(Dataset.download("cells", path=tmp_path / "ds")), before)
    replaced = Dataset.download("cells", path=tmp_path / "ds", exist_ok=True)
    assert list(replaced.layers) == ["segmentation"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ds"]
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "text").write_text("mine")
    with pytest.raises(DatasetExistsError, match="no dataset"):
        Dataset.download("cells", path=tmp_path / "notes", exist_ok=True)
    assert (tmp_path / "notes" / "text").read_text() == "mine"


def test_without_a_path_it_is_named_by_name_and_id(
    proxy: Between, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Dataset.open_remote("cells").download(mags=["2-2-1"]).path == Path(f"cells-{dataset_id('cells')}")


def test_a_download_that_was_cut_off_goes_on(proxy: Between, folder: Path, tmp_path: Path) -> None:
    asked: list[str] = []

    def fail_at_the_fourth(_method: str, path: str) -> int | None:
        if "/data?" not in path:
            return None
        asked.append(path)
        return 403 if len(asked) > 3 else None

    proxy.fault = fail_at_the_fourth
    with pytest.raises(RemoteError, match="403"):
        Dataset.download("retina", path=tmp_path / "ds", data_format="zarr")
    assert not (tmp_path / "ds").exists()
    done = {path for method, path in proxy.seen if "/data?" in path}
    assert done
    proxy.fault = lambda _method, _path: None
    proxy.seen.clear()
    dataset = Dataset.download("retina", path=tmp_path / "ds", data_format="zarr")
    assert_equal(arrays(dataset), arrays(Dataset.open(folder / "retina")))
    again = [path for _, path in proxy.seen if "/data?" in path]
    assert len(again) == len(set(again))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ds"]


def test_a_cut_off_download_of_something_else_begins_anew(proxy: Between, folder: Path, tmp_path: Path) -> None:
    proxy.fault = lambda _method, path: 403 if "/data?" in path else None
    with pytest.raises(RemoteError):
        Dataset.download("retina", path=tmp_path / "ds")
    proxy.fault = lambda _method, _path: None
    assert list(Dataset.download("cells", path=tmp_path / "ds").layers) == ["segmentation"]


def test_an_answer_that_is_cut_off_or_incomplete_is_no_data(
    proxy: Between, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = connection.Connection.get

    def cut(self: Any, path: str, query: Any = None) -> Any:
        answer = send(self, path, query)
        return connection.Answer(answer.content[:-1], answer.headers, 200) if path.endswith("/data") else answer

    with monkeypatch.context() as patch:
        patch.setattr(connection.Connection, "get", cut)
        with pytest.raises(ValueError, match="no box of"):
            Dataset.download("cells", path=tmp_path / "cut")

    def missing(self: Any, path: str, query: Any = None) -> Any:
        answer = send(self, path, query)
        return connection.Answer(answer.content, {"Missing-Buckets": "[3]"}, 200) if path.endswith("/data") else answer

    monkeypatch.setattr(connection.Connection, "get", missing)
    with pytest.raises(AgreementError, match="could not read"):
        Dataset.download("cells", path=tmp_path / "missing")


def test_an_upload_is_equal(proxy: Between, folder: Path, tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "ds", dtype="uint8", channels=3, data_format="zarr3", size=(40, 33, 20))
    (tmp_path / "ds" / "color" / "meshes").mkdir()
    (tmp_path / "ds" / "color" / "meshes" / "größe.stl").write_bytes(b"")
    (tmp_path / "ds" / ".cache").mkdir()
    (tmp_path / "ds" / ".cache" / "x").write_text("stays here")
    events: list[Any] = []
    there = dataset.upload("uploaded", on_event=events.append)
    assert there.dataset_id == dataset_id("uploaded")
    assert_equal(arrays(there), arrays(dataset))
    assert_equal(arrays(Dataset.open(folder / "uploaded")), arrays(dataset))
    assert (folder / "uploaded" / "color" / "meshes" / "größe.stl").read_bytes() == b""
    assert not (folder / "uploaded" / ".cache").exists()
    assert sum(event.record.size for event in events[1:-1]) == events[0].total
    with pytest.raises(ArgumentError, match="already"):
        dataset.upload("uploaded")
    for name in ("a/b", "..", "a b", "?", "#x"):
        with pytest.raises(ArgumentError, match="not a valid"):
            dataset.upload(name)
    assert dataset.upload().name == "ds"


def test_large_files_are_sent_in_chunks(
    proxy: Between, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (uploaded_files, sys.modules["swath.volume.remote.multipart"]):
        monkeypatch.setattr(module, "CHUNK_SIZE", 10_000)
    dataset = make_dataset(tmp_path / "ds", size=(64, 40, 32))
    assert_equal(arrays(dataset.upload("chunked")), arrays(dataset))
    chunks = sum(path.endswith("/upload/dataset") for _, path in proxy.seen)
    assert chunks == sum(max(1, -(-file.size // 10_000)) for file in uploaded_files.files_of(dataset)) > 12


def test_an_upload_that_was_cut_off_sends_what_is_missing(proxy: Between, tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "ds", size=(64, 40, 32))
    sent: list[str] = []

    def fail_at_the_third(method: str, path: str) -> int | None:
        if method != "POST" or not path.endswith("/upload/dataset"):
            return None
        sent.append(path)
        return {2: 503, 4: 403}.get(len(sent))

    proxy.fault = fail_at_the_third
    with pytest.raises(RemoteError, match="403"):
        dataset.upload("cut_off", jobs=1)
    first = sum(path.endswith("/upload/dataset") for method, path in proxy.seen if method == "POST")
    proxy.fault = lambda _method, _path: None
    proxy.seen.clear()
    assert_equal(arrays(dataset.upload("cut_off")), arrays(dataset))
    files = uploaded_files.files_of(dataset)
    second = sum(path.endswith("/upload/dataset") for method, path in proxy.seen if method == "POST")
    assert (first, second) == (first, len(files) - first)
    assert first >= 2
    assert proxy.passed("POST", "reserveUpload") == 0


def test_changed_files_are_another_upload(proxy: Between, tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "ds", size=(32, 32, 32))
    proxy.fault = lambda _method, path: 403 if "finishUpload" in path else None
    with pytest.raises(RemoteError):
        dataset.upload("changed")
    view = dataset.get_layer("color").get_mag(1)
    view.write(view.read()[:, ::-1], allow_unaligned=True)
    proxy.fault = lambda _method, _path: None
    proxy.seen.clear()
    assert_equal(arrays(dataset.upload("changed")), arrays(dataset))
    assert proxy.passed("POST", "reserveUpload") == 1


def test_layers_are_linked_in_place_of_sent(proxy: Between, folder: Path, tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "ds", size=(32, 32, 32))
    links = [
        LayerToLink(dataset_id("retina"), "color"),
        LayerToLink(dataset_id("cells"), "segmentation", "cells"),
    ]
    there = dataset.upload("with_links", layers_to_link=links)
    assert sorted(there.layers) == ["cells", "color"]
    retina = Dataset.open(folder / "retina")
    assert_equal(
        {("color", "1"): there.get_layer("color").get_mag(1).read()},
        {("color", "1"): retina.get_layer("color").get_mag(1).read()},
    )
    assert not (folder / "with_links" / "color").exists()
    with pytest.raises(NoSuchRemoteError):
        dataset.upload("without", layers_to_link=[LayerToLink("0" * 24, "color")])


def test_what_lies_elsewhere_is_sent_too(proxy: Between, folder: Path, tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "ds", size=(32, 32, 32))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "ds" / "color" / "1").rename(tmp_path / "elsewhere" / "1")
    (tmp_path / "ds" / "color" / "1").symlink_to(tmp_path / "elsewhere" / "1")
    (tmp_path / "elsewhere" / "1" / "loop").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "ds" / "up").symlink_to(tmp_path / "ds")
    before = arrays(dataset)
    Dataset.open(tmp_path / "ds").upload("by_link")
    assert_equal(arrays(Dataset.open(folder / "by_link")), before)
    shallow = dataset.shallow_copy_dataset(tmp_path / "shallow")
    shallow.get_layer("color").properties.attachments = {"meshes": [{"name": "m", "path": "../x", "dataFormat": "stl"}]}
    with pytest.warns(UserWarning, match="is not uploaded"):
        shallow.upload("by_path")
    there = Dataset.open(folder / "by_path")
    assert_equal(arrays(there), before)
    assert [mag.path for mag in there.properties.layer("color").mags] == ["./color/1", "./color/2-2-1"]


def test_the_commands_do_what_the_library_does(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = make_dataset(tmp_path / "ds", size=(32, 32, 32))
    monkeypatch.setenv("WK_URL", url)
    monkeypatch.setenv("WK_TOKEN", TOKEN)
    command = [sys.executable, "-m", "swath.cli.main", "volume", "upload", str(dataset.path), "--name", "by_command"]
    done = subprocess.run([*command, "--progress", "jsonl"], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, f"{url}/datasets/by_command-{dataset_id('by_command')}")
    assert json.loads(done.stderr.splitlines()[0])["event"] == "StageStarted"

    def swath(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["swath", "volume", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return int(end.value.code or 0)

    assert swath("datasets", "--format", "json") == 0
    assert {"name": "by_command", "id": dataset_id("by_command")} in json.loads(capsys.readouterr().out)
    output = tmp_path / "down"
    assert swath("download", "by_command", "-o", str(output), "--mag", "2-2-1", "--bbox", "10,20,40,16,16,16") == 0
    part = Dataset.open(output).get_layer("color").get_mag("2-2-1").read()
    box = BoundingBox((10, 20, 40), (16, 16, 16))
    view = dataset.get_layer("color").get_mag("2-2-1")
    np.testing.assert_array_equal(part, view.read(absolute_bounding_box=box))
    assert swath("download", "by_command", "-o", str(output)) == 2
    monkeypatch.setenv("WK_TOKEN", "wrong")
    assert swath("datasets") == 1
    assert "401" in (said := capsys.readouterr().err)
    assert "WK_TOKEN" in said
