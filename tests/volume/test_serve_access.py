"""Who may do what, and that nothing outside the folder is ever seen."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from swath.errors import BusyError, InputError, OutputError, UsageError
from swath.volume import Dataset
from swath.volume.serve import running, serve
from swath.volume.serve.names import dataset_id
from volume_server import TOKEN, ask, make_dataset, reserve

RETINA = dataset_id("retina")
SECRET = b"what nobody may see"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("around") / "served"
    make_dataset(root / "retina", size=(32, 32, 32))
    make_dataset(root / "other", size=(32, 32, 32))
    make_dataset(root.parent / "outside", size=(32, 32, 32))
    (root.parent / "secret").write_bytes(SECRET)
    return root


@pytest.fixture(scope="module")
def url(folder: Path) -> Any:
    with running(folder, token=TOKEN) as address:
        yield address


def test_a_token_is_taken_from_headers_and_from_the_address(url: str) -> None:
    path = "/api/v16/user"
    assert ask(url, path).status == 200
    assert ask(url, path, token=None, headers={"Authorization": f"Bearer {TOKEN}"}).status == 200
    assert ask(url, f"{path}?token={TOKEN}", token=None).status == 200
    for wrong in (None, "", "x", TOKEN[:-1], TOKEN + "x", TOKEN.upper()):
        answer = ask(url, path, token=wrong)
        assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v16/datasets"),
        ("GET", f"/api/v16/datasets/{RETINA}"),
        ("DELETE", f"/api/v16/datasets/{RETINA}"),
        ("PATCH", f"/api/v16/datasets/{RETINA}"),
        ("PATCH", f"/api/v16/datasets/{RETINA}/updatePartial"),
        ("PATCH", f"/api/v16/datasets/{RETINA}/teams"),
        ("GET", f"/api/v16/datasets/{RETINA}/sharingToken"),
        ("GET", "/api/v16/datasets/x/isValidNewName"),
        ("GET", "/api/v16/datasets/disambiguate/swath/retina/toId"),
        ("GET", "/api/v16/datastores"),
        ("GET", "/api/v16/teams"),
        ("GET", "/api/v16/users"),
        ("GET", "/api/v16/folders/root"),
        ("GET", "/api/v16/folders/tree"),
        ("POST", "/api/v16/folders/create?parentId=5a0000000000000000000001&name=x"),
        ("POST", f"/data/v15/triggers/reload/swath/{RETINA}"),
        ("GET", f"/data/v15/zarr/{RETINA}/datasource-properties.json"),
        ("GET", f"/data/v15/zarr/{RETINA}/color/1/0.0.0.1"),
        ("GET", f"/data/v15/datasets/{RETINA}/layers/color/data"),
        ("POST", "/data/v15/datasets/upload/dataset/reserveUpload"),
        ("POST", "/data/v15/datasets/upload/dataset/finishUpload?uploadId=a"),
        ("POST", "/data/v15/datasets/upload/dataset/cancelUpload?uploadId=a"),
        ("GET", "/data/v15/datasets/upload/dataset/unfinishedUploads"),
        ("GET", "/data/v15/datasets/upload/dataset"),
        ("POST", "/data/v15/datasets/upload/dataset"),
        ("POST", "/data/datasets"),
        ("POST", "/data/v13/datasets/finishUpload"),
    ],
)
def test_without_the_token_nothing_is_told_or_done(url: str, folder: Path, method: str, path: str) -> None:
    answer = ask(url, path, method, token="wrong", body=b"{}" if method != "GET" else None)
    assert answer.status == 401
    assert (folder / "retina").exists()


def test_a_sharing_token_reads_its_dataset_and_nothing_else(url: str) -> None:
    token = ask(url, f"/api/v16/datasets/{RETINA}/sharingToken").json()["sharingToken"]
    assert ask(url, f"/api/v16/datasets/{RETINA}/sharingToken").json()["sharingToken"] == token
    assert ask(url, f"/api/v16/datasets/{RETINA}?sharingToken={token}", token=None).status == 200
    assert ask(url, f"/data/v15/zarr/{RETINA}/color/1/.zarray", token=token).status == 200
    assert ask(url, f"/api/v16/datasets/{dataset_id('other')}", token=token).status == 401
    assert ask(url, "/api/v16/datasets", token=token).status == 401
    change = ask(url, f"/api/v16/datasets/{RETINA}/updatePartial", "PATCH", token=token, json={"name": "mine"})
    assert change.status == 401


def test_a_public_dataset_is_read_by_all_and_changed_by_none(tmp_path: Path) -> None:
    make_dataset(tmp_path / "open", size=(32, 32, 32))
    place = f"/api/v16/datasets/{dataset_id('open')}"
    with running(tmp_path, token=TOKEN) as url:
        assert ask(url, f"{place}/updatePartial", "PATCH", json={"isPublic": True}).status == 200
        assert ask(url, place, token=None).status == 200
        assert ask(url, f"{place}/updatePartial", "PATCH", token=None, json={"name": "mine"}).status == 401
        assert ask(url, place, "DELETE", token=None).status == 401


def test_read_only_means_that_nothing_is_written(tmp_path: Path) -> None:
    make_dataset(tmp_path / "ds", size=(32, 32, 32))
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    place = f"/api/v16/datasets/{dataset_id('ds')}"
    with running(tmp_path, token=TOKEN, read_only=True) as url:
        assert ask(url, place).json()["dataStore"]["allowsUpload"] is False
        for method in ("DELETE", "PATCH"):
            assert ask(url, place, method, body=b"{}").status == 403
        assert reserve(url, "u", "new", 1, 1).status == 403
        assert ask(url, f"{place}/sharingToken").status == 400
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_it_listens_to_others_only_with_a_token(tmp_path: Path, host: str) -> None:
    with pytest.raises(UsageError, match="anybody"):
        serve(tmp_path, host=host)


def test_what_cannot_be_served_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        serve(tmp_path / "nothing")
    for token in ("", " ", "a\nb", " a", "ü"):
        with pytest.raises(UsageError, match="token"):
            serve(tmp_path, token=token)
    with running(tmp_path) as url:
        with pytest.raises(BusyError):
            serve(tmp_path)
        with running(tmp_path, read_only=True) as second:
            assert ask(second, "/api/v16/user").status == 200
            with pytest.raises(OutputError, match="listen"):
                serve(tmp_path, port=urlsplit(url).port or 0, read_only=True)


def test_pages_of_other_servers_cannot_reach_a_server_without_a_token(tmp_path: Path) -> None:
    with running(tmp_path) as url:
        assert ask(url, "/api/v16/user", token=None).status == 200
        assert ask(url, "/api/v16/user", token=None, headers={"Host": "evil.example:80"}).status == 403
        assert ask(url, "/api/v16/user", token=None, headers={"Host": "[bad"}).status == 403
        for origin in ("http://evil.example", "null", "http://localhost:1"):
            create = "/api/v16/folders/create?parentId=5a0000000000000000000001&name=x"
            assert ask(url, create, "POST", token=None, headers={"Origin": origin}).status == 403
        assert ask(url, create, "POST", token=None, headers={"Origin": url}).status == 200


STEPS = ["..", "../..", "..%2f..", "%2e%2e/%2e%2e", "..%5c..", "....//", "%00", "/etc", "~", ".swath-serve"]


@pytest.mark.parametrize("step", STEPS)
def test_no_part_of_a_path_leads_out(url: str, step: str) -> None:
    paths = [
        f"/data/v15/zarr/{step}/secret",
        f"/data/v15/zarr/{RETINA}/{step}/secret",
        f"/data/v15/zarr/{RETINA}/{step}/1/.zarray",
        f"/data/v15/zarr/{RETINA}/color/{step}/.zarray",
        f"/data/v15/zarr/{RETINA}/color/1/{step}",
        f"/data/v15/datasets/{step}/layers/color/data?mag=1&x=0&y=0&z=0&width=1&height=1&depth=1",
        f"/data/v15/datasets/{RETINA}/layers/{step}/data?mag=1&x=0&y=0&z=0&width=1&height=1&depth=1",
        f"/data/v15/datasets/{RETINA}/layers/color/data?mag={step}&x=0&y=0&z=0&width=1&height=1&depth=1",
        f"/api/v16/datasets/{step}",
        f"/api/v16/folders/{step}",
        f"/api/v16/datasets/disambiguate/swath/{step}/toId",
        f"/{step}/secret",
    ]
    for path in paths:
        status, content = raw(
            url, f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {TOKEN}\r\nConnection: close\r\n\r\n"
        )
        assert status in (400, 404), path
        assert SECRET not in content


def raw(url: str, request: str | bytes) -> tuple[int, bytes]:
    """Send bytes as they are: clients that mend addresses are no test."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(request.encode() if isinstance(request, str) else request)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return int(answer.split(b" ", 2)[1]), answer


