"""A WEBKNOSSOS server: the version that both speak, and its interface."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

from swath.volume.remote.connection import Connection, step
from swath.volume.remote.context import Context, current_context
from swath.volume.remote.errors import NoSuchRemoteError, RemoteError

OLDEST, NEWEST = 13, 16
_NEWEST_OF_STORES = 15
"""Stores of data have not been given a version 16."""


class Server:
    """What a server can be asked. Got by ``server_of``, so that its version is asked for once."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @cached_property
    def version(self) -> int:
        """The newest version that both speak; raises RemoteError where there is none."""
        info = Connection(self.context.url, None, self.context.timeout).get("/api/buildinfo").json()
        try:
            versions = info["httpApiVersioning"]
            newest, oldest = int(versions["currentApiVersion"]), int(versions["oldestSupportedApiVersion"])
        except (KeyError, TypeError, ValueError):
            raise RemoteError(
                f"{self.context.url} does not say which versions it speaks", "is it the address of a WEBKNOSSOS?"
            ) from None
        shared = range(max(oldest, OLDEST), min(newest, NEWEST) + 1)
        if not shared:
            raise RemoteError(
                f"{self.context.url} speaks versions {oldest} to {newest}, this speaks {OLDEST} to {NEWEST}"
            )
        return shared[-1]

    @cached_property
    def api(self) -> Connection:
        """Its interface."""
        return Connection(f"{self.context.url}/api/v{self.version}", self.context.token, self.context.timeout)

    def store(self, url: str, sharing_token: str | None = None) -> Connection:
        """The interface of a store of data; a sharing token goes before the user's."""
        version = min(self.version, _NEWEST_OF_STORES)
        token = sharing_token or self.context.token
        return Connection(f"{url.rstrip('/')}/data/v{version}", token, self.context.timeout)

    @cached_property
    def organization(self) -> str:
        """The organization of the token's user."""
        return str(self.api.get("/user").json()["organization"])

    def dataset(self, identity: str, sharing_token: str | None = None) -> dict[str, Any]:
        """Describe a dataset."""
        description: dict[str, Any] = self.api.get(
            f"/datasets/{step(identity)}", {"sharingToken": sharing_token}
        ).json()
        return description

    def datasets(self, organization: str | None, name: str | None, folder: str | None) -> list[dict[str, Any]]:
        """List the datasets of an organization: ids, names and tags at least."""
        query = {
            "isActive": True,
            "organizationId": organization,
            "searchQuery": name,
            "folderId": folder,
            "compact": True if self.version <= 15 else None,
        }
        listed: list[dict[str, Any]] = self.api.get("/datasets", query).json()
        return listed

    def id_of(self, name: str, organization: str | None) -> str:
        """Find a dataset by its name; raises NoSuchRemoteError where there is none."""
        organization = organization or self.organization
        named = [each for each in self.datasets(organization, name, None) if each["name"] == name]
        if named:
            return str(named[0]["id"])
        found = self.api.get(f"/datasets/disambiguate/{step(organization)}/{step(name)}/toId").json()
        return str(found["id"])

    def update(self, identity: str, changes: Mapping[str, Any]) -> None:
        """Change what people say about a dataset."""
        self.api.send("PATCH", f"/datasets/{step(identity)}/updatePartial", body=dict(changes))

    def upload_store(self) -> Connection:
        """Give a store that takes uploads; raises NoSuchRemoteError where there is none."""
        for store in self.api.get("/datastores").json():
            if store["allowsUpload"]:
                return self.store(store["url"])
        raise NoSuchRemoteError(f"{self.context.url} takes no uploads")


@lru_cache(maxsize=16)
def server_of(context: Context) -> Server:
    """Give the server of a context."""
    return Server(context)


def current_server() -> Server:
    """Give the server that is meant now."""
    return server_of(current_context())
