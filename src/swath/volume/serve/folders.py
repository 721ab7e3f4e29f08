"""The tree of folders that datasets are sorted into; it says nothing of where they lie on the disk."""

from __future__ import annotations

import json
import secrets
import threading
from pathlib import Path
from typing import Any

from swath.engine.files import write_atomically
from swath.volume.serve.errors import not_found, refused
from swath.volume.serve.organization import ROOT_FOLDER

_ROOT = {"name": "root", "parent": None}
_MOST = 10_000

Tree = dict[str, dict[str, Any]]


class Folders:
    """The folders, by id, in one file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def tree(self) -> Tree:
        """Give name and parent of every folder by id; the root is the first."""
        try:
            kept = json.loads(self._file.read_bytes())
        except (FileNotFoundError, ValueError):
            kept = {}
        return {ROOT_FOLDER: _ROOT, **kept}

    def get(self, identity: str) -> dict[str, Any]:
        """Give a folder; raises RequestError where there is none."""
        tree = self.tree()
        if identity not in tree:
            raise not_found(f"folder {identity!r}")
        return tree[identity]

    def create(self, parent: str, name: str) -> str:
        """Make a folder, and give its id."""
        with self._lock:
            tree = self.tree()
            self._check(tree, parent)
            if len(tree) >= _MOST:
                raise refused(f"there are {_MOST} folders already")
            identity = secrets.token_hex(12)
            tree[identity] = {"name": _checked(name), "parent": parent}
            self._write(tree)
        return identity

    def rename(self, identity: str, name: str) -> None:
        """Give a folder another name."""
        with self._lock:
            tree = self.tree()
            self._check(tree, identity, root=False)
            tree[identity] = {**tree[identity], "name": _checked(name)}
            self._write(tree)

    def move(self, identity: str, parent: str) -> None:
        """Put a folder into another; raises RequestError where that lies within it."""
        with self._lock:
            tree = self.tree()
            self._check(tree, identity, root=False)
            self._check(tree, parent)
            above: str | None = parent
            while above is not None:
                if above == identity:
                    raise refused("a folder cannot be moved into itself")
                above = tree[above]["parent"]
            tree[identity] = {**tree[identity], "parent": parent}
            self._write(tree)

    def delete(self, identity: str) -> None:
        """Delete a folder; raises RequestError where one is in it."""
        with self._lock:
            tree = self.tree()
            self._check(tree, identity, root=False)
            if any(folder["parent"] == identity for folder in tree.values()):
                raise refused("the folder has folders in it")
            del tree[identity]
            self._write(tree)

    def _check(self, tree: Tree, identity: str, *, root: bool = True) -> None:
        if identity not in tree:
            raise not_found(f"folder {identity!r}")
        if identity == ROOT_FOLDER and not root:
            raise refused("the root folder stays as it is")

    def _write(self, tree: Tree) -> None:
        kept = {identity: folder for identity, folder in tree.items() if identity != ROOT_FOLDER}
        write_atomically(self._file, json.dumps(kept, indent=1).encode())


def _checked(name: str) -> str:
    if not name.strip() or len(name) > 255 or "/" in name or not name.isprintable():
        raise refused("the name of a folder is a text of 1 to 255 characters without a slash")
    return name
