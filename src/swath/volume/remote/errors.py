"""What goes wrong with a server."""

from __future__ import annotations

from swath.volume.errors import VolumeError


class RemoteError(VolumeError, RuntimeError):
    """An answer that is an error, or none at all; ``status`` is that of HTTP, 0 where no answer came."""

    def __init__(self, message: str, hint: str = "", status: int = 0) -> None:
        super().__init__(message, hint)
        self.status = status


class NoSuchRemoteError(RemoteError, ValueError):
    """A dataset, team or folder that the server does not have, or does not show."""
