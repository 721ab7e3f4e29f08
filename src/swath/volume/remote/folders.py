"""Folders that a server sorts datasets into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from swath.volume.remote.connection import step
from swath.volume.remote.errors import NoSuchRemoteError
from swath.volume.remote.server import current_server


@dataclass(frozen=True)
class RemoteFolder:
    """A folder on the server."""

    id: str
    name: str

    @classmethod
    def get_root(cls) -> RemoteFolder:
        """Give the folder that all others are in."""
        return cls._from_json(current_server().api.get("/folders/root").json())

    @classmethod
    def get_by_id(cls, folder_id: str) -> RemoteFolder:
        """Find a folder by its id; raises NoSuchRemoteError where there is none."""
        return cls._from_json(current_server().api.get(f"/folders/{step(folder_id)}").json())

    @classmethod
    def get_by_path(cls, path: str) -> RemoteFolder:
        """Find a folder by the names of those above it and its own, as ``Datasets/Folder_A``.

        The root's name may begin it or not. Raises NoSuchRemoteError where there is none.
        """
        tree = current_server().api.get("/folders/tree").json()
        root = next(each for each in tree if each.get("parent") is None)
        names = path.strip("/").split("/")
        at = _descend(tree, root, names)
        if at is None and names[0] == root["name"]:
            at = _descend(tree, root, names[1:])
        if at is None:
            raise NoSuchRemoteError(f"there is no folder {path!r}")
        return cls._from_json(at)

    @classmethod
    def _from_json(cls, record: dict[str, Any]) -> RemoteFolder:
        return cls(str(record["id"]), str(record["name"]))

    def get_subfolders(self) -> tuple[RemoteFolder, ...]:
        """List the folders in it."""
        tree = current_server().api.get("/folders/tree").json()
        return tuple(self._from_json(each) for each in tree if each.get("parent") == self.id)

    def add_subfolder(self, name: str) -> RemoteFolder:
        """Make a folder in it."""
        made = current_server().api.send("POST", "/folders/create", {"parentId": self.id, "name": name}, tries=1)
        return self._from_json(made.json())

    def rename(self, name: str) -> RemoteFolder:
        """Give it another name; gives the folder as it is then."""
        body = {"name": name, "allowedTeams": [], "metadata": []}
        current_server().api.send("PUT", f"/folders/{step(self.id)}", body=body)
        return RemoteFolder(self.id, name)

    def move_to(self, parent: RemoteFolder) -> None:
        """Put it into another folder."""
        current_server().api.send("PUT", f"/folders/{step(self.id)}/move", {"newParentId": parent.id})

    def delete(self) -> None:
        """Delete it."""
        current_server().api.send("DELETE", f"/folders/{step(self.id)}")


def _descend(tree: list[dict[str, Any]], at: dict[str, Any], names: list[str]) -> dict[str, Any] | None:
    for name in names:
        inside = [each for each in tree if each.get("parent") == at["id"] and each["name"] == name]
        if not inside:
            return None
        at = inside[0]
    return at
