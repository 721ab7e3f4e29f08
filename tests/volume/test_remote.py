"""Datasets on a server: found, read, described; what fails, and that no token is ever shown or given away."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from swath.errors import UsageError
from swath.volume import Dataset
from swath.volume.errors import AgreementError, ArrayError, ReadOnlyError
from swath.volume.remote import LayerToLink, RemoteDataset, RemoteFolder, Team, connection, webknossos_context
from swath.volume.remote.addresses import Address, parse_address
from swath.volume.remote.context import Context, current_context
from swath.volume.remote.errors import NoSuchRemoteError, RemoteError
from swath.volume.remote.streamed_store import StreamedStore
from swath.volume.serve import running
from swath.volume.serve.names import dataset_id
from volume_server import TOKEN, Between, arrays, assert_equal, between, make_dataset

ID = "0123456789abcdef01234567"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("served")
    make_dataset(root / "retina", size=(64, 40, 32))
    make_dataset(root / "colours", dtype="uint8", channels=3, data_format="zarr3", size=(40, 33, 20))
    make_dataset(root / "cells", dtype="uint64", category="segmentation", size=(32, 32, 32))
    return root


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with running(folder, token=TOKEN) as address:
        yield address


@pytest.fixture
def here(url: str) -> Iterator[str]:
    with webknossos_context(url, TOKEN, timeout=20):
        yield url


@pytest.fixture
def proxy(url: str) -> Iterator[Between]:
    with between(url) as state, webknossos_context(state.url, TOKEN, timeout=20):
        yield state


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(connection, "_LONGEST_WAIT", 0.02)
    for name in ("WK_URL", "WK_TOKEN", "WK_TIMEOUT"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (f"https://wk.org/datasets/retina-{ID}", Address("https://wk.org", ID)),
        (f"https://wk.org/datasets/a-b-c-{ID}/view", Address("https://wk.org", ID)),
        (f"https://wk.org/datasets/{ID}/view#1,2,3,0,1.3", Address("https://wk.org", ID)),
        (f"http://wk.org:9000/datasets/{ID}?token=abc", Address("http://wk.org:9000", ID, sharing_token="abc")),
        (f"http://a/under/datasets/x-{ID}/view?token=a%2Fb", Address("http://a/under", ID, sharing_token="a/b")),
        ("https://wk.org/datasets/org/name/view", Address("https://wk.org", organization="org", name="name")),
        ("https://wk.org/datasets/org/l4%20dev", Address("https://wk.org", organization="org", name="l4 dev")),
        ("https://wk.org/links/k3y", Address("https://wk.org", short_link="k3y")),
        ("https://wk.org/datasets", None),
        ("https://wk.org/annotations/1", None),
        ("https://wk.org/datasets/noid", None),
        ("ftp://wk.org/datasets/a/b", None),
        ("retina", None),
        (ID, None),
    ],
)  # fmt: skip
def test_addresses_of_datasets(text: str, address: Address | None) -> None:
    assert parse_address(text) == address


def test_the_context_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert current_context() == Context("https://webknossos.org", None, 1800.0)
    for name, value in {"WK_URL": "http://wk.org/", "WK_TOKEN": "secret", "WK_TIMEOUT": "7"}.items():
        monkeypatch.setenv(name, value)
    assert current_context() == Context("http://wk.org", "secret", 7.0)
    assert "secret" not in repr(current_context())
    with webknossos_context(token="other") as inside:
        assert inside == current_context() == Context("http://wk.org", "other", 7.0)
    with webknossos_context("http://else.org", timeout=3):
        assert current_context() == Context("http://else.org", None, 3.0)
    monkeypatch.setenv("WK_TIMEOUT", "soon")
    with pytest.raises(UsageError, match="WK_TIMEOUT"):
        current_context()


@pytest.mark.parametrize("name", ["retina", "colours", "cells"])
def test_a_dataset_is_read_as_if_it_were_here(here: str, folder: Path, name: str) -> None:
    remote, local = Dataset.open_remote(name), Dataset.open(folder / name)
    assert_equal(arrays(remote), arrays(local))
    (layer,), (mine,) = remote.layers.values(), local.layers.values()
    assert (layer.category, layer.dtype, layer.num_channels, layer.bounding_box, type(layer)) == (
        mine.category, mine.dtype, mine.num_channels, mine.bounding_box, type(mine)
    )  # fmt: skip
    assert (remote.voxel_size, remote.read_only, remote.dataset_id) == (local.voxel_size, True, dataset_id(name))
    view = layer.get_mag(1)
    assert not pickle.loads(pickle.dumps(view.get_view())).read(absolute_offset=(1000, 0, 0), size=(3, 3, 3)).any()
    assert pickle.loads(pickle.dumps(view.get_view())).read().any()


def test_a_dataset_has_many_names(here: str) -> None:
    wanted = Dataset.open_remote("retina")
    assert wanted.url == f"{here}/datasets/retina-{dataset_id('retina')}"
    for text in (wanted.url, f"{wanted.url}/view#1,2,3", f"{here}/datasets/swath/retina/view", dataset_id("retina")):
        assert Dataset.open_remote(text) == wanted
    assert Dataset.open_remote(dataset_id=dataset_id("retina")) == wanted
    assert RemoteDataset.open("retina", "swath") == wanted
    with pytest.raises(AgreementError, match="must not be set"):
        Dataset.open_remote(wanted.url, organization_id="swath")
    for nothing in ({}, {"dataset_name_or_url": "retina", "dataset_id": ID}):
        with pytest.raises(AgreementError, match="either"):
            Dataset.open_remote(**nothing)
    with pytest.raises(RuntimeError, match="open_remote"):
        RemoteDataset("x")


def test_what_is_not_there_is_said(here: str) -> None:
    for nothing in ("nothing", ID, f"{here}/datasets/{ID}", f"{here}/datasets/swath/nothing", f"{here}/links/x"):
        with pytest.raises(NoSuchRemoteError):
            Dataset.open_remote(nothing)
    with pytest.raises(NoSuchRemoteError):
        Dataset.open_remote("retina", "another_organization")


def test_datasets_are_listed(here: str) -> None:
    listed = Dataset.get_remote_datasets()
    assert sorted(listed.names.values()) == ["cells", "colours", "retina"]
    assert sorted(listed) == sorted(dataset_id(name) for name in ("cells", "colours", "retina"))
    assert listed["retina"] == listed[dataset_id("retina")]
    assert ("cells" in listed, "none" in listed, len(listed)) == (True, False, 3)
    assert list(Dataset.get_remote_datasets(name="cells").names.values()) == ["cells"]
    assert not Dataset.get_remote_datasets(tags=["none"])
    listed["cells"].tags = ["one", "two"]
    assert list(Dataset.get_remote_datasets(tags="two").names.values()) == ["cells"]
    with pytest.raises(KeyError):
        listed["none"]


def test_what_people_say_is_read_and_changed(here: str) -> None:
    dataset = Dataset.open_remote("colours")
    dataset.name, dataset.description, dataset.tags, dataset.is_public = "Of many", "text", ("a", "b"), True
    assert (dataset.display_name, dataset.description, dataset.tags, dataset.is_public) == (
        "Of many", "text", ("a", "b"), True
    )  # fmt: skip
    del dataset.description
    dataset.display_name = "colours"
    assert (dataset.description, dataset.name) == (None, "colours")
    dataset.metadata = {"species": "mouse", "age": 3}
    dataset.metadata["parts"] = ["eye", "brain"]
    dataset.metadata["age"] = 2.5
    del dataset.metadata["species"]
    assert dict(dataset.metadata) == {"age": 2.5, "parts": ["eye", "brain"]}
    for wrong in (None, True, [1], {}):
        with pytest.raises(ValueError, match="noted"):
            dataset.metadata["x"] = wrong  # type: ignore[assignment]
    with pytest.raises(KeyError):
        dataset.metadata["species"]
    dataset.allowed_teams = [Team.get_by_name("everyone")]
    assert dataset.allowed_teams == tuple(Team.get_list())
    dataset.allowed_teams = []
    assert (dataset.allowed_teams, dataset.created[:2]) == ((), "20")


def test_datasets_are_sorted_into_folders(here: str) -> None:
    inner = RemoteFolder.get_root().add_subfolder("Lab").add_subfolder("Inner")
    dataset = Dataset.open_remote("retina")
    dataset.folder = RemoteFolder.get_by_path("Lab/Inner")
    assert dataset.folder == inner == RemoteFolder.get_by_path("root/Lab/Inner/") == RemoteFolder.get_by_id(inner.id)
    assert list(Dataset.get_remote_datasets(folder=inner).names.values()) == ["retina"]
    inner.move_to(RemoteFolder.get_root())
    assert inner.rename("Moved") in RemoteFolder.get_root().get_subfolders()
    dataset.folder = RemoteFolder.get_root()
    RemoteFolder.get_by_path("Moved").delete()
    with pytest.raises(NoSuchRemoteError):
        RemoteFolder.get_by_path("Lab/Inner")


def test_voxels_on_a_server_are_read_only(here: str) -> None:
    dataset = Dataset.open_remote("retina")
    view = dataset.get_layer("color").get_mag(1)
    for change in (
        lambda: dataset.add_layer("x", "color"),
        lambda: dataset.delete_layer("color"),
        lambda: view.write(view.read()),
        lambda: view.store.write((0, 0, 0, 0), view.read()),
        lambda: view.store.grow((1, 1, 1, 1)),
    ):
        with pytest.raises(ReadOnlyError):
            change()


def test_a_sharing_token_opens_its_dataset(here: str, folder: Path) -> None:
    token = Dataset.open_remote("retina").sharing_token
    with webknossos_context("http://127.0.0.1:9", "a token of another server"):
        shared = Dataset.open_remote(f"{here}/datasets/{dataset_id('retina')}?token={token}")
        assert_equal(arrays(shared), arrays(Dataset.open(folder / "retina")))
        again = Dataset.open_remote(dataset_id=dataset_id("retina"), sharing_token=token, webknossos_url=here)
        assert again.get_layer("color").get_mag(1).read().any()
        with pytest.raises(RemoteError, match="401"):
            Dataset.open_remote(f"{here}/datasets/{dataset_id('cells')}?token={token}")


def test_a_dataset_that_cannot_be_streamed_still_says_what_it_is(proxy: Between) -> None:
    proxy.fault = lambda _method, path: 404 if "/zarr/" in path else None
    with pytest.warns(UserWarning, match="only what is said"):
        dataset = Dataset.open_remote("retina")
    assert (dataset.layers, dataset.name) == ({}, "retina")


def test_what_passes_is_tried_again(proxy: Between) -> None:
    failures = {503: 2, 429: 1}

    def fault(_method: str, path: str) -> int | None:
        for status in failures if path.endswith("/user") else ():
            if failures[status]:
                failures[status] -= 1
                return status
        return None

    proxy.fault = fault
    assert len(Dataset.get_remote_datasets()) == 3
    assert failures == {503: 0, 429: 0}


def test_what_does_not_pass_is_an_error_at_once(proxy: Between) -> None:
    calls: list[str] = []

    def fault(_method: str, path: str) -> int | None:
        calls.append(path)
        return 400 if "/datasets" in path else None

    proxy.fault = fault
    with pytest.raises(RemoteError, match="told to fail"):
        Dataset.open_remote(dataset_id=ID)
    assert sum("/datasets" in path for path in calls) == 1
    proxy.fault = lambda _method, path: 500 if "/datasets" in path else None
    with pytest.raises(RemoteError, match="500"):
        Dataset.open_remote(dataset_id=ID)


def test_no_answer_at_all_is_an_error() -> None:
    with (
        webknossos_context("http://127.0.0.1:9", TOKEN, timeout=2),
        pytest.raises(RemoteError, match="no answer") as error,
    ):
        Dataset.open_remote("retina")
    assert TOKEN not in str(error.value)


def test_a_server_of_another_kind_or_version_is_refused(tmp_path: Path, url: str) -> None:
    with between(url) as state, webknossos_context(state.url + "/data", TOKEN), pytest.raises(RemoteError):
        Dataset.get_remote_datasets()
    from swath.volume.serve import versions  # the server is in this process

    before = versions.OLDEST, versions.CURRENT
    versions.OLDEST, versions.CURRENT = 20, 22
    try:
        with between(url) as state, webknossos_context(state.url, TOKEN), pytest.raises(RemoteError, match="20 to 22"):
            Dataset.get_remote_datasets()
    finally:
        versions.OLDEST, versions.CURRENT = before


def test_an_old_server_is_spoken_to_in_its_version(url: str, folder: Path, tmp_path: Path, monkeypatch: Any) -> None:
    from swath.volume.serve import versions  # the server is in this process

    monkeypatch.setattr(versions, "CURRENT", 13)
    make_dataset(tmp_path / "old", size=(32, 32, 32))
    with between(url) as state, webknossos_context(state.url, TOKEN):
        there = Dataset.open(tmp_path / "old").upload("of_version_13")
        assert_equal(arrays(there), arrays(Dataset.open(tmp_path / "old")))
        assert state.passed("POST", "/data/v13/datasets") > 3
        there.delete()
    assert not (folder / "of_version_13").exists()


def test_no_error_shows_a_token(here: str) -> None:
    dataset = Dataset.open_remote("retina")
    view = dataset.get_layer("color").get_mag(1)
    wrong = "a-wrong-token-for-all"
    stores = StreamedStore(
        connection.Connection(dataset.store.base, wrong), f"/zarr/{dataset.dataset_id}/color/1-1-1", None
    )
    stores.__dict__["metadata"] = view.store.metadata  # type: ignore[attr-defined]
    with pytest.raises(ArrayError) as error:
        stores.read((0, 0, 0, 0), (1, 32, 32, 64))
    seen = error.value
    while seen is not None:
        assert wrong not in repr(seen)
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)  # type: ignore[assignment]
    assert TOKEN not in repr(dataset) + repr(dataset.store) + repr(view)


def test_a_token_goes_to_no_other_host(url: str) -> None:
    with between(url) as other, between(url) as first:
        plain = connection.Connection(first.url, TOKEN, 10)
        assert plain.get("/api/v16/user").json()["organization"] == "swath"
        assert any(headers.get("X-Auth-Token") == TOKEN for headers in first.headers)
        with webknossos_context(first.url, TOKEN), pytest.raises(RemoteError, match="401"):
            Dataset.open_remote(f"{other.url}/datasets/swath/retina")
        assert other.headers
        first.location = other.url + "/api/user"
        first.fault = lambda _method, path: 307 if path.endswith("/user") else None
        with pytest.raises(RemoteError, match="401"):
            plain.get("/api/v16/user")
        assert not any(TOKEN in str(headers) for headers in other.headers)


def test_a_layer_to_link_is_named_by_its_dataset(here: str) -> None:
    layer = Dataset.open_remote("retina").get_layer("color")
    link = LayerToLink.from_remote_layer(layer, "again")
    assert link == LayerToLink(dataset_id("retina"), "color", "again")