def test_links_and_paths_that_lead_out_are_not_served(tmp_path: Path) -> None:
    root = tmp_path / "served"
    for name in ("layer", "mag", "named", "inside"):
        make_dataset(root / name, size=(32, 32, 32))
    outside = make_dataset(tmp_path / "outside", size=(32, 32, 32))
    (root / "whole").symlink_to(outside.path)
    (root / "file").mkdir()
    (root / "file" / "datasource-properties.json").symlink_to(outside.path / "datasource-properties.json")
    lead_to(root / "layer" / "color", outside.path / "color")
    lead_to(root / "mag" / "color" / "1", outside.path / "color" / "1")
    lead_to(root / "inside" / "color" / "1", root / "named" / "color" / "2-2-1")
    (root / "loop").mkdir()
    (root / "loop" / "datasource-properties.json").symlink_to("datasource-properties.json")
    for name, path in (("named", str(outside.path / "color" / "1")), ("layer", "../../outside/color/1")):
        rename_path(root / name, path)
    with running(root, token=TOKEN) as url:
        listed = {each["name"]: each["dataSource"] for each in ask(url, "/api/v16/datasets").json()}
        assert sorted(listed) == ["inside", "layer", "mag", "named"]
        seen = {name: [mag["mag"][0] for mag in source["dataLayers"][0]["mags"]] for name, source in listed.items()}
        assert seen == {"inside": [1, 2], "layer": [], "mag": [2], "named": [2]}
        assert str(tmp_path) not in json.dumps(listed)
        for name in ("whole", "file", "loop"):
            assert ask(url, f"/api/v16/datasets/{dataset_id(name)}").status == 404
        for name in ("layer", "mag", "named"):
            assert ask(url, f"/data/v15/zarr/{dataset_id(name)}/color/1-1-1/.zarray").status == 404


