"""Uploads: whole or not at all, within the folder and its limit, taken up where they were cut off."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swath.volume import Dataset
from swath.volume.serve import running
from swath.volume.serve.errors import RequestError
from swath.volume.serve.names import check_file_name, dataset_id, problems_of_name
from volume_server import (
    TOKEN,
    arrays,
    ask,
    assert_equal,
    finish,
    make_dataset,
    reserve,
    said,
    send,
    upload_folder,
)

PROPERTIES = json.dumps(
    {"id": {"name": "x", "team": ""}, "scale": {"factor": [1, 1, 1], "unit": "nanometer"}, "dataLayers": []}
).encode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("around") / "served"


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    folder.mkdir()
    with running(folder, token=TOKEN, limit=8 << 20) as address:
        yield address


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_dataset(tmp_path_factory.mktemp("source") / "retina", size=(64, 40, 32))


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".swath-serve")


def staged(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / ".swath-serve" / "uploads").iterdir())


def test_an_upload_appears_whole(url: str, folder: Path, source: Dataset) -> None:
    answer = upload_folder(url, "whole-1", "whole", source.path)
    assert answer.json() == {"datasetId": dataset_id("whole")}
    assert_equal(arrays(Dataset.open(folder / "whole")), arrays(source))
    assert Dataset.open(folder / "whole").name == "whole"
    assert finish(url, "whole-1").json() == answer.json()
    assert "already" in said(reserve(url, "whole-2", "whole", 1, 1))
    assert ask(url, "/api/v16/datasets/whole/isValidNewName").json()["isValid"] is False


def test_the_older_version_of_the_interface_is_spoken(url: str, folder: Path) -> None:
    body = {
        "uploadId": "old",
        "name": "older",
        "organization": "swath",
        "totalFileCount": 1,
        "totalFileSizeInBytes": len(PROPERTIES),
        "initialTeams": [],
        "layersToLink": None,
        "folderId": None,
    }
    assert ask(url, "/data/v13/datasets/reserveUpload", "POST", json=body).status == 200
    fields = {
        "resumableIdentifier": "old/datasource-properties.json",
        "resumableChunkNumber": "1",
        "resumableTotalChunks": "1",
        "resumableChunkSize": "999",
        "resumableCurrentChunkSize": str(len(PROPERTIES)),
        "resumableTotalSize": str(len(PROPERTIES)),
        "owningOrganization": "swath",
        "name": "older",
        "totalFileCount": "1",
    }
    assert ask(url, "/data/datasets", "POST", fields={**fields, "file": ("x", PROPERTIES)}).status == 200
    answer = ask(url, "/data/v13/datasets/finishUpload", "POST", json={"uploadId": "old"})
    assert answer.json() == {"newDatasetId": dataset_id("older")}
    assert (folder / "older").is_dir()


NAMES = [
    "..", "../x", "a/../../x", "/etc/passwd", "a//b", "./a", "a/.", "a\\..\\b", "..\\x", "C:\\x", "C:x", "a\x00b",
    "a\nb", "a ", " a", "a.", "a/b.", "con", "a/NUL.txt", "COM1", "a*b", "a?b", 'a"b', "a|b", "<a>", "a:b", "\u202ea",
    "a" * 300, "/".join(["a"] * 40), "a/" * 600, "", "a\u200b", "~\x1b[0m", ".swath-serve/x", "x/.SWATH-serve",
    "\ufeff",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_file_cannot_be_named_out_of_its_upload(name: str) -> None:
    with pytest.raises(RequestError) as refused:
        check_file_name(name)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    "name", [".zgroup", "color/1/z0/y0/x0.wkw", "c/0/1/2/3", "0.1.2.3", "a b", "größe.hdf5", "..a"]
)
def test_files_of_datasets_may_have_their_names(name: str) -> None:
    assert str(check_file_name(name)) == name


@given(st.text(max_size=40))
def test_what_is_let_through_stays_inside(name: str) -> None:
    try:
        place = check_file_name(name)
    except RequestError:
        return
    root = Path("/a/b")
    assert Path(os.path.normpath(root / place)).is_relative_to(root)
    assert str(place) == name


def test_bad_names_are_refused_over_the_network(url: str, folder: Path) -> None:
    for name in ("..", ".", ".hidden", "a/b", "a\\b", "a b", "con", "a.", "", "ü", "a" * 300, "x\x00", ".swath-serve"):
        assert problems_of_name(name), name
        assert reserve(url, "bad", name, 1, 1).status == 400, name
    for upload_id in ("..", ".", "a/b", "../x", "a\\b", "a b", "", "a" * 300, ".x"):
        assert reserve(url, upload_id, "fine", 1, 1).status == 400, upload_id
    assert reserve(url, "names", "fine", 5, 100).status == 200
    for name in ("../../escaped", "/tmp/escaped", "a/../../../../escaped", "a\\..\\escaped", "x\x00y"):
        assert send(url, f"names/{name}", b"bad").status == 400
    assert send(url, "../whole/color/1/header.wkw", b"bad").status == 400
    assert send(url, "other/x", b"bad").status == 404
    assert not list(folder.parent.rglob("*escaped*"))
    assert (folder / ".swath-serve" / "uploads" / "names" / "files").is_dir()
    assert not list((folder / ".swath-serve" / "uploads" / "names" / "files").iterdir())
    assert ask(url, "/data/v15/datasets/upload/dataset/cancelUpload?uploadId=names", "POST").status == 200
    assert "names" not in staged(folder)
    for path in ("../whole", "..", "whole"):
        cancel = f"/data/v15/datasets/upload/dataset/cancelUpload?uploadId={path}"
        assert ask(url, cancel, "POST").status in (400, 404)
        assert finish(url, path).status in (400, 404)


def test_what_goes_beyond_the_announcement_is_refused(url: str, folder: Path) -> None:
    assert reserve(url, "beyond", "beyond", 2, 10).status == 200
    assert send(url, "beyond/a", b"123456").status == 200
    assert "beyond the 10 bytes" in said(send(url, "beyond/b", b"12345"))
    assert send(url, "beyond/b", b"1234").status == 200
    assert "one more" in said(send(url, "beyond/c", b""))
    for changes in (
        {"resumableCurrentChunkSize": "3"},
        {"resumableCurrentChunkSize": "9"},
        {"resumableTotalSize": "7"},
        {"resumableChunkNumber": "2"},
        {"resumableChunkNumber": "0"},
        {"resumableChunkNumber": "-1"},
        {"resumableTotalChunks": "2"},
        {"resumableChunkSize": "0"},
        {"resumableChunkSize": "99999999999999999999"},
        {"resumableTotalSize": "\u0661"},
        {"resumableTotalSize": ""},
    ):
        assert send(url, "beyond/a", b"123456", **changes).status == 400, changes
    assert "no dataset" in said(finish(url, "beyond"))
    assert "beyond" not in visible(folder)


def test_a_name_is_a_file_or_a_folder(url: str) -> None:
    assert reserve(url, "both", "both", 5, 50).status == 200
    assert send(url, "both/a", b"file").status == 200
    assert "at once" in said(send(url, "both/a/b", b"in it"))
    assert send(url, "both/c/d", b"file").status == 200
    assert "at once" in said(send(url, "both/c", b"file"))


def test_a_body_that_is_no_such_form_is_refused(url: str, folder: Path) -> None:
    place = "/data/v15/datasets/upload/dataset"
    assert reserve(url, "forms", "forms", 3, 100).status == 200
    head = {"Content-Type": "multipart/form-data; boundary=b"}
    field = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    file = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nabc'
    described = b"".join(
        field % pair
        for pair in (
            (b"resumableIdentifier", b"forms/x"),
            (b"resumableChunkNumber", b"1"),
            (b"resumableTotalChunks", b"1"),
            (b"resumableChunkSize", b"10"),
            (b"resumableCurrentChunkSize", b"3"),
            (b"resumableTotalSize", b"3"),
        )
    )
    bodies = [
        b"", b"nonsense", file + b"\r\n--b--\r\n", described + b"--b--\r\n", described + file,
        described + file + b"d\r\n--b--\r\n",
        described + file[:-1] + b"\r\n--b--\r\n",
        file + b"\r\n" + described + b"--b--\r\n",
        described + file + b"\r\n" + file + b"\r\n--b--\r\n",
        described + field % (b"more", b"a" * 100_000) + file + b"\r\n--b--\r\n",
        (field % (b"n", b"v")) * 100 + described + file + b"\r\n--b--\r\n",
        b"--b\r\n" + b"X: y\r\n" * 1000 + b"\r\nabc",
        b'--b\r\nContent-Disposition: form-data; name="' + b"n" * 100_000,
    ]  # fmt: skip
    for body in bodies:
        assert ask(url, place, "POST", headers=head, body=body).status == 400, body[:200]
    for kind in ("text/plain", "multipart/form-data", "application/json"):
        assert ask(url, place, "POST", headers={"Content-Type": kind}, body=b"{}").status == 400
    assert ask(url, f"{place}?resumableIdentifier=forms/x&resumableChunkNumber=1").status == 204
    assert ask(url, place, "POST", headers=head, body=described + file + b"\r\n--b--\r\n").status == 200
    assert ask(url, f"{place}?resumableIdentifier=forms/x&resumableChunkNumber=1").status == 200


def test_the_folder_is_not_filled_past_its_limit(url: str, folder: Path) -> None:
    assert "does not fit" in said(reserve(url, "large", "large", 1, 9 << 20))
    assert "does not fit" in said(reserve(url, "many", "many", 3000, 0))
    assert "does not fit" in said(reserve(url, "disk", "disk", 1, 1 << 52))
    assert reserve(url, "first", "first", 1, 4 << 20).status == 200
    assert "does not fit" in said(reserve(url, "second", "second", 1, 4 << 20))
    assert ask(url, "/data/v15/datasets/upload/dataset/cancelUpload?uploadId=first", "POST").status == 200
    assert reserve(url, "second", "second", 1, 4 << 20).status == 200
    assert ask(url, "/data/v15/datasets/upload/dataset/cancelUpload?uploadId=second", "POST").status == 200
    for size in (-1, True, "1", 1.5, None, 1 << 60):
        assert reserve(url, "size", "size", 1, size).status == 400  # type: ignore[arg-type]
    assert not {"large", "many", "disk", "first", "second", "size"} & set(staged(folder))


@pytest.mark.parametrize(
    "path", ["/etc", "../../x", "../whole/color/1", "file:///etc", "s3://host/x", "./color/../../x", "C:/x", "a\\b"]
)
def test_properties_that_lead_out_make_no_dataset(url: str, folder: Path, source: Dataset, path: str) -> None:
    record = source.properties.to_json()
    record["dataLayers"][0]["mags"] = [{"mag": [1, 1, 1], "path": path}]
    content = json.dumps(record).encode()
    upload_id = f"leads-{abs(hash(path))}"
    assert reserve(url, upload_id, "leads", 1, len(content)).status == 200
    assert send(url, f"{upload_id}/datasource-properties.json", content).status == 200
    assert "no files in the upload" in said(finish(url, upload_id))
    assert "leads" not in visible(folder)


def test_attachments_that_lead_out_make_no_dataset(url: str, source: Dataset) -> None:
    record = source.properties.to_json()
    layer = record["dataLayers"][0] | {"mags": [], "attachments": {"meshes": [{"name": "m", "path": "/etc/passwd"}]}}
    content = json.dumps({**record, "dataLayers": [layer]}).encode()
    assert reserve(url, "attached", "attached", 1, len(content)).status == 200
    assert send(url, "attached/datasource-properties.json", content).status == 200
    assert "attachment" in said(finish(url, "attached"))


def test_chunks_come_in_any_order_and_more_than_once(url: str, folder: Path) -> None:
    content = PROPERTIES + b" " * 700
    parts = [content[at : at + 100] for at in range(0, len(content), 100)]
    assert reserve(url, "order", "order", 1, len(content)).status == 200
    identifier = "order/datasource-properties.json"

    def part(number: int) -> Any:
        return send(url, identifier, parts[number], number=number + 1, chunk_size=100, total=len(content))

    with ThreadPoolExecutor(8) as threads:
        assert {each.status for each in threads.map(part, reversed(range(1, len(parts))))} == {200}
    assert "have not come" in said(finish(url, "order"))
    assert {part(number).status for number in (3, 0, 3)} == {200}
    assert finish(url, "order").status == 200
    written = folder / "order" / "datasource-properties.json"
    assert json.loads(written.read_bytes())["id"]["name"] == "order"


def test_of_uploads_of_one_name_the_first_wins(url: str, folder: Path) -> None:
    def whole(number: int) -> int:
        upload_id = f"race-{number}"
        assert reserve(url, upload_id, "race", 1, len(PROPERTIES)).status == 200
        assert send(url, f"{upload_id}/datasource-properties.json", PROPERTIES).status == 200
        return int(finish(url, upload_id).status)

    with ThreadPoolExecutor(6) as threads:
        statuses = list(threads.map(whole, range(6)))
    assert sorted(statuses) == [200, *[400] * 5]
    assert "race" in visible(folder)


def test_layers_of_other_datasets_are_linked(url: str, folder: Path, source: Dataset) -> None:
    identity = dataset_id("base")
    assert upload_folder(url, "base", "base", source.path).status == 200
    links = [{"datasetId": identity, "layerName": "color", "newLayerName": "again"}]
    assert upload_folder(url, "links", "linked", source.path, links=links).status == 200
    linked = Dataset.open(folder / "linked")
    assert sorted(linked.layers) == ["again", "color"]
    assert [mag.path for mag in linked.properties.layer("again").mags] == ["../base/color/1", "../base/color/2-2-1"]
    assert linked.get_layer("again").get_mag(1).read().any()
    assert reserve(url, "bad", "bad", 1, 1, links=[{"datasetId": "x", "layerName": "color"}]).status == 404
    for link in ([1], [{}], {"datasetId": identity}, "x"):
        assert reserve(url, "bad", "bad", 1, 1, links=link).status == 400
    for wrong in ({"layerName": "none"}, {"newLayerName": "../x"}):
        link = {"datasetId": identity, "layerName": "color", "newLayerName": None} | wrong
        upload_id = f"wrong{len(wrong)}{next(iter(wrong))}"
        assert upload_folder(url, upload_id, "wrong", source.path, links=[link]).status == 400


def test_old_uploads_are_cleared_away(tmp_path: Path) -> None:
    with running(tmp_path, token=TOKEN) as url:
        for name in ("old", "new"):
            assert reserve(url, name, name, 1, 10).status == 200
        assert send(url, "old/x", b"12345").status in (200, 400)
    long_ago = time.time() - 8 * 24 * 3600
    for file in (tmp_path / ".swath-serve" / "uploads" / "old").rglob("*"):
        os.utime(file, (long_ago, long_ago))
    (tmp_path / ".swath-serve" / "uploads" / "torn").mkdir()
    with running(tmp_path, token=TOKEN) as url:
        unfinished = ask(url, "/data/v15/datasets/upload/dataset/unfinishedUploads").json()
        assert [each["uploadId"] for each in unfinished] == ["new"]
    assert staged(tmp_path) == ["new"]


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve in a process of its own."""
    token = folder.with_name("token.txt")
    token.write_text(TOKEN + "\n")
    command = [sys.executable, "-m", "swath.cli.main", "volume", "serve", str(folder), "--port", "0"]
    with subprocess.Popen([*command, "--token-file", str(token)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip().rpartition(" ")[2], process
        finally:
            process.kill()


def test_a_killed_server_goes_on_where_it_was(tmp_path: Path, source: Dataset) -> None:
    root = tmp_path / "served"
    root.mkdir()
    files = {p.relative_to(source.path).as_posix(): p.read_bytes() for p in source.path.rglob("*") if p.is_file()}
    names = sorted(files)
    with serving(root) as (url, process):
        assert reserve(url, "cut", "cut", len(files), sum(map(len, files.values()))).status == 200
        for name in names[:2]:
            assert send(url, f"cut/{name}", files[name]).status == 200
        process.send_signal(signal.SIGKILL)
        process.wait()
    with (root / ".swath-serve" / "uploads" / "cut" / "chunks.jsonl").open("ab") as journal:
        journal.write(b'["torn", 1')
    assert visible(root) == []
    with serving(root) as (url, process):
        place = "/data/v15/datasets/upload/dataset"
        unfinished = ask(url, f"{place}/unfinishedUploads").json()
        assert [(each["uploadId"], each["filePaths"]) for each in unfinished] == [("cut", names[:2])]
        for name in names:
            there = ask(url, f"{place}?resumableIdentifier=cut/{name}&resumableChunkNumber=1").status
            assert there == (200 if name in names[:2] else 204)
            if there == 204:
                assert send(url, f"cut/{name}", files[name]).status == 200
        assert finish(url, "cut").status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    assert_equal(arrays(Dataset.open(root / "cut")), arrays(source))
