"""Requests to a server: with its token, repeated where that can help, and never with the token in a message."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

from swath.errors import MissingExtraError

try:
    import urllib3
except ImportError as error:  # an optional extra
    raise MissingExtraError("datasets on servers need urllib3", "pip install 'swath[volume]'") from error

from swath.volume.errors import ArgumentError
from swath.volume.remote.errors import NoSuchRemoteError, RemoteError

TRIES = 5
_CONNECTIONS = 32
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 5.0
_PASSING = (408, 425, 429, 500, 502, 503, 504)
"""Statuses that another try may find gone."""

_LONGEST_SAYING = 500


@dataclass(frozen=True)
class Answer:
    """An answer that is no error."""

    content: bytes
    headers: Mapping[str, str]
    status: int

    def json(self) -> Any:
        """Read it as JSON; raises RemoteError where it is none."""
        try:
            return json.loads(self.content)
        except ValueError:
            raise RemoteError("the answer of the server is no JSON", "is the address that of a WEBKNOSSOS?") from None


@dataclass(frozen=True)
class Connection:
    """A server's address with the prefix of its interface, and the token for it."""

    base: str
    token: str | None = field(default=None, repr=False)
    timeout: float = 60.0

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Answer:
        """Ask for something."""
        return self.send("GET", path, query)

    def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        *,
        body: Any = None,
        tries: int = TRIES,
    ) -> Answer:
        """Send a request, with ``body`` as JSON if there is one.

        Raises NoSuchRemoteError for 404, RemoteError for any other error and where no answer comes in ``tries``.
        """
        content = None if body is None else json.dumps(body).encode()
        headers = {} if content is None else {"Content-Type": "application/json"}
        return self.send_content(method, path, query, lambda: content, headers, tries=tries)

    def send_content(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        content: Callable[[], Any],
        headers: Mapping[str, str],
        *,
        tries: int = TRIES,
        first_wait: float = _FIRST_WAIT,
        permanent: tuple[int, ...] = (),
    ) -> Answer:
        """Send what ``content`` gives, made anew for each try; statuses in ``permanent`` are never tried again."""
        url = f"{self.base}{path}"
        said = {name: value for name, value in (query or {}).items() if value is not None}
        wait = first_wait
        while True:
            tries -= 1
            try:
                answer = self._try(method, url, said, content(), headers)
            except RemoteError as error:
                if tries <= 0 or error.status in permanent or error.status not in (0, *_PASSING):
                    raise
            else:
                return answer
            time.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    def _try(self, method: str, url: str, query: Mapping[str, Any], content: Any, headers: Mapping[str, str]) -> Answer:
        whole = f"{url}?{urlencode({k: _text(v) for k, v in query.items()})}" if query else url
        token = {"X-Auth-Token": self.token} if self.token else {}
        timeout = urllib3.Timeout(connect=min(30.0, self.timeout), read=self.timeout)
        try:
            answer = _pool(_proxy_for(url)).request(
                method, whole, body=content, headers={**headers, **token}, timeout=timeout, retries=_redirects()
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise RemoteError(
                f"{method} {url}: no answer ({type(error).__name__})", "check the address and the network"
            ) from None  # the error's own text may hold the address with its token
        if not 200 <= answer.status < 300:
            raise _error(method, url, answer.status, answer.data)
        return Answer(answer.data, dict(answer.headers), answer.status)


def step(name: str) -> str:
    """Give a name as one step of a path; raises ArgumentError for one that would lead elsewhere."""
    if name in ("", ".", ".."):
        raise ArgumentError(f"{name!r} is not a valid name of anything on a server")
    return quote(name, safe="")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _redirects() -> urllib3.Retry:
    """Follow redirects, but give the token to no other host."""
    return urllib3.Retry(
        total=3, connect=0, read=0, status=0, other=0, redirect=3, remove_headers_on_redirect=["X-Auth-Token"]
    )


def _error(method: str, url: str, status: int, content: bytes) -> RemoteError:
    said = f"{method} {url}: {status}, {_saying(content)}"
    if status == 404:
        return NoSuchRemoteError(said, "check the name, and that the token may see it", status)
    if status in (401, 403):
        return RemoteError(said, "check WK_TOKEN", status)
    return RemoteError(said, "", status)


def _saying(content: bytes) -> str:
    """Give what a server says of an error: its messages, else the beginning of its answer."""
    try:
        messages = json.loads(content)["messages"]
        return "; ".join(str(text) for message in messages for text in message.values())[:_LONGEST_SAYING]
    except (ValueError, KeyError, TypeError, AttributeError):
        return content[:_LONGEST_SAYING].decode(errors="replace").strip() or "without a word"


def _proxy_for(url: str) -> str | None:
    host = urlsplit(url).hostname or ""
    return None if proxy_bypass(host) else getproxies().get(urlsplit(url).scheme)


@cache
def _pool(proxy: str | None) -> Any:
    settings: dict[str, Any] = {"num_pools": 8, "maxsize": _CONNECTIONS, "block": False}
    return urllib3.ProxyManager(proxy, **settings) if proxy else urllib3.PoolManager(**settings)
