"""The ``swath`` command."""

from __future__ import annotations

import gc
import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from swath import __version__
from swath.cli.loading import LoadedCommands
from swath.errors import SwathError, UsageError

_COLLECT_AFTER = 300_000
"""Objects until garbage is looked for; loading the libraries makes 190,000 that stay: a sixth of a start went there."""

_COMMANDS = {
    "convert": "swath.cli.convert",
    "panoptes": "swath.cli.panoptes",
    "planet4": "swath.cli.planet4",
    "sky": "swath.cli.sky",
    "depth": "swath.cli.depth",
    "volume": "swath.cli.volume",
    "query": "swath.cli.query",
    "inspect": "swath.cli.inspect",
    "verify": "swath.cli.inspect",
    "schema": "swath.cli.inspect",
    "bench": "swath.cli.bench",
}
"""The module that holds each command, a function or a group of commands by the same name."""


class Commands(TyperGroup):
    """The commands; says what an interrupted one keeps, which Typer would end without a word."""

    def __init__(self, **attributes: Any) -> None:
        """Make the group of the commands above, whatever Typer found."""
        super().__init__(**attributes)
        self.commands = LoadedCommands(_COMMANDS)

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            sys.stderr.write(f"{str(stop) or 'interrupted'}\n")
            raise typer.Exit(130) from None


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"swath {__version__}")
        raise typer.Exit


@app.callback()
def swath(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Turn research exports that do not fit in memory into typed, partitioned Parquet, and query it with SQL.

    Exit status: 0 done, 1 failed, 2 wrong usage, 3 done with rows set aside in quarantine, 130 interrupted.
    """


def main() -> None:
    """Run the command line; expected errors are one line each on stderr."""
    gc.set_threshold(_COLLECT_AFTER)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads wait for work by turning round and round
    try:
        app()
    except SwathError as error:
        _say(error.message, error.hint)
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _say(f"{where}{error.strerror or error}", "check the path, its permissions and the free space")
        sys.exit(1)


def _say(message: str, hint: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(f"error: {message}\n")
    if hint:
        sys.stderr.write(f"hint: {hint}\n")


if __name__ == "__main__":
    main()
