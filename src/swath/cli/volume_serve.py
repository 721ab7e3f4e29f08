"""``swath volume serve``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from swath.errors import InputError, UsageError


def serve(
    folder: Annotated[Path, typer.Argument(help="Folder whose sub-folders are datasets.")],
    host: Annotated[
        str, typer.Option(help="Address to listen on; any but this machine's needs a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes any that is free.", min=0, max=65535)] = 9000,
    token: Annotated[str | None, typer.Option(help="Token that clients have to send; others see it in ps.")] = None,
    token_file: Annotated[Path | None, typer.Option(help="File whose first line is the token.")] = None,
    limit: Annotated[
        str | None, typer.Option(help="What uploads may fill the folder to, such as 500G [default: the disk].")
    ] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="Take no uploads and no changes.")] = False,
) -> None:
    """Serve a folder of datasets to WEBKNOSSOS clients until Ctrl-C.

    Example: swath volume serve datasets --token-file token.txt --limit 500G
    """
    from swath.engine.memory import parse_size  # noqa: PLC0415
    from swath.volume.serve import serve as library  # noqa: PLC0415

    if token is not None and token_file is not None:
        raise UsageError("the token is given twice", "give --token or --token-file")
    library(
        folder,
        host=host,
        port=port,
        token=_read_token(token_file) if token_file is not None else token,
        limit=None if limit is None else parse_size(limit),
        read_only=read_only,
        on_ready=lambda url: typer.echo(f"serving {folder} at {url}"),
    )


def _read_token(file: Path) -> str:
    """Read a token; raises InputError where the file has none."""
    try:
        lines = file.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read a token from {file}: {error}", "write it into the first line") from error
    if not lines or not lines[0].strip():
        raise InputError(f"{file} has no token in its first line", "write it there")
    return lines[0].strip()
