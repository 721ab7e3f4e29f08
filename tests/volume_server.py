"""Datasets to serve, requests to a server, and a server in between that fails when it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import urllib3

from swath.volume import BoundingBox, Dataset

TOKEN = "a-token-that-is-long-enough"
_pool = urllib3.PoolManager(maxsize=16, retries=False)


def voxels(shape: tuple[int, ...], dtype: str, seed: int = 0) -> Any:
    """Random voxels, a third of them 0."""
    random = np.random.default_rng(seed)
    values = random.integers(1, 200, shape).astype(dtype)
    return np.asfortranarray(np.where(random.random(shape) < 0.33, 0, values).astype(dtype))


def make_dataset(
    path: Path,
    *,
    dtype: str = "uint16",
    channels: int = 1,
    data_format: str = "wkw",
    topleft: tuple[int, int, int] = (10, 20, 40),
    size: tuple[int, int, int] = (70, 50, 40),
    category: str = "color",
) -> Dataset:
    """A dataset of one layer, named as its category, with the mags 1 and 2-2-1."""
    dataset = Dataset(path, voxel_size=(11.0, 11.0, 28.0))
    layer = dataset.add_layer(
        category, category, dtype=dtype, num_channels=channels, data_format=data_format,
        bounding_box=BoundingBox(topleft, size),
    )  # fmt: skip
    shard = 32 if data_format == "zarr" else 64
    for seed, mag in enumerate((1, "2-2-1")):
        view = layer.add_mag(mag, chunk_shape=32, shard_shape=shard)
        shape = view.bounding_box.in_mag(view.mag).size_xyz
        view.write(voxels((channels, *shape), dtype, seed), allow_unaligned=True)
    return dataset


def arrays(dataset: Dataset) -> dict[tuple[str, str], Any]:
    """All voxels of a dataset, by layer and mag."""
    return {(layer.name, mag.name): mag.read() for layer in dataset.layers.values() for mag in layer.mags.values()}


def assert_equal(left: dict[tuple[str, str], Any], right: dict[tuple[str, str], Any]) -> None:
    """Fail where two datasets differ in a voxel."""
    assert left.keys() == right.keys()
    for key, expected in left.items():
        np.testing.assert_array_equal(right[key], expected, err_msg=str(key))


def ask(url: str, path: str, method: str = "GET", token: str | None = TOKEN, **settings: Any) -> Any:
    """Send one request and give the answer, whatever its status."""
    headers = {"X-Auth-Token": token} if token else {}
    headers |= settings.pop("headers", {})
    if "json" in settings:
        settings["body"] = json.dumps(settings.pop("json")).encode()
    return _pool.request(method, url + path, headers=headers, **settings)


def said(answer: Any) -> str:
    """The message of an answer that is an error."""
    return str(json.loads(answer.data)["messages"][0]["error"])


def reserve(url: str, upload_id: str, name: str, files: int, size: int, **settings: Any) -> Any:
    """Announce an upload."""
    body = {
        "resumableUploadInfo": {"uploadId": upload_id, "totalFileCount": files, "totalFileSizeInBytes": size},
        "datasetName": name,
        "organizationId": "swath",
        "initialTeamIds": [],
        "layersToLink": settings.pop("links", []),
        "folderId": None,
    }
    return ask(url, "/data/v15/datasets/upload/dataset/reserveUpload", "POST", json=body, **settings)


def send(
    url: str, identifier: str, content: bytes, *, number: int = 1, chunk_size: int = 1 << 20, total: int | None = None,
    **changes: str,
) -> Any:  # fmt: skip
    """Send one chunk of a file."""
    total = len(content) if total is None else total
    fields = {
        "resumableChunkNumber": str(number),
        "resumableChunkSize": str(chunk_size),
        "resumableCurrentChunkSize": str(len(content)),
        "resumableTotalSize": str(total),
        "resumableIdentifier": identifier,
        "resumableFilename": "name",
        "resumableRelativePath": "name",
        "resumableTotalChunks": str(max(1, -(-total // chunk_size))),
        **changes,
    }
    return ask(url, "/data/v15/datasets/upload/dataset", "POST", fields={**fields, "file": ("name", content)})


def finish(url: str, upload_id: str) -> Any:
    """Finish an upload."""
    return ask(url, f"/data/v15/datasets/upload/dataset/finishUpload?uploadId={upload_id}", "POST")


def upload_folder(url: str, upload_id: str, name: str, folder: Path, **settings: Any) -> Any:
    """Upload the files of a folder by hand, and give the answer of the end."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    answer = reserve(url, upload_id, name, len(files), sum(map(len, files.values())), **settings)
    assert answer.status == 200, answer.data
    for file, content in files.items():
        assert send(url, f"{upload_id}/{file}", content).status == 200
    return finish(url, upload_id)


@dataclass
class Between:
    """A server between client and server: it hands requests on, unless ``fault`` gives a status for one."""

    target: str
    fault: Callable[[str, str], int | None] = lambda _method, _path: None
    seen: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    location: str = ""
    """Where an answer of the status 307 leads."""

    def passed(self, method: str, part: str) -> int:
        """Count the requests of a method whose path has a part in it."""
        return sum(each[0] == method and part in each[1] for each in self.seen)


@contextmanager
def between(target: str) -> Iterator[Between]:
    """Run a server between for as long as the context lasts."""
    state = Between(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            state.headers.append(dict(self.headers))
            status = state.fault(self.command, self.path)
            if status is not None:
                self.answer(status, b'{"messages":[{"error":"told to fail"}]}', {"Location": state.location})
                return
            state.seen.append((self.command, self.path))
            kept = {key: value for key, value in self.headers.items() if key.lower() not in ("content-length",)}
            answer = _pool.request(self.command, target + self.path, body=body or None, headers=kept)
            self.answer(answer.status, answer.data, dict(answer.headers))

        def answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for key, value in headers.items():
                if key.lower() in ("missing-buckets", "content-type", "location"):
                    self.send_header(key, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_one  # noqa: N815  (names of http.server)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
