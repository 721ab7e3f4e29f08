"""Uploads: announced, sent chunk by chunk as resumable.js does, finished."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from swath.volume.serve.chunk_form import receive_chunk
from swath.volume.serve.errors import RequestError, refused
from swath.volume.serve.organization import ORGANIZATION, ROOT_FOLDER
from swath.volume.serve.records import Record, changed, with_teams
from swath.volume.serve.requests import answer, check_owner, default_record, owned, owned_with_body, state_of
from swath.volume.serve.upload import Reservation, split_identifier


@owned_with_body
def _reserve(request: Request, body: Any) -> Response:
    """Begin an upload, announced as version 14 and later do, or as 13 did."""
    try:
        info = body.get("resumableUploadInfo", body)
        folder = body.get("folderId") or ROOT_FOLDER
        reservation = Reservation(
            upload_id=str(info["uploadId"]),
            name=str(body["datasetName"] if "datasetName" in body else body["name"]),
            files=_count(info["totalFileCount"]),
            size=_count(info["totalFileSizeInBytes"]),
            links=tuple(_link(link) for link in body.get("layersToLink") or []),
            folder=str(folder),
            teams=tuple(str(team) for team in body.get("initialTeamIds") or body.get("initialTeams") or []),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise refused(f"the upload is not announced as it should be: {error}") from error
    if body.get("organizationId", body.get("organization", ORGANIZATION)) not in (ORGANIZATION, None, ""):
        raise refused(f"the organization of this server is {ORGANIZATION}")
    state_of(request).folders.get(str(folder))
    with_teams(Record("", 0), list(reservation.teams))
    state_of(request).uploads.reserve(reservation)
    return answer(None)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 53:
        raise refused(f"{value!r} is no number of files or bytes")
    return value


def _link(link: Any) -> dict[str, Any]:
    return {
        "datasetId": str(link["datasetId"]),
        "layerName": str(link["layerName"]),
        "newLayerName": None if link.get("newLayerName") is None else str(link["newLayerName"]),
    }


async def _chunk(request: Request) -> Response:
    check_owner(request)
    await receive_chunk(request, state_of(request).uploads.open)
    return answer(None)


@owned
def _has_chunk(request: Request) -> Response:
    """Say whether a chunk has come: 200 if so, 204 if not, as resumable.js asks."""
    query = request.query_params
    upload_id, name = split_identifier(query.get("resumableIdentifier", ""))
    number = query.get("resumableChunkNumber", "")
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        raise refused("give resumableChunkNumber")
    came = state_of(request).uploads.get(upload_id).has(name, int(number))
    return answer(None) if came else Response(status_code=204)


@owned
def _finish(request: Request) -> Response:
    return answer({"datasetId": _finish_upload(request, request.query_params.get("uploadId", ""))})


@owned_with_body
def _finish_13(request: Request, body: Any) -> Response:
    if not isinstance(body, dict):
        raise refused("give uploadId")
    return answer({"newDatasetId": _finish_upload(request, str(body.get("uploadId", "")))})


def _finish_upload(request: Request, upload_id: str) -> str:
    state = state_of(request)
    identity, reservation = state.uploads.finish(upload_id)
    if reservation is not None:
        state.records.forget(identity)
        default = default_record(state.folder.find(identity))
        changes = {"folderId": reservation.folder}
        state.records.change(
            identity, default, lambda record: with_teams(changed(record, changes), list(reservation.teams))
        )
    return identity


@owned
def _cancel(request: Request) -> Response:
    state_of(request).uploads.cancel(request.query_params.get("uploadId", ""))
    return answer(None)


@owned
def _unfinished(request: Request) -> Response:
    uploads = state_of(request).uploads.unfinished()
    return answer(
        [
            {
                "uploadId": upload.reservation.upload_id,
                "datasetName": upload.reservation.name,
                "folderId": upload.reservation.folder,
                "created": int(upload.touched * 1000),
                "filePaths": upload.names(),
                "allowedTeams": list(upload.reservation.teams),
            }
            for upload in uploads
        ]
    )


def _not_offered(_: Request) -> Response:
    raise RequestError(501, "this server takes whole datasets only")


_UPLOAD = "/data/datasets/upload/dataset"
ROUTES = [
    Route(f"{_UPLOAD}/reserveUpload", _reserve, methods=["POST"]),
    Route(f"{_UPLOAD}/finishUpload", _finish, methods=["POST"]),
    Route(f"{_UPLOAD}/cancelUpload", _cancel, methods=["POST"]),
    Route(f"{_UPLOAD}/unfinishedUploads", _unfinished),
    Route(_UPLOAD, _has_chunk, methods=["GET"]),
    Route(_UPLOAD, _chunk, methods=["POST"]),
    Route("/data/datasets/reserveUpload", _reserve, methods=["POST"]),
    Route("/data/datasets/finishUpload", _finish_13, methods=["POST"]),
    Route("/data/datasets", _chunk, methods=["POST"]),
    Route("/data/datasets/upload/{kind}/{step}", _not_offered, methods=["POST"]),
]
