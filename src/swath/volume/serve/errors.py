"""What a server answers to a request that it does not do."""

from __future__ import annotations

from swath.volume.errors import VolumeError


class RequestError(VolumeError):
    """A request that is refused; ``status`` is that of HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.args = (status, message)
        self.status = status


def not_found(what: str) -> RequestError:
    """Make the error for what is not there, or not to be seen."""
    return RequestError(404, f"{what} was not found")


def refused(why: str) -> RequestError:
    """Make the error for a request that cannot be meant; clients do not repeat one with this status."""
    return RequestError(400, why)
