"""Who may do what: the token, datasets that are shared, and what a web page of somebody else must not do."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Receive, Scope, Send

_READING = ("GET", "HEAD", "OPTIONS")


def equal(given: str, expected: str) -> bool:
    """Compare secrets in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())


def tokens_of(request: Request) -> list[str]:
    """Give the tokens that a request presents: in a header, or, as links have them, in its address."""
    bearer = request.headers.get("authorization", "")
    given = [
        request.headers.get("x-auth-token"),
        bearer[7:] if bearer[:7].lower() == "bearer " else None,
        request.query_params.get("token"),
        request.query_params.get("sharingToken"),
    ]
    return [token for token in given if token]


class Access:
    """Marks requests of the owner, and refuses those that nobody may make.

    ``token`` is None for a server that only this machine reaches; then the address must name this machine (``hosts``),
    else a web page could reach it through a name of its own.
    """

    def __init__(self, app: ASGIApp, token: str | None, hosts: Iterable[str], read_only: bool) -> None:
        self._app = app
        self._token = token
        self._hosts = frozenset(hosts)
        self._read_only = read_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, with ``state.owner`` said, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        why = self._refusal(request)
        if why is not None:
            await JSONResponse({"messages": [{"error": why}]}, 403)(scope, receive, send)
            return
        owner = self._token is None or any(equal(given, self._token) for given in tokens_of(request))
        scope.setdefault("state", {})["owner"] = owner
        await self._app(scope, receive, send)

    def _refusal(self, request: Request) -> str | None:
        host = request.headers.get("host", "")
        if self._token is None and _name_of(f"//{host}") not in self._hosts:
            return f"this server is not {host}"
        if request.method in _READING:
            return None
        origin = request.headers.get("origin")
        if origin is not None and origin.partition("//")[2] != host:
            return "pages of other servers may not change anything here"
        return "this server is read-only" if self._read_only else None


def _name_of(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
