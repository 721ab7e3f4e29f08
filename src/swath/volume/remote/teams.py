"""Teams of a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from swath.volume.remote.errors import NoSuchRemoteError
from swath.volume.remote.server import current_server


@dataclass(frozen=True)
class Team:
    """A team; ``organization_id`` is the organization that it is of."""

    id: str
    name: str
    organization_id: str

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Team:
        """Read it as the interface has it."""
        return cls(str(record["id"]), str(record["name"]), str(record["organization"]))

    @classmethod
    def get_list(cls) -> list[Team]:
        """List the teams that the user may see."""
        return [cls.from_json(record) for record in current_server().api.get("/teams").json()]

    @classmethod
    def get_by_name(cls, name: str) -> Team:
        """Find a team; raises NoSuchRemoteError where there is none of that name."""
        for team in cls.get_list():
            if team.name == name:
                return team
        raise NoSuchRemoteError(f"there is no team {name!r}")

    @classmethod
    def get_by_id(cls, identity: str) -> Team:
        """Find a team by its id; raises NoSuchRemoteError where there is none."""
        for team in cls.get_list():
            if team.id == identity:
                return team
        raise NoSuchRemoteError(f"there is no team with the id {identity!r}")
