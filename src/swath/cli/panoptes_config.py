"""``swath panoptes config``, ``extractors`` and ``reducers``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swath.cli import options
from swath.cli import panoptes_options as given
from swath.cli.output import print_rows

if TYPE_CHECKING:
    from swath.panoptes.keywords import Keyword


def config(
    workflow_csv: Annotated[Path, typer.Argument(help="Workflow export, CSV.")],
    workflow_id: Annotated[int, typer.Argument(help="Workflow.")],
    version: Annotated[
        str | None,
        typer.Option("-v", "--version", help="Version, such as 52.76, or 52 for all of 52 [default: latest]."),
    ] = None,
    min_version: Annotated[str | None, typer.Option("--min_version", "--min-version", help="Earliest version.")] = None,
    max_version: Annotated[str | None, typer.Option("--max_version", "--max-version", help="Latest version.")] = None,
    minor: Annotated[int | None, typer.Option("-m", "--minor_version", help="Minor version, beside -v.")] = None,
    keywords: Annotated[str, typer.Option("-k", "--keywords", help="Keywords by task, JSON.", metavar="JSON")] = "{}",
    directory: given.Directory = Path(),
    compat: given.Compat = False,
    verbose: given.Verbose = False,
) -> None:
    """Write the extractor, reducer and label files of a workflow, to be edited and given to extract and reduce.

    Example: swath panoptes config workflows.csv 4249 -v 14.18

    Example: swath panoptes config workflows.csv 4249 -k '{"T0": {"dot_freq": "line"}}'
    """
    from swath.panoptes.config import workflow as library  # noqa: PLC0415

    del verbose
    chosen = version if minor is None else _with_minor(version, minor)
    by_task = _read_keywords(keywords)
    made = library.config_workflow(workflow_csv, workflow_id, chosen, min_version, max_version, by_task)
    if compat:
        made = library.config_as_peer(made, workflow_csv)
    for path in made.write(directory):
        typer.echo(str(path))
    for task in made.unsupported:
        typer.echo(f"note: no extractor reads {task}", err=True)
    if made.majors:
        typer.echo(f"note: the range spans the major versions {', '.join(map(str, made.majors))}", err=True)


def _with_minor(version: str | None, minor: int) -> str:
    """Join the two parts of a version; raises UsageError for a minor version by itself."""
    from swath.errors import UsageError  # noqa: PLC0415

    if version is None:
        raise UsageError(f"-m {minor} is given without -v", f"write such as -v 52 -m {minor}")
    return f"{version}.{minor}"


def _read_keywords(text: str) -> dict[str, dict[str, object]]:
    """Read the keywords by task; raises UsageError."""
    import json  # noqa: PLC0415

    from swath.errors import UsageError  # noqa: PLC0415

    try:
        given = json.loads(text)
    except ValueError as error:
        raise UsageError(f"-k is no JSON: {error}", """write such as '{"T0": {"dot_freq": "line"}}'""") from error
    if not isinstance(given, dict) or not all(isinstance(value, dict) for value in given.values()):
        raise UsageError("-k is no mapping of tasks to keywords", """write such as '{"T0": {"dot_freq": "line"}}'""")
    return given


def extractors(form: options.FormatOption = options.Format.table) -> None:
    """List all extractors, with their keywords and defaults.

    Example: swath panoptes extractors
    """
    from swath.panoptes.extract.registry import extractors as known  # noqa: PLC0415

    _list_all([(one.name, one.meaning, one.keywords) for one in known().values()], form)


def reducers(form: options.FormatOption = options.Format.table) -> None:
    """List all reducers, with their keywords and defaults.

    Example: swath panoptes reducers --format json
    """
    from swath.panoptes.reduce.registry import names, reducer_for  # noqa: PLC0415

    found = [reducer_for(name) for name in names()]
    _list_all([(one.name, one.meaning, one.keywords) for one in found], form)


def _list_all(listed: list[tuple[str, str, tuple[Keyword, ...]]], form: options.Format) -> None:
    rows = []
    for name, meaning, keywords in listed:
        rows.append({"name": name, "keyword": "", "default": "", "meaning": meaning})
        rows += [{"name": name, "keyword": k.name, "default": str(k.default), "meaning": k.meaning} for k in keywords]
    print_rows(rows, ("name", "keyword", "default", "meaning"), form.value)
