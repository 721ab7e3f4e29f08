"""``swath panoptes``: configuration, extraction and reduction, with the arguments of panoptes_aggregation."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from swath.cli import options
from swath.cli.progress import listening
from swath.cli.summary import report, report_files

panoptes = typer.Typer(
    help="Zooniverse Panoptes: extracts and consensus, as panoptes_aggregation gives them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class Form(StrEnum):
    """What extracts and reductions are written as."""

    parquet = "parquet"
    csv = "csv"


class Repeats(StrEnum):
    """Which classifications of one user and subject count."""

    first = "first"
    last = "last"
    all = "all"


Directory = Annotated[Path, typer.Option("-d", "--dir", help="Directory to write into.", file_okay=False, exists=True)]
Written = Annotated[Form, typer.Option("--format", help="A dataset of typed Parquet, or the peer's CSV files.")]
Order = Annotated[bool, typer.Option("-O", "--order", help="Sort the data columns of CSV files.")]
Stream = Annotated[bool, typer.Option("-s", "--stream", help="Accepted; every run can be taken up again.")]
Compat = Annotated[
    bool, typer.Option("--compat", help="Do as panoptes_aggregation 5.3.1 where it departs from its page.")
]
CpuCount = Annotated[
    int | None, typer.Option("-c", "--cpu_count", "--workers", help="Workers [default: one a processor].")
]
HideBar = Annotated[bool, typer.Option("-hb", "--hide_bar", help="Show no progress.")]
Verbose = Annotated[bool, typer.Option("-vv", "--verbose", help="Accepted; what is set aside is always told.")]


@panoptes.command()
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
    directory: Directory = Path(),
    compat: Compat = False,
    verbose: Verbose = False,
) -> None:
    """Write the extractor, reducer and label files of a workflow, to be edited and given to extract and reduce.

    Example: swath panoptes config workflows.csv 4249 -v 14.18

    Example: swath panoptes config workflows.csv 4249 -k '{"T0": {"dot_freq": "line"}}'
    """
    from swath.panoptes.config import workflow as library  # noqa: PLC0415

    del verbose
    chosen = version if minor is None else f"{version}.{minor}"
    given = _read_keywords(keywords)
    made = library.config_workflow(workflow_csv, workflow_id, chosen, min_version, max_version, given)
    if compat:
        made = library.config_as_peer(made, workflow_csv)
    for path in made.write(directory):
        typer.echo(str(path))
    for task in made.unsupported:
        typer.echo(f"note: no extractor reads {task}", err=True)
    if made.majors:
        typer.echo(f"note: the range spans the major versions {', '.join(map(str, made.majors))}", err=True)


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


@panoptes.command()
def extract(
    classifications: Annotated[Path, typer.Argument(help="Classification export: CSV, plain, gzip or zstd.")],
    config: Annotated[Path, typer.Argument(help="Extractor configuration, YAML.")],
    directory: Directory = Path(),
    output: Annotated[str, typer.Option("-o", "--output", help="Name of the output.")] = "extractions",
    written: Written = Form.parquet,
    order: Order = False,
    stream: Stream = False,
    compat: Compat = False,
    workers: CpuCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    memory: options.Memory = None,
    progress: options.ProgressOption = options.Progress.auto,
    hide_bar: HideBar = False,
    verbose: Verbose = False,
    strict: options.Strict = False,
    overwrite: options.Overwrite = False,
) -> None:
    """Extract the answers and marks of each classification, as a table for each extractor.

    Example: swath panoptes extract classifications.csv Extractor_config_workflow_4249_V14.18.yaml -o extracts

    Example: swath panoptes extract classifications.csv Extractor_config_workflow_4249_V14.18.yaml --format csv
    """
    from swath.panoptes.extract import csv_output, job  # noqa: PLC0415

    del stream, verbose
    with listening(options.Progress.none if hide_bar else progress) as listener:
        running = options.make_running(
            memory=memory,
            workers=workers,
            executor=executor,
            scheduler=None,
            scheduler_file=None,
            strict=strict,
            overwrite=overwrite,
            listener=listener,
            preferred="threads",
        )
        if written is Form.csv:
            paths, outcome = csv_output.extract_csv(
                [classifications], config, directory, output, order=order, compat=compat, running=running
            )
            return report_files(paths, outcome)
        outcome = job.extract([classifications], config, directory / output, compat=compat, running=running)
    return report(outcome, options.Format.table)


@panoptes.command()
def reduce(
    extracts: Annotated[Path, typer.Argument(help="Extracts: a CSV file, or a dataset or one of its tables.")],
    config: Annotated[Path, typer.Argument(help="Reducer configuration, YAML.")],
    repeats: Annotated[
        Repeats, typer.Option("-F", "--filter", help="Which classifications of one user and subject count.")
    ] = Repeats.first,
    directory: Directory = Path(),
    output: Annotated[str, typer.Option("-o", "--output", help="Name of the output.")] = "reductions",
    written: Written = Form.parquet,
    order: Order = False,
    stream: Stream = False,
    compat: Compat = False,
    workers: CpuCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    memory: options.Memory = None,
    progress: options.ProgressOption = options.Progress.auto,
    hide_bar: HideBar = False,
    strict: options.Strict = False,
    overwrite: options.Overwrite = False,
) -> None:
    """Reduce the extracts of each subject and task: counts, consensus, clusters.

    Example: swath panoptes reduce extracts/question_extractor Reducer_config_workflow_4249_question_extractor.yaml

    Example: swath panoptes reduce question_extractor_extractions.csv question.yaml --format csv -F all
    """
    from swath.panoptes.reduce import csv_output, job  # noqa: PLC0415

    del stream
    with listening(options.Progress.none if hide_bar else progress) as listener:
        running = options.make_running(
            memory=memory,
            workers=workers,
            executor=executor,
            scheduler=None,
            scheduler_file=None,
            strict=strict,
            overwrite=overwrite,
            listener=listener,
            preferred="threads",
        )
        if written is Form.csv:
            path, outcome = csv_output.reduce_csv(
                extracts, config, directory, output,
                repeats=repeats.value, order=order, compat=compat, running=running,
            )  # fmt: skip
            return report_files([path], outcome)
        outcome = job.reduce(
            extracts, config, directory / output, repeats=repeats.value, compat=compat, running=running
        )
    return report(outcome, options.Format.table)
