"""Datasets: listed, described, changed, deleted."""

from __future__ import annotations

import shutil
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from swath.volume.serve.errors import not_found, refused
from swath.volume.serve.files import ServedDataset
from swath.volume.serve.organization import ORGANIZATION, team, user
from swath.volume.serve.records import CHANGEABLE, changed, with_sharing_token, with_teams
from swath.volume.serve.requests import (
    answer,
    default_record,
    owned,
    owned_with_body,
    readable,
    state_of,
)
from swath.volume.serve.streaming import stored_properties
from swath.volume.serve.versions import build_info


def describe(request: Request, dataset: ServedDataset) -> dict[str, Any]:
    """Give a dataset as the interface has it."""
    record = state_of(request).record(dataset)
    return {
        "id": dataset.id,
        "name": record.name,
        "isPublic": record.public,
        "isActive": True,
        "folderId": record.folder,
        "allowedTeams": [team() for _ in record.teams],
        "tags": list(record.tags),
        "directoryName": dataset.name,
        "owningOrganization": ORGANIZATION,
        "dataStore": datastore(request),
        "dataSource": stored_properties(dataset),
        "created": record.created,
        "metadata": list(record.metadata),
        "description": record.description,
    }


def datastore(request: Request) -> dict[str, Any]:
    """Give the one store of data: this server, by the address that the request came to."""
    url = str(request.base_url).rstrip("/")
    return {"name": "swath", "url": url, "allowsUpload": not request.app.state.read_only}


@owned
def _list(request: Request) -> Response:
    query = request.query_params
    if query.get("organizationId") not in (None, "", ORGANIZATION) or query.get("isActive") == "false":
        return answer([])
    wanted, folder = query.get("searchQuery", "").casefold(), query.get("folderId")
    found = []
    for dataset in state_of(request).folder.datasets():
        record = state_of(request).record(dataset)
        if wanted in record.name.casefold() and folder in (None, "", record.folder):
            found.append(describe(request, dataset))
    return answer(found)


def _describe(request: Request) -> Response:
    return answer(describe(request, readable(request)))


@owned
def _find(request: Request) -> Response:
    """Find a dataset by the name of its folder, else by that which people gave it."""
    organization, name = request.path_params["organization"], request.path_params["name"]
    state = state_of(request)
    datasets = list(state.folder.datasets()) if organization == ORGANIZATION else []
    by_folder = [each for each in datasets if each.name == name]
    for each in by_folder or [each for each in datasets if state.record(each).name == name]:
        found = {
            "id": each.id,
            "name": state.record(each).name,
            "organization": ORGANIZATION,
            "directoryName": each.name,
        }
        return answer(found)
    raise not_found(f"dataset {name!r} of organization {organization!r}")


@owned_with_body
def _update(request: Request, body: Any) -> Response:
    if not isinstance(body, dict):
        raise refused("give an object of what is to change")
    return _change(request, body)


@owned_with_body
def _replace(request: Request, body: Any) -> Response:
    """Change by a whole description, of which only what people say is looked at."""
    if not isinstance(body, dict):
        raise refused("give the description of a dataset")
    return _change(request, {key: value for key, value in body.items() if key in CHANGEABLE})


def _change(request: Request, body: dict[str, Any]) -> Response:
    dataset = readable(request)
    if "folderId" in body:
        state_of(request).folders.get(str(body["folderId"]))
    state_of(request).records.change(dataset.id, default_record(dataset), lambda record: changed(record, body))
    return answer(describe(request, dataset))


@owned_with_body
def _set_teams(request: Request, body: Any) -> Response:
    dataset = readable(request)
    state_of(request).records.change(dataset.id, default_record(dataset), lambda record: with_teams(record, body))
    return answer(describe(request, dataset))


@owned
def _sharing_token(request: Request) -> Response:
    dataset = readable(request)
    state = state_of(request)
    record = state.record(dataset)
    if record.sharing_token is None and not request.app.state.read_only:
        record = state.records.change(dataset.id, default_record(dataset), with_sharing_token)
    if record.sharing_token is None:
        raise refused("the dataset has no sharing token, and this server is read-only")
    return answer({"sharingToken": record.sharing_token})


@owned
def _check_name(request: Request) -> Response:
    problems = state_of(request).uploads.problems(request.path_params["name"])
    return answer({"isValid": not problems, "errors": problems or None})


@owned
def _delete(request: Request) -> Response:
    """Delete a dataset; of one that is a link, the link alone."""
    dataset = readable(request)
    state = state_of(request)
    if dataset.path.is_symlink():
        dataset.path.unlink()
    else:
        gone = state.uploads.trash(dataset.path)
        shutil.rmtree(gone, ignore_errors=True)
    state.folder.forget(dataset.name)
    state.records.forget(dataset.id)
    return answer({"messages": [{"success": f"{dataset.name} is deleted"}]})


@owned
def _reload(request: Request) -> Response:
    dataset = readable(request)
    state_of(request).folder.forget(dataset.name)
    return answer(None)


def _build_info(_: Request) -> Response:
    return answer(build_info())


def _health(_: Request) -> Response:
    return answer(None)


@owned
def _user(_: Request) -> Response:
    return answer(user())


@owned
def _users(_: Request) -> Response:
    return answer([user()])


@owned
def _teams(_: Request) -> Response:
    return answer([team()])


@owned
def _datastores(request: Request) -> Response:
    return answer([datastore(request)])


ROUTES = [
    Route("/api/health", _health),
    Route("/data/health", _health),
    Route("/api/buildinfo", _build_info),
    Route("/api/user", _user),
    Route("/api/users", _users),
    Route("/api/teams", _teams),
    Route("/api/datastores", _datastores),
    Route("/api/datasets", _list),
    Route("/api/datasets/disambiguate/{organization}/{name}/toId", _find),
    Route("/api/datasets/{name:path}/isValidNewName", _check_name),
    Route("/api/datasets/{id}", _describe, methods=["GET"]),
    Route("/api/datasets/{id}", _delete, methods=["DELETE"]),
    Route("/api/datasets/{id}", _replace, methods=["PATCH"]),
    Route("/api/datasets/{id}/updatePartial", _update, methods=["PATCH"]),
    Route("/api/datasets/{id}/teams", _set_teams, methods=["PATCH"]),
    Route("/api/datasets/{id}/sharingToken", _sharing_token),
    Route("/data/triggers/reload/{organization}/{id}", _reload, methods=["POST"]),
]
