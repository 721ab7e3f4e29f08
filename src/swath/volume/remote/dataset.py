"""A dataset on a server: read chunk by chunk, and what people say about it, to read and to change."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import swath.volume.dataset as local
from swath.volume.errors import ReadOnlyError
from swath.volume.layer import Layer
from swath.volume.properties import DatasetProperties, MagProperties, VoxelSize
from swath.volume.properties.model import FILE_NAME, parse_properties
from swath.volume.remote.addresses import Located
from swath.volume.remote.connection import Connection, step
from swath.volume.remote.errors import NoSuchRemoteError
from swath.volume.remote.folders import RemoteFolder
from swath.volume.remote.metadata import DatasetMetadata, Entries, Value, entries_of
from swath.volume.remote.streamed_store import StreamedStore
from swath.volume.remote.teams import Team
from swath.volume.stores import ArrayStore


class RemoteDataset(local.Dataset):
    """A dataset on a server. Its voxels are read-only; to set what people say about it changes it on the server."""

    _at: Located
    _store: Connection

    def __init__(self, *_: Any, **__: Any) -> None:
        raise RuntimeError("Please use Dataset.open_remote() instead.")

    @classmethod
    def open(cls, *args: Any, **kwargs: Any) -> RemoteDataset:
        """Open it; arguments as those of ``Dataset.open_remote``."""
        from swath.volume.remote.opening import open_remote  # noqa: PLC0415  (it builds on this)

        return open_remote(*args, **kwargs)

    @classmethod
    def located(cls, at: Located) -> RemoteDataset:
        """Open the dataset that was found. One whose voxels cannot be streamed opens without layers, with a warning."""
        self = cls.__new__(cls)
        self._at = at
        self._read_only = True
        self._store = at.server.store(self.info["dataStore"]["url"], at.sharing_token)
        self._path = f"{self._store.base}{self._place}"  # type: ignore[assignment]  # an address
        self._load(self._streamed_properties())
        return self

    def _streamed_properties(self) -> DatasetProperties:
        try:
            content = self._store.get(f"{self._place}/{FILE_NAME}").content
        except NoSuchRemoteError as error:
            warnings.warn(f"[WARNING] only what is said about the dataset can be seen: {error.message}", stacklevel=4)
            return DatasetProperties(self.name, VoxelSize((1.0, 1.0, 1.0)))
        return parse_properties(content, self._path)

    @property
    def _place(self) -> str:
        return f"/zarr/{step(self.dataset_id)}"

    def open_array(self, layer: Layer, mag: MagProperties, axes: tuple[str, ...] | None) -> ArrayStore:
        """Open the array of a mag, which is streamed."""
        place = mag.path or f"{layer.name}/{mag.mag.to_long_layer_name()}"
        steps = [step(each) for each in place.removeprefix("./").strip("/").split("/")]
        return StreamedStore(self._store, "/".join([self._place, *steps]), axes)

    @property
    def store(self) -> Connection:
        """The store of its data."""
        return self._store

    @property
    def dataset_id(self) -> str:
        """Its id on the server."""
        return self._at.identity

    @property
    def url(self) -> str:
        """The address of its page."""
        return f"{self._at.server.context.url}/datasets/{self.info['directoryName']}-{self.dataset_id}"

    @property
    def info(self) -> dict[str, Any]:
        """What the server says about it, asked for anew each time."""
        return self._at.server.dataset(self.dataset_id, self._at.sharing_token)

    @property
    def name(self) -> str:
        """Its name; to set it changes it on the server."""
        return str(self.info["name"])

    @name.setter
    def name(self, name: str) -> None:
        self._update(name=name)

    @property
    def display_name(self) -> str:
        """Its name, as older servers called it."""
        return self.name

    @display_name.setter
    def display_name(self, name: str) -> None:
        self.name = name

    @property
    def description(self) -> str | None:
        """What it is, in words; None, or ``del``, clears it."""
        said: str | None = self.info.get("description")
        return said

    @description.setter
    def description(self, description: str | None) -> None:
        self._update(description=description)

    @description.deleter
    def description(self) -> None:
        self._update(description=None)

    @property
    def tags(self) -> tuple[str, ...]:
        """Words that it is found by."""
        return tuple(self.info["tags"])

    @tags.setter
    def tags(self, tags: Sequence[str]) -> None:
        self._update(tags=list(tags))

    @property
    def is_public(self) -> bool:
        """Whether everybody may read it."""
        return bool(self.info["isPublic"])

    @is_public.setter
    def is_public(self, is_public: bool) -> None:
        self._update(isPublic=is_public)

    @property
    def sharing_token(self) -> str:
        """A token that lets others read it; asked for anew each time."""
        return str(self._at.server.api.get(f"/datasets/{step(self.dataset_id)}/sharingToken").json()["sharingToken"])

    @property
    def allowed_teams(self) -> tuple[Team, ...]:
        """The teams that may see it; to set, give teams or their ids."""
        return tuple(Team.from_json(team) for team in self.info["allowedTeams"])

    @allowed_teams.setter
    def allowed_teams(self, teams: Iterable[Team | str]) -> None:
        identities = [team if isinstance(team, str) else team.id for team in teams]
        self._at.server.api.send("PATCH", f"/datasets/{step(self.dataset_id)}/teams", body=identities)

    @property
    def folder(self) -> RemoteFolder:
        """The folder that it is sorted into."""
        folder = self._at.server.api.get(f"/folders/{step(self.info['folderId'])}").json()
        return RemoteFolder(str(folder["id"]), str(folder["name"]))

    @folder.setter
    def folder(self, folder: RemoteFolder) -> None:
        self._update(folderId=folder.id)

    @property
    def metadata(self) -> DatasetMetadata:
        """What people noted about it, by keys; to change an entry changes it on the server."""

        def read() -> Entries:
            return list(self.info.get("metadata") or [])

        return DatasetMetadata(read, lambda entries: self._update(metadata=entries))

    @metadata.setter
    def metadata(self, values: Mapping[str, Value]) -> None:
        self._update(metadata=entries_of(dict(values)))

    @property
    def created(self) -> str:
        """When it came to the server, as ISO 8601 in UTC."""
        return datetime.fromtimestamp(self.info["created"] / 1000, UTC).isoformat(timespec="seconds")

    def download(self, **settings: Any) -> local.Dataset:  # type: ignore[override]
        """Download it; arguments as those of ``Dataset.download`` but for those that name it."""
        from swath.volume.remote.download import download_located  # noqa: PLC0415  (it builds on this)

        return download_located(self._at, **settings)

    def delete(self) -> None:
        """Delete it from the server."""
        self._at.server.api.send("DELETE", f"/datasets/{step(self.dataset_id)}")

    def save(self) -> None:
        """Refuse: layers on a server are read-only."""
        raise ReadOnlyError(f"{self!r} is read-only, the changes will not be saved!")

    def _update(self, **changes: Any) -> None:
        self._at.server.update(self.dataset_id, changes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RemoteDataset) and self._path == other._path

    def __hash__(self) -> int:
        return hash(self._path)

    def __repr__(self) -> str:
        return f"RemoteDataset({self.url!r})"
