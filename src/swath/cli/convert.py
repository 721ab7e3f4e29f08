"""``swath convert``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from swath.cli import options
from swath.cli.progress import listening
from swath.cli.summary import report, show_plan


def convert(
    classifications: Annotated[
        list[Path], typer.Argument(help="Classification exports: CSV, plain or compressed with gzip or zstd.")
    ],
    output: options.Output,
    workflows: Annotated[Path | None, typer.Option(help="The workflow export, for types and labels.")] = None,
    subjects: Annotated[Path | None, typer.Option(help="The subjects export, for the table of subjects.")] = None,
    workflow: Annotated[list[int] | None, typer.Option(help="Convert this workflow id only; repeatable.")] = None,
    version: Annotated[
        str, typer.Option(help="Workflow versions: 52.76, 52, '>=3' or 52.1..53.4.", metavar="RANGE")
    ] = "",
    only: Annotated[list[str] | None, typer.Option(help="Write this table only; repeatable.", metavar="TABLE")] = None,
    memory: options.Memory = None,
    workers: options.WorkerCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    scheduler: options.Scheduler = None,
    scheduler_file: options.SchedulerFile = None,
    chunk_size: options.ChunkSize = "64M",
    progress: options.ProgressOption = options.Progress.auto,
    strict: options.Strict = False,
    overwrite: options.Overwrite = False,
    dry_run: options.DryRun = False,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Convert any Panoptes classification export into typed Parquet tables.

    Example: swath convert classifications.csv --workflows workflows.csv -o out

    Example: swath convert classifications.csv.gz --workflow 6465 --version ">=52" --only marks -o out
    """
    from swath.engine.plan import plan  # noqa: PLC0415
    from swath.panoptes import convert as library  # noqa: PLC0415

    settings = library.ConvertSettings(
        tuple(sorted(set(workflow or ()))), version, tuple(sorted(set(only or ()))), options.chunk_bytes(chunk_size)
    )
    with listening(progress) as listener:
        running = options.make_running(
            memory=memory,
            workers=workers,
            executor=executor,
            scheduler=scheduler,
            scheduler_file=scheduler_file,
            strict=strict,
            overwrite=overwrite,
            listener=listener,
            preferred="threads",
        )
        if dry_run:
            job = library.convert_job(classifications, workflows=workflows, subjects=subjects, settings=settings)
            return show_plan(plan(job, running), form)
        outcome = library.convert(
            classifications, output, workflows=workflows, subjects=subjects, settings=settings, running=running
        )
    return report(outcome, form)
