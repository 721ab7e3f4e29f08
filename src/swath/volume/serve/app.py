"""The application: routes, and how errors are answered."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from swath.volume.errors import VolumeError
from swath.volume.serve import dataset_routes, folder_routes, upload_routes, voxel_routes
from swath.volume.serve.access import Access
from swath.volume.serve.errors import RequestError
from swath.volume.serve.files import ServedFolder
from swath.volume.serve.folders import Folders
from swath.volume.serve.names import PRIVATE
from swath.volume.serve.records import Records
from swath.volume.serve.requests import State, answer
from swath.volume.serve.uploads import Uploads
from swath.volume.serve.versions import Versions


def make_app(
    folder: Path, *, token: str | None, limit: int | None, read_only: bool, hosts: Iterable[str] = ()
) -> Starlette:
    """Make the application over a folder of datasets; ``hosts`` are the names of this machine that may be used."""
    served = ServedFolder(folder)
    private = served.root / PRIVATE
    uploads = Uploads(served, private / "uploads", limit)
    if not read_only:
        uploads.load()
    app = Starlette(
        routes=[*voxel_routes.ROUTES, *dataset_routes.ROUTES, *folder_routes.ROUTES, *upload_routes.ROUTES],
        middleware=[
            Middleware(Access, token=token, hosts=hosts, read_only=read_only),
            Middleware(Versions),
        ],
        exception_handlers={VolumeError: _say, OSError: _say_disk},
    )
    app.router.redirect_slashes = False
    app.state.served = State(served, Records(private / "records"), Folders(private / "folders.json"), uploads)
    app.state.read_only = read_only
    return app


def _say(_: Request, error: Exception) -> Response:
    """Answer with what is wrong; a damaged array is the server's fault, not the request's."""
    if isinstance(error, RequestError):
        headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
        return answer({"messages": [{"error": error.message}]}, error.status, headers)
    return answer({"messages": [{"error": "the data cannot be read: it is damaged or missing"}]}, 500)


def _say_disk(_: Request, error: Exception) -> Response:
    reason = error.strerror if isinstance(error, OSError) else None
    return answer({"messages": [{"error": f"the disk of the server fails: {reason or 'unknown'}"}]}, 500)
