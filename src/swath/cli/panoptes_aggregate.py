"""``swath panoptes aggregate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from swath.cli import options
from swath.cli import panoptes_options as given
from swath.cli.progress import listening
from swath.cli.summary import report_steps


def aggregate(
    classifications: Annotated[list[Path], typer.Argument(help="Classification exports: CSV, plain, gzip or zstd.")],
    workflows: Annotated[Path, typer.Option(help="Workflow export, CSV.")],
    output: options.Output,
    workflow: Annotated[int | None, typer.Option(help="Workflow, if the export has several.")] = None,
    version: Annotated[str | None, typer.Option("-v", "--version", help="Version, such as 52.76, or 52.")] = None,
    min_version: Annotated[str | None, typer.Option("--min-version", help="Earliest version.")] = None,
    max_version: Annotated[str | None, typer.Option("--max-version", help="Latest version.")] = None,
    extractor_config: Annotated[Path | None, typer.Option(help="Extractor configuration to take instead.")] = None,
    reducer_config: Annotated[
        list[str] | None, typer.Option(help="EXTRACTOR=FILE: reducer configuration to take instead; repeatable.")
    ] = None,
    repeats: Annotated[
        given.Repeats, typer.Option("-F", "--filter", help="Which classifications of one user and subject count.")
    ] = given.Repeats.first,
    workers: given.CpuCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    memory: options.Memory = None,
    progress: options.ProgressOption = options.Progress.auto,
    strict: options.Strict = False,
    overwrite: options.Overwrite = False,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Configure, extract and reduce in one: a table of consensus or of clusters for each kind of task.

    Example: swath panoptes aggregate classifications.csv --workflows workflows.csv -o out

    Example: swath panoptes aggregate classifications.csv --workflows workflows.csv -v 14 -o out
    --reducer-config point_extractor_by_frame=my_points.yaml
    """
    from swath.panoptes import aggregate as library  # noqa: PLC0415

    wanted = library.Wanted(workflow, version, min_version, max_version)
    with listening(progress) as listener:
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
        made = library.aggregate(
            classifications, workflows, output, wanted=wanted, extractor_config=extractor_config,
            reducer_configs=_by_extractor(reducer_config or []), repeats=repeats.value, running=running,
        )  # fmt: skip
    for task in made.config.unsupported:
        typer.echo(f"note: no extractor reads {task}", err=True)
    if made.config.majors:
        typer.echo(f"note: the range spans the major versions {', '.join(map(str, made.config.majors))}", err=True)
    report_steps(output, made.outcomes, form)


def _by_extractor(pairs: list[str]) -> dict[str, Path]:
    """Read EXTRACTOR=FILE; raises UsageError."""
    from swath.errors import UsageError  # noqa: PLC0415

    if not all("=" in text for text in pairs):
        raise UsageError("--reducer-config wants EXTRACTOR=FILE", "such as question_extractor=mine.yaml")
    return {text.partition("=")[0]: Path(text.partition("=")[2]) for text in pairs}
