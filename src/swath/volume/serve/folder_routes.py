"""Folders: listed, made, renamed, moved, deleted."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from swath.volume.serve.errors import refused
from swath.volume.serve.organization import ROOT_FOLDER
from swath.volume.serve.requests import answer, owned, owned_with_body, state_of


def _describe(request: Request, identity: str) -> dict[str, Any]:
    folder = state_of(request).folders.get(identity)
    return {
        "id": identity,
        "name": folder["name"],
        "parent": folder["parent"],
        "allowedTeams": [],
        "allowedTeamsCumulative": [],
        "isEditable": True,
        "metadata": [],
    }


@owned
def _root(request: Request) -> Response:
    return answer(_describe(request, ROOT_FOLDER))


@owned
def _get(request: Request) -> Response:
    return answer(_describe(request, request.path_params["id"]))


@owned
def _tree(request: Request) -> Response:
    tree = state_of(request).folders.tree()
    return answer([{"id": identity, "name": each["name"], "parent": each["parent"]} for identity, each in tree.items()])


@owned
def _create(request: Request) -> Response:
    query = request.query_params
    made = state_of(request).folders.create(query.get("parentId", ""), query.get("name", ""))
    return answer(_describe(request, made))


@owned_with_body
def _rename(request: Request, body: Any) -> Response:
    if not isinstance(body, dict) or not isinstance(body.get("name"), str):
        raise refused("give the name")
    state_of(request).folders.rename(request.path_params["id"], body["name"])
    return answer(_describe(request, request.path_params["id"]))


@owned
def _move(request: Request) -> Response:
    state_of(request).folders.move(request.path_params["id"], request.query_params.get("newParentId", ""))
    return answer(_describe(request, request.path_params["id"]))


@owned
def _delete(request: Request) -> Response:
    """Delete a folder; one with datasets in it stays."""
    state = state_of(request)
    identity = request.path_params["id"]
    if any(state.record(dataset).folder == identity for dataset in state.folder.datasets()):
        raise refused("the folder has datasets in it")
    state.folders.delete(identity)
    return answer(None)


ROUTES = [
    Route("/api/folders/root", _root),
    Route("/api/folders/tree", _tree),
    Route("/api/folders/create", _create, methods=["POST"]),
    Route("/api/folders/{id}", _get, methods=["GET"]),
    Route("/api/folders/{id}", _rename, methods=["PUT"]),
    Route("/api/folders/{id}", _delete, methods=["DELETE"]),
    Route("/api/folders/{id}/move", _move, methods=["PUT"]),
]
