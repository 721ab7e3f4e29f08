"""Uploading a dataset: announced, sent in chunks, several at a time, finished; cut off, it goes on where it was."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import UUID

from swath.engine.events import ChunkFinished, Listener, StageFinished, StageStarted, unheard
from swath.engine.staging import Record
from swath.volume.dataset import Dataset
from swath.volume.errors import ArgumentError
from swath.volume.remote.addresses import Located
from swath.volume.remote.connection import Connection, step
from swath.volume.remote.dataset import RemoteDataset
from swath.volume.remote.errors import NoSuchRemoteError, RemoteError
from swath.volume.remote.links import LayerToLink
from swath.volume.remote.multipart import FileChunk, Form
from swath.volume.remote.server import Server, current_server
from swath.volume.remote.uploaded_files import UploadedFile, files_of, fingerprint

JOBS = 5
_STAGE = "upload"
_TRIES, _WAIT = 100, 5.0
_PERMANENT = (400, 403, 404, 409, 415, 500, 501)


def upload(
    dataset: Dataset,
    new_dataset_name: str | None = None,
    layers_to_link: Sequence[LayerToLink] | None = None,
    jobs: int | None = None,
    *,
    folder_id: str | None = None,
    on_event: Listener = unheard,
) -> RemoteDataset:
    """Upload a dataset to the server that is meant, and open it there.

    ``new_dataset_name`` is its name there, ``layers_to_link`` are layers of other datasets there that it refers to, in
    place of its own of the same names; ``jobs`` chunks are sent at a time; ``on_event`` hears of each. Called again
    with the same files after it was cut off, it sends what is missing. Raises ArgumentError for a name that the server
    does not take, RemoteError where it fails.
    """
    server = current_server()
    name = dataset.name if new_dataset_name is None else new_dataset_name
    links = list(layers_to_link or ())
    _check_name(server, name)
    files = files_of(dataset, {link.name for link in links})
    store = server.upload_store()
    unique = str(UUID(bytes=fingerprint(dataset, f"{name} {links}", files)))
    upload_id = _unfinished(server, store, unique)
    resumed = upload_id is not None
    if upload_id is None:
        upload_id = f"{time.strftime('%Y-%m-%dT%H-%M-%S', time.gmtime())}__{unique}"
        _reserve(server, store, upload_id, name, files, links, folder_id)
    sender = _Sender(server, store, upload_id, name, len(files), resumed=resumed)
    sender.send_all(files, jobs or JOBS, on_event)
    return RemoteDataset.located(Located(server, _finish(server, store, upload_id), None))


def _check_name(server: Server, name: str) -> None:
    answer = server.api.get(f"/datasets/{step(name)}/isValidNewName").json()
    if not answer["isValid"]:
        problems = "; ".join(answer.get("errors") or []) or "the server does not take it"
        raise ArgumentError(f"Dataset name {name} is not a valid new dataset name: {problems}")


def _unfinished(server: Server, store: Connection, unique: str) -> str | None:
    """Find the upload of the same files that was cut off; None where there is none, or the server does not tell."""
    if server.version < 14:
        return None
    try:
        listed = store.get(
            "/datasets/upload/dataset/unfinishedUploads", {"organizationName": server.organization}
        ).json()
    except RemoteError:
        return None
    return next((each["uploadId"] for each in listed if str(each.get("uploadId", "")).endswith(f"__{unique}")), None)


def _reserve(
    server: Server,
    store: Connection,
    upload_id: str,
    name: str,
    files: Sequence[UploadedFile],
    links: Sequence[LayerToLink],
    folder_id: str | None,
) -> None:
    figures = {
        "uploadId": upload_id,
        "totalFileCount": len(files),
        "totalFileSizeInBytes": sum(file.size for file in files),
    }
    shared = {"layersToLink": [link.to_json() for link in links], "folderId": folder_id}
    if server.version < 14:
        body = {**figures, "name": name, "organization": server.organization, "initialTeams": [], **shared}
        store.send("POST", "/datasets/reserveUpload", body=body)
        return
    body = {"resumableUploadInfo": figures, "datasetName": name, "organizationId": server.organization}
    store.send("POST", "/datasets/upload/dataset/reserveUpload", body={**body, "initialTeamIds": [], **shared})


def _finish(server: Server, store: Connection, upload_id: str) -> str:
    if server.version < 14:
        answer = store.send("POST", "/datasets/finishUpload", body={"uploadId": upload_id})
        return str(answer.json()["newDatasetId"])
    answer = store.send("POST", "/datasets/upload/dataset/finishUpload", {"uploadId": upload_id})
    return str(answer.json()["datasetId"])


class _Sender:
    """Sends the chunks of one upload."""

    def __init__(
        self, server: Server, store: Connection, upload_id: str, name: str, files: int, *, resumed: bool
    ) -> None:
        self._store = store
        self._upload_id = upload_id
        self._resumed = resumed
        self._fields = {"totalFileCount": str(files)}
        self._path = "/datasets/upload/dataset"
        if server.version < 14:
            self._path = "/datasets"
            self._fields |= {"owningOrganization": server.organization, "name": name}

    def send_all(self, files: Sequence[UploadedFile], jobs: int, on_event: Listener) -> None:
        """Send all chunks of files, some at a time; the first error ends it."""
        started = time.perf_counter()
        chunks = [FileChunk(file, number) for file in files for number in range(1, file.chunks + 1)]
        on_event(StageStarted(_STAGE, sum(file.size for file in files)))
        with ThreadPoolExecutor(jobs, thread_name_prefix="swath-upload") as threads:
            for event in _in_order(threads, self._send, chunks, 2 * jobs):
                on_event(event)
        on_event(StageFinished(_STAGE, len(chunks), time.perf_counter() - started))

    def _send(self, chunk: FileChunk) -> ChunkFinished:
        """Send a chunk, if the server does not have it."""
        started = time.perf_counter()
        there = self._resumed and self._is_there(chunk)
        if not there:
            form = Form(self._fields | chunk.fields(self._upload_id), chunk)
            self._store.send_content(
                "POST",
                self._path,
                None,
                form.content,
                form.headers,
                tries=_TRIES,
                first_wait=_WAIT,
                permanent=_PERMANENT,
            )
        record = Record(_STAGE, f"{chunk.file.name} {chunk.number}", chunk.size)
        return ChunkFinished(_STAGE, record, time.perf_counter() - started, resumed=there)

    def _is_there(self, chunk: FileChunk) -> bool:
        query = {
            "resumableIdentifier": chunk.identifier(self._upload_id),
            "resumableChunkNumber": chunk.number,
            **self._fields,
        }
        try:
            return self._store.get(self._path, query).status == 200
        except NoSuchRemoteError:
            return False


def _in_order(
    threads: ThreadPoolExecutor, task: Callable[[FileChunk], ChunkFinished], items: Iterable[FileChunk], ahead: int
) -> Iterator[ChunkFinished]:
    """Do a task for each item, so many at most waiting or under way, and yield the results in order."""
    waiting: deque[Future[ChunkFinished]] = deque()
    try:
        for item in items:
            waiting.append(threads.submit(task, item))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
