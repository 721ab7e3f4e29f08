"""The datasets of a server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from swath.volume.remote.addresses import Located
from swath.volume.remote.dataset import RemoteDataset
from swath.volume.remote.folders import RemoteFolder
from swath.volume.remote.server import Server, current_server


class RemoteDatasets(Mapping[str, RemoteDataset]):
    """Datasets by id, each opened when it is asked for; a name is understood in place of an id."""

    def __init__(self, server: Server, listed: Sequence[Mapping[str, Any]]) -> None:
        self._server = server
        self._names = {str(each["id"]): str(each["name"]) for each in listed}

    @property
    def names(self) -> dict[str, str]:
        """Names by id."""
        return dict(self._names)

    def __getitem__(self, key: str) -> RemoteDataset:
        identity = key if key in self._names else self._id_of(key)
        return RemoteDataset.located(Located(self._server, identity, None))

    def _id_of(self, name: str) -> str:
        for identity, known in self._names.items():
            if known == name:
                return identity
        raise KeyError(name)

    def __contains__(self, key: object) -> bool:
        return key in self._names or key in self._names.values()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"RemoteDatasets({self._names!r})"


def get_remote_datasets(
    organization_id: str | None = None,
    tags: str | Sequence[str] | None = None,
    name: str | None = None,
    folder: RemoteFolder | str | None = None,
) -> RemoteDatasets:
    """List the datasets of an organization, that of the user if none is given.

    ``tags`` keeps those that have any of them, ``name`` those of exactly that name, ``folder`` those in a folder.
    Raises RemoteError where the server does not answer.
    """
    server = current_server()
    wanted = {tags} if isinstance(tags, str) else set(tags or ())
    within = folder.id if isinstance(folder, RemoteFolder) else folder
    listed = server.datasets(organization_id or server.organization, name, within)
    if wanted:
        listed = [each for each in listed if wanted & set(each.get("tags") or ())]
    return RemoteDatasets(server, [each for each in listed if name in (None, each["name"])])
