"""Running the server."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from swath.errors import BusyError, InputError, MissingExtraError, OutputError, UsageError
from swath.volume.serve.names import PRIVATE

PORT = 9000
_MOST_CONNECTIONS = 256
_LONGEST_HEADERS = 32 << 10


def serve(
    folder: Path | str,
    *,
    host: str = "127.0.0.1",
    port: int = PORT,
    token: str | None = None,
    limit: int | None = None,
    read_only: bool = False,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the datasets of a folder until the process is interrupted.

    ``port`` 0 takes any that is free; ``limit`` is what uploads may fill the folder to, in bytes; ``on_ready`` is
    called with the address. Raises UsageError for an address that others reach without a ``token``, InputError where
    there is no such folder, BusyError where another server takes uploads into it, OutputError where the port is taken.
    """
    with _prepared(Path(folder), host, port, token, limit, read_only) as (server, listener, url):
        if on_ready is not None:
            on_ready(url)
        with suppress(KeyboardInterrupt):  # how a server is stopped
            server.run(sockets=[listener])


@contextmanager
def running(folder: Path | str, **settings: Any) -> Iterator[str]:
    """Serve a folder in a thread while the context lasts, and give the address; arguments as those of ``serve``."""
    given = {"host": "127.0.0.1", "port": 0, "token": None, "limit": None, "read_only": False, **settings}
    with _prepared(Path(folder), **given) as (server, listener, url):
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield url
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def _prepared(
    folder: Path, host: str, port: int, token: str | None, limit: int | None, read_only: bool
) -> Iterator[tuple[Any, socket.socket, str]]:
    """Give a server that is ready to run, the socket that it listens on, and its address."""
    _check(folder, host, token)
    with _alone(folder, read_only=read_only), _listening(host, port) as listener:
        uvicorn, make_app = _libraries()
        app = make_app(
            folder, token=token, limit=limit, read_only=read_only, hosts=("127.0.0.1", "localhost", "::1", host)
        )
        config = uvicorn.Config(
            app,
            http="h11",  # it bounds the headers
            h11_max_incomplete_event_size=_LONGEST_HEADERS,
            ws="none",
            lifespan="off",
            access_log=False,  # addresses may have tokens in them
            log_level="error",
            server_header=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_graceful_shutdown=5,
        )
        shown = f"[{host}]" if ":" in host else host
        yield uvicorn.Server(config), listener, f"http://{shown}:{listener.getsockname()[1]}"


def _check(folder: Path, host: str, token: str | None) -> None:
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}", "give a folder of datasets; it may be empty")
    if token is not None and not (token.isascii() and token.isprintable() and token.strip() == token != ""):
        raise UsageError("a token is made of letters, digits and signs, without blanks around", "choose another one")
    if token is None and not _only_this_machine(host):
        raise UsageError(
            f"without a token anybody who reaches {host} could read and write", "give --token-file, or --host 127.0.0.1"
        )


def _only_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def _alone(folder: Path, *, read_only: bool) -> Iterator[None]:
    """Hold a folder's uploads alone; a server that takes none needs not."""
    if read_only:
        yield
        return
    private = folder / PRIVATE
    if private.is_symlink():
        raise OutputError(f"{private} is a symbolic link", "remove it: the server keeps its own files there")
    try:
        private.mkdir(exist_ok=True)
        lock = FileLock(private / "lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise BusyError(f"another server takes uploads into {folder}", "stop it, or serve with --read-only") from None
    except OSError as error:
        raise OutputError(f"cannot write into {folder}: {error.strerror}", "serve it with --read-only") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise OutputError(f"cannot listen on {host}:{port}: {error.strerror}", "choose another --port") from error
    with listener:
        yield listener


def _libraries() -> tuple[Any, Any]:
    try:
        import uvicorn  # noqa: PLC0415  (optional extra)

        from swath.volume.serve.app import make_app  # noqa: PLC0415  (optional extra)
    except ImportError as error:
        raise MissingExtraError("a server needs starlette and uvicorn", "pip install 'swath[serve]'") from error
    return uvicorn, make_app
