"""The versions of the interface: ``/api/v16/…`` and ``/data/v15/…`` are the same here as ``/api/…`` and ``/data/…``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

from swath import __version__

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

OLDEST, CURRENT = 13, 16
_VERSIONED = re.compile(r"/(api|data)/v(\d{1,4})(/.*)")


def build_info() -> dict[str, Any]:
    """Say what this is, and which versions it speaks."""
    return {
        "webknossos": {"name": "swath", "version": __version__},
        "httpApiVersioning": {"currentApiVersion": CURRENT, "oldestSupportedApiVersion": OLDEST},
        "localDataStoreEnabled": True,
        "localTracingStoreEnabled": False,
    }


class Versions:
    """Takes the version out of the path; answers 404 where it is not spoken."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, without the version in its path, or refuse it."""
        match = _VERSIONED.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if match is None:
            await self._app(scope, receive, send)
        elif OLDEST <= int(match[2]) <= CURRENT:
            await self._app({**scope, "path": f"/{match[1]}{match[3]}"}, receive, send)
        else:
            said = f"version {match[2]} of the interface is not spoken here, {OLDEST} to {CURRENT} are"
            await JSONResponse({"messages": [{"error": said}]}, 404)(scope, receive, send)
