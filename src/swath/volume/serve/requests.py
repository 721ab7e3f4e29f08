"""What the routes share: the state of the server, who asks, and the bodies of requests."""

from __future__ import annotations

import functools
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from swath.volume.serve.access import equal, tokens_of
from swath.volume.serve.errors import RequestError, refused
from swath.volume.serve.files import ServedDataset, ServedFolder
from swath.volume.serve.folders import Folders
from swath.volume.serve.records import Record, Records
from swath.volume.serve.uploads import Uploads

LONGEST_BODY = 4 << 20


@dataclass(frozen=True)
class State:
    """What a server has."""

    folder: ServedFolder
    records: Records
    folders: Folders
    uploads: Uploads

    def record(self, dataset: ServedDataset) -> Record:
        """Give what is said about a dataset."""
        return self.records.get(dataset.id, default_record(dataset))


def default_record(dataset: ServedDataset) -> Record:
    """Give the record of a dataset of which nothing was said."""
    return Record(dataset.name, dataset.state[0] // 1_000_000)


def state_of(request: Request) -> State:
    """Give the state of the server that got a request."""
    state: State = request.app.state.served
    return state


def readable(request: Request) -> ServedDataset:
    """Give the dataset that the path names, if the sender may read it; raises RequestError.

    It may be read with the server's token or the dataset's own, or where it is public. To others it is not there.
    """
    if request.state.owner:
        return state_of(request).folder.find(request.path_params["id"])
    try:
        dataset = state_of(request).folder.find(request.path_params["id"])
    except RequestError:
        raise unauthorized() from None
    record = state_of(request).record(dataset)
    shared = record.sharing_token
    if record.public or (shared and any(equal(given, shared) for given in tokens_of(request))):
        return dataset
    raise unauthorized()


def unauthorized() -> RequestError:
    """Make the error for a request without the right token."""
    return RequestError(401, "give the token of this server in the header X-Auth-Token, or as a bearer token")


def owned(work: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Let only the holder of the token through."""

    @functools.wraps(work)
    def endpoint(request: Request) -> Response:
        check_owner(request)
        return work(request)

    return endpoint


def owned_with_body(work: Callable[[Request, Any], Response]) -> Callable[[Request], Awaitable[Response]]:
    """Let only the holder of the token through, and hand on the JSON that came."""

    @functools.wraps(work)
    async def endpoint(request: Request) -> Response:
        check_owner(request)
        return await run_in_threadpool(work, request, await body_of(request))

    return endpoint


def check_owner(request: Request) -> None:
    """Raise RequestError where a request does not have the token."""
    if not request.state.owner:
        raise unauthorized()


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON."""
    return JSONResponse(value, status, headers)


async def body_of(request: Request) -> Any:
    """Read the JSON of a request; raises RequestError where it is none or too long."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > LONGEST_BODY:
            raise RequestError(413, "the body of the request is too long")
    try:
        return json.loads(bytes(content))
    except (ValueError, RecursionError):
        raise refused("the body of the request is no JSON") from None
