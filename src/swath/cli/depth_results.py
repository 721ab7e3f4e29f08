"""Commands of ``swath depth`` over results that are there: status, aggregate, index, metadata-to-yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from swath.cli import options
from swath.cli.depth_options import Compat
from swath.cli.output import print_rows

Directory = Annotated[Path, typer.Argument(help="Directory of sessions.")]
OutputDir = Annotated[str, typer.Option("--output-dir", help="Name of the directory of a session's results.")]
Extensions = Annotated[
    list[str] | None, typer.Option("--extensions", help="Ending of recordings; repeatable [default: .dat].")
]


def status(
    directory: Directory,
    output_dir: OutputDir = "proc",
    extensions: Extensions = None,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Say which sessions are extracted, which failed, and why; exit status 3 if one failed or is damaged.

    Example: swath depth status recordings --format csv
    """
    from swath.depth import states  # noqa: PLC0415
    from swath.depth.sessions import EXTENSIONS  # noqa: PLC0415

    found = list(states.status(directory, output_dir=output_dir, extensions=extensions or EXTENSIONS))
    print_rows([state.as_row(directory) for state in found], states.COLUMNS, form.value)
    if form is options.Format.table:
        counts = {state: sum(item.state == state for item in found) for state in dict.fromkeys(s.state for s in found)}
        typer.echo(", ".join(f"{number} {state}" for state, number in counts.items()) or "no sessions")
    if any(item.state in (states.FAILED, states.DAMAGED) for item in found):
        raise typer.Exit(3)


def aggregate(
    directory: Annotated[Path | None, typer.Argument(help="Directory of sessions [default: this one].")] = None,
    input_dir: Annotated[Path | None, typer.Option("-i", "--input-dir", help="The same, as the peer names it.")] = None,
    name_format: Annotated[
        str | None,
        typer.Option(
            "-f", "--name-format", help="Names of the copies [default: {start_time}_{session_name}_{subject_name}]."
        ),
    ] = None,
    output_dir: Annotated[
        Path | None, typer.Option("-o", "--output-dir", help="Where the copies go [default: aggregate_results in it].")
    ] = None,
    mouse_threshold: Annotated[
        float, typer.Option(help="Leave out sessions whose frames are no higher than this on average, in mm.")
    ] = 0.0,
    compat: Compat = False,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Copy the results of all complete sessions into one directory, and write an index of them.

    Example: swath depth aggregate recordings --name-format "{start_time}_{subject_name}"
    """
    from swath.depth.aggregate import aggregate as library  # noqa: PLC0415
    from swath.depth.manifest import FORMAT  # noqa: PLC0415

    root = _one_directory(directory, input_dir)
    made = library(root, output_dir, name_format or FORMAT, mouse_threshold=mouse_threshold, compat=compat)
    rows = [{"session": str(item.h5), "name": item.name, "why": item.why} for item in made.sessions]
    print_rows(rows, ("session", "name", "why"), form.value)
    if form is options.Format.table:
        typer.echo(f"wrote {made.index_file}: {len(made.index.content['files'])} sessions")


def index(
    directory: Annotated[
        Path | None, typer.Argument(help="Directory of sessions, or of gathered results [default: this one].")
    ] = None,
    input_dir: Annotated[Path | None, typer.Option("-i", "--input-dir", help="The same, as the peer names it.")] = None,
    output_file: Annotated[
        Path | None, typer.Option("-o", "--output-file", help="File to write [default: moseq2-index.yaml in it].")
    ] = None,
    compat: Compat = False,
) -> None:
    """Write moseq2-index.yaml over extracted sessions; groups that it has already are kept.

    Example: swath depth index recordings/aggregate_results -o moseq2-index.yaml
    """
    from swath.depth import index as library  # noqa: PLC0415

    root = _one_directory(directory, input_dir)
    made = library.index(root, output_file, compat=compat)
    for sentence in made.left_out:
        typer.echo(f"note: {sentence}", err=True)
    typer.echo(f"wrote {output_file or root / library.INDEX}: {len(made.content['files'])} sessions")


def metadata_to_yaml(
    directory: Directory,
    group: Annotated[
        str, typer.Option("--group", help="Group of the results file, such as metadata/acquisition.")
    ] = "metadata/acquisition",
) -> None:
    """Copy metadata from the results files of complete sessions into the status files beside them.

    Example: swath depth metadata-to-yaml recordings --group metadata/acquisition
    """
    from swath.depth.session_metadata import metadata_to_yaml as library  # noqa: PLC0415

    for path in library(directory, group):
        typer.echo(str(path))


def _one_directory(argument: Path | None, option: Path | None) -> Path:
    from swath.errors import UsageError  # noqa: PLC0415

    if argument is not None and option is not None:
        raise UsageError("the directory is given twice", "give it once, behind the command")
    return argument or option or Path()
