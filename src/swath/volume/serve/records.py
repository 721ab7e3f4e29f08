"""What people say about datasets: name, description, tags, folder, teams; kept beside them, never in their files."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from swath.engine.files import write_atomically
from swath.volume.serve.errors import refused
from swath.volume.serve.organization import ROOT_FOLDER, TEAM_ID

_LONGEST_TEXT = 100_000


@dataclass(frozen=True)
class Record:
    """What is said about one dataset. ``created`` is in milliseconds since 1970."""

    name: str
    created: int
    description: str | None = None
    tags: tuple[str, ...] = ()
    public: bool = False
    folder: str = ROOT_FOLDER
    teams: tuple[str, ...] = ()
    metadata: tuple[Mapping[str, Any], ...] = field(default=())
    sharing_token: str | None = None


class Records:
    """The records of all datasets, one file each, changed one at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def get(self, identity: str, default: Record) -> Record:
        """Give the record of a dataset; the default where nothing was said, or its file is damaged."""
        try:
            kept = json.loads(self._file(identity).read_bytes())
            values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in kept.items()}
            return Record(**values)
        except (FileNotFoundError, ValueError, TypeError, AttributeError):
            return default

    def change(self, identity: str, default: Record, change: Callable[[Record], Record]) -> Record:
        """Change a record, and give it."""
        with self._lock:
            record = change(self.get(identity, default))
            write_atomically(self._file(identity), json.dumps(asdict(record), indent=1).encode())
        return record

    def forget(self, identity: str) -> None:
        """Drop the record of a dataset that is gone."""
        self._file(identity).unlink(missing_ok=True)

    def _file(self, identity: str) -> Path:
        return self._folder / f"{identity}.json"


def with_sharing_token(record: Record) -> Record:
    """Give a record that has a sharing token; one that was given out stays."""
    return record if record.sharing_token else replace(record, sharing_token=secrets.token_urlsafe(24))


def changed(record: Record, body: Mapping[str, Any]) -> Record:
    """Change a record by the keys of a request, as WEBKNOSSOS names them; raises RequestError for a wrong one."""
    for key, value in body.items():
        if key not in _CHANGES:
            raise refused(f"{key!r} of a dataset is not changed through this server")
        record = _CHANGES[key](record, value)
    return record


def with_teams(record: Record, teams: Any) -> Record:
    """Allow teams; raises RequestError for one that is not known."""
    if not isinstance(teams, list) or any(team != TEAM_ID for team in teams):
        raise refused("give a list of ids of teams of this server")
    return replace(record, teams=tuple(dict.fromkeys(teams)))


def _name(record: Record, value: Any) -> Record:
    if not isinstance(value, str) or not value.strip() or len(value) > 255 or not value.isprintable():
        raise refused("a name is a text of 1 to 255 characters")
    return replace(record, name=value)


def _description(record: Record, value: Any) -> Record:
    if value is not None and not (isinstance(value, str) and len(value) <= _LONGEST_TEXT):
        raise refused(f"a description is a text of at most {_LONGEST_TEXT} characters, or null")
    return replace(record, description=value)


def _tags(record: Record, value: Any) -> Record:
    if not isinstance(value, list) or any(not isinstance(tag, str) or len(tag) > 255 for tag in value):
        raise refused("tags are a list of short texts")
    return replace(record, tags=tuple(value))


def _public(record: Record, value: Any) -> Record:
    if not isinstance(value, bool):
        raise refused("isPublic is true or false")
    return replace(record, public=value)


def _folder(record: Record, value: Any) -> Record:
    if not isinstance(value, str):
        raise refused("folderId is the id of a folder")
    return replace(record, folder=value)


def _metadata(record: Record, value: Any) -> Record:
    entries = [] if value is None else value
    keys = {"key", "type", "value"}
    if not isinstance(entries, list) or any(not isinstance(each, dict) or set(each) != keys for each in entries):
        raise refused("metadata is a list of objects with key, type and value")
    return replace(record, metadata=tuple(entries))


_CHANGES: dict[str, Callable[[Record, Any], Record]] = {
    "name": _name,
    "description": _description,
    "tags": _tags,
    "isPublic": _public,
    "folderId": _folder,
    "metadata": _metadata,
}
CHANGEABLE = frozenset(_CHANGES)
"""The keys of a dataset, as the interface names them, that may be changed."""
