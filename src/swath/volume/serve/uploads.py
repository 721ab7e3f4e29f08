"""The uploads under way, and how one becomes a dataset: all at once, by one rename."""

from __future__ import annotations

import os
import secrets
import shutil
import threading
import time
from pathlib import Path

from swath.engine.files import sync_directory
from swath.volume.serve.errors import not_found, refused
from swath.volume.serve.files import ServedFolder
from swath.volume.serve.finishing import complete
from swath.volume.serve.names import check_upload_id, dataset_id, problems_of_name
from swath.volume.serve.space import check_disk, check_limit, size_of
from swath.volume.serve.upload import Chunk, ChunkWriter, Reservation, Upload

KEPT = 7 * 24 * 3600
"""Seconds after its last chunk that an unfinished upload is kept."""


class Uploads:
    """The uploads of a folder. ``limit`` is what the folder may hold in all, in bytes; None: the disk bounds it."""

    def __init__(self, folder: ServedFolder, staging: Path, limit: int | None) -> None:
        self._folder = folder
        self._staging = staging
        self._limit = limit
        self._lock = threading.Lock()
        self._finished: dict[str, str] = {}
        self._uploads: dict[str, Upload] = {}

    def load(self) -> None:
        """Take up what an earlier server left, and clear away what is too old or not whole."""
        self._staging.mkdir(parents=True, exist_ok=True)
        for folder in sorted(self._staging.iterdir()):
            upload = Upload.load(folder)
            if upload is None:
                shutil.rmtree(folder)
            else:
                self._uploads[upload.reservation.upload_id] = upload
        with self._lock:
            self._drop_stale()

    def problems(self, name: str) -> list[str]:
        """Say why there can be no new dataset of a name; nothing if there can."""
        if problems := problems_of_name(name):
            return problems
        return [f"there is a dataset {name!r} already"] if os.path.lexists(self._folder.root / name) else []

    def reserve(self, reservation: Reservation) -> None:
        """Begin an upload; raises RequestError for a bad name, a size that does not fit, or a link to nothing."""
        check_upload_id(reservation.upload_id)
        if problems := self.problems(reservation.name):
            raise refused(problems[0])
        for link in reservation.links:
            self._folder.find(link["datasetId"])
        with self._lock:
            self._drop_stale()
            known = self._uploads.get(reservation.upload_id)
            if known is not None:
                if known.reservation != reservation:
                    raise refused(f"upload {reservation.upload_id!r} was begun with other figures")
                return
            self._check_room(reservation.charge)
            upload = Upload.begin(self._staging / reservation.upload_id, reservation)
            self._uploads[reservation.upload_id] = upload

    def get(self, upload_id: str) -> Upload:
        """Give an upload; raises RequestError where there is none."""
        upload = self._uploads.get(upload_id)
        if upload is None:
            raise not_found(f"upload {upload_id!r}")
        return upload

    def unfinished(self) -> list[Upload]:
        """List the uploads under way."""
        return list(self._uploads.values())

    def open(self, chunk: Chunk) -> ChunkWriter:
        """Take a chunk up."""
        return self.get(chunk.upload_id).open(chunk)

    def finish(self, upload_id: str) -> tuple[str, Reservation | None]:
        """Make a dataset of an upload; give its id and, the first time, what the upload announced.

        Raises RequestError where chunks are missing, the files are no dataset, or its name was taken meanwhile.
        """
        if upload_id in self._finished:  # the answer was lost, and the client asks again
            return self._finished[upload_id], None
        upload = self.get(upload_id)
        upload.close(whole=True)
        name = upload.reservation.name
        try:
            complete(upload.files, upload.reservation, self._folder)
            self._put(upload)
        except BaseException:
            upload.reopen()
            raise
        sync_directory(self._folder.root)
        self._folder.forget(name)
        shutil.rmtree(upload.folder)
        return dataset_id(name), upload.reservation

    def _put(self, upload: Upload) -> None:
        reservation = upload.reservation
        with self._lock:
            if problems := self.problems(reservation.name):
                raise refused(problems[0])
            upload.files.rename(self._folder.root / reservation.name)
            self._finished[reservation.upload_id] = dataset_id(reservation.name)
            del self._uploads[reservation.upload_id]

    def cancel(self, upload_id: str) -> None:
        """Drop an upload and all that has come of it; raises RequestError where chunks are being written."""
        upload = self.get(upload_id)
        upload.close(whole=False)
        with self._lock:
            self._uploads.pop(upload_id, None)
        shutil.rmtree(upload.folder, ignore_errors=True)

    def trash(self, path: Path) -> Path:
        """Take a dataset out of the folder, by one rename, and give where it is to be deleted."""
        with self._lock:
            gone = self._staging / f"{path.name}.{secrets.token_hex(8)}"
            path.rename(gone)
        return gone

    def _check_room(self, wanted: int) -> None:
        promised = sum(upload.reservation.charge for upload in self._uploads.values())
        if self._limit is not None:
            held = size_of(self._folder.root, without=self._staging)
            check_limit(held + promised, wanted, self._limit)
        arrived = sum(upload.received for upload in self._uploads.values())
        check_disk(self._folder.root, promised - arrived, wanted)

    def _drop_stale(self) -> None:
        oldest = time.time() - KEPT
        for upload_id, upload in list(self._uploads.items()):
            if upload.touched < oldest:
                del self._uploads[upload_id]
                shutil.rmtree(upload.folder, ignore_errors=True)
