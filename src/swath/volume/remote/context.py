"""Which server is meant, and who asks: from the environment, or as a ``with`` block says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from swath.errors import UsageError

DEFAULT_URL = "https://webknossos.org"
DEFAULT_TIMEOUT = 1800.0


@dataclass(frozen=True)
class Context:
    """A server's address, the token for it, and the seconds that an answer may take. The token is never shown."""

    url: str
    token: str | None = field(default=None, repr=False)
    timeout: float = DEFAULT_TIMEOUT

    def at(self, url: str | None, token: str | None) -> Context:
        """Give the context of an address: a token goes to the server that it is of, and to no other."""
        wanted = self.url if url is None else url.rstrip("/")
        return Context(wanted, token or (self.token if wanted == self.url else None), self.timeout)


_chosen: ContextVar[Context | None] = ContextVar("webknossos", default=None)


def current_context() -> Context:
    """Give the context of the ``with`` block around, else that of ``WK_URL``, ``WK_TOKEN`` and ``WK_TIMEOUT``.

    Raises UsageError for a timeout that is no number.
    """
    return _chosen.get() or _of_environment()


def _of_environment() -> Context:
    timeout = os.environ.get("WK_TIMEOUT", "") or str(DEFAULT_TIMEOUT)
    try:
        seconds = float(timeout)
    except ValueError:
        raise UsageError(f"WK_TIMEOUT is {timeout!r}, which is no number of seconds", "such as 60") from None
    url = os.environ.get("WK_URL", "") or DEFAULT_URL
    return Context(url.rstrip("/"), os.environ.get("WK_TOKEN") or None, seconds)


@contextmanager
def webknossos_context(
    url: str | None = None, token: str | None = None, timeout: float | None = None
) -> Iterator[Context]:
    """Mean another server, token or timeout while the block lasts; works as a decorator too.

    What is not given stays, but for the token where the address changes.
    """
    around = current_context()
    inside = around.at(url, token)
    if timeout is not None:
        inside = Context(inside.url, inside.token, timeout)
    before = _chosen.set(inside)
    try:
        yield inside
    finally:
        _chosen.reset(before)
