"""The one organization, user and team that a server has: whoever holds its token."""

from __future__ import annotations

from typing import Any

ORGANIZATION = "swath"
ROOT_FOLDER = "5a0000000000000000000001"
TEAM_ID = "5a0000000000000000000002"
_USER_ID = "5a0000000000000000000003"


def team() -> dict[str, Any]:
    """Give the team as the interface has it."""
    return {"id": TEAM_ID, "name": "everyone", "organization": ORGANIZATION}


def user() -> dict[str, Any]:
    """Give the user as the interface has it."""
    return {
        "id": _USER_ID,
        "email": "owner@localhost",
        "organization": ORGANIZATION,
        "firstName": "Owner",
        "lastName": "of the token",
        "created": 0,
        "lastActivity": 0,
        "isActive": True,
        "isAdmin": True,
        "isDatasetManager": True,
        "teams": [{"id": TEAM_ID, "name": "everyone", "isTeamManager": True}],
        "experiences": {},
    }
