"""``swath panoptes extract`` and ``reduce``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from swath.cli import options
from swath.cli import panoptes_options as given
from swath.cli.progress import listening
from swath.cli.summary import report, report_files


def extract(
    classifications: Annotated[Path, typer.Argument(help="Classification export: CSV, plain, gzip or zstd.")],
    config: Annotated[Path, typer.Argument(help="Extractor configuration, YAML.")],
    directory: given.Directory = Path(),
    output: Annotated[str, typer.Option("-o", "--output", help="Name of the output.")] = "extractions",
    written: given.Written = given.Form.parquet,
    order: given.Order = False,
    stream: given.Stream = False,
    compat: given.Compat = False,
    workers: given.CpuCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    memory: options.Memory = None,
    progress: options.ProgressOption = options.Progress.auto,
    hide_bar: given.HideBar = False,
    verbose: given.Verbose = False,
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
        if written is given.Form.csv:
            paths, outcome = csv_output.extract_csv(
                [classifications], config, directory, output, order=order, compat=compat, running=running
            )
            return report_files(paths, outcome, csv_output.rejects_file(directory, output))
        outcome = job.extract([classifications], config, directory / output, compat=compat, running=running)
    return report(outcome, options.Format.table)


def reduce(
    extracts: Annotated[Path, typer.Argument(help="Extracts: a CSV file, or a dataset or one of its tables.")],
    config: Annotated[Path, typer.Argument(help="Reducer configuration, YAML.")],
    repeats: Annotated[
        given.Repeats, typer.Option("-F", "--filter", help="Which classifications of one user and subject count.")
    ] = given.Repeats.first,
    directory: given.Directory = Path(),
    output: Annotated[str, typer.Option("-o", "--output", help="Name of the output.")] = "reductions",
    written: given.Written = given.Form.parquet,
    order: given.Order = False,
    stream: given.Stream = False,
    compat: given.Compat = False,
    workers: given.CpuCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    memory: options.Memory = None,
    progress: options.ProgressOption = options.Progress.auto,
    hide_bar: given.HideBar = False,
    strict: options.Strict = False,
    overwrite: options.Overwrite = False,
) -> None:
    """Reduce the extracts of each subject and task: counts, consensus, clusters.

    Example: swath panoptes reduce extracts/question_extractor Reducer_config_workflow_4249_question_extractor.yaml

    Example: swath panoptes reduce question_extractor_extractions.csv question.yaml --format csv -F all
    """
    from swath.panoptes.reduce import csv_output, job  # noqa: PLC0415
    from swath.panoptes.reduce.settings import read_reducer  # noqa: PLC0415

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
            preferred=job.preferred_workers(extracts, read_reducer(config)[0]) if extracts.exists() else "threads",
        )
        if written is given.Form.csv:
            path, outcome = csv_output.reduce_csv(
                extracts, config, directory, output,
                repeats=repeats.value, order=order, compat=compat, running=running,
            )  # fmt: skip
            return report_files([path], outcome, csv_output.rejects_file(path))
        outcome = job.reduce(
            extracts, config, directory / output, repeats=repeats.value, compat=compat, running=running
        )
    return report(outcome, options.Format.table)