def lead_to(link: Path, target: Path) -> None:
    """Put a link in place of a folder."""
    link.rename(link.with_name(f"{link.name}.was"))
    link.symlink_to(target)


def rename_path(dataset: Path, path: str) -> None:
    """Make the properties file say that the first mag lies elsewhere."""
    file = dataset / "datasource-properties.json"
    record = json.loads(file.read_text())
    record["dataLayers"][0]["mags"][0]["path"] = path
    file.write_text(json.dumps(record))


def test_deleting_takes_a_dataset_and_no_more(tmp_path: Path) -> None:
    root = tmp_path / "served"
    for name in ("one", "two"):
        make_dataset(root / name, size=(32, 32, 32))
    (root / "link").symlink_to(root / "two")
    lead_to(root / "one" / "color" / "1", root / "two" / "color" / "1")
    with running(root, token=TOKEN) as url:
        for name in ("one", "link"):
            assert ask(url, f"/api/v16/datasets/{dataset_id(name)}", "DELETE").status == 200
            assert ask(url, f"/api/v16/datasets/{dataset_id(name)}", "DELETE").status == 404
    assert sorted(path.name for path in root.iterdir() if path.name[0] != ".") == ["two"]
    assert Dataset.open(root / "two").get_layer("color").get_mag(1).read().any()


def test_giant_headers_and_bodies_are_refused_and_the_server_goes_on(url: str) -> None:
    head = f"GET /api/v16/user HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {TOKEN}\r\n"
    try:
        status, _ = raw(url, head + "X-Long: " + "a" * (1 << 20) + "\r\n\r\n")
    except ConnectionError:
        status = 400
    assert status in (400, 431)
    try:
        status, _ = raw(url, head + "".join(f"X-{n}: {n}\r\n" for n in range(50_000)) + "\r\n")
    except ConnectionError:
        status = 400
    assert status in (400, 431)
    assert raw(url, b"\x00\xff nonsense\r\n\r\n")[0] == 400
    place = f"/api/v16/datasets/{RETINA}/updatePartial"
    for body in (
        b"[" * 100_000,
        b"{",
        b"[]",
        b'"text"',
        b"\xff",
        b'{"name": 3}',
        b'{"name": ""}',
        b'{"dataSource": {}}',
    ):
        assert ask(url, place, "PATCH", body=body).status == 400
    assert ask(url, place, "PATCH", body=b'{"description": "' + b"a" * (5 << 20) + b'"}').status == 413
    assert ask(url, "/api/v16/user").status == 200
