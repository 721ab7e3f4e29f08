"""``swath depth extract``: parameters from configurations and options, the sessions, and where they are extracted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swath.cli import options
from swath.cli.depth_options import OF_EXTRACTION, Compat, ConfigFile, read_configuration, takes_parameters
from swath.cli.depth_results import Extensions
from swath.cli.progress import listening
from swath.cli.summary import report, show_plan
from swath.errors import InputError

if TYPE_CHECKING:
    from swath.depth.chosen import Chosen
    from swath.depth.config import Config
    from swath.engine.run import Outcome, Running
    from swath.engine.slurm import SlurmJob

Source = Annotated[Path, typer.Argument(help="A recording (.dat, .avi, .mkv, .tar.gz), or a directory of sessions.")]
Dataset = Annotated[
    Path | None, typer.Option("-o", "--output", help="Dataset for SQL [default: depth-dataset beside the sessions].")
]
SessionConfigs = Annotated[
    Path | None, typer.Option("--session-config-path", help="YAML of configurations under the sessions' names.")
]
SkipChecks = Annotated[bool, typer.Option("--skip-checks", help="Extract sessions without metadata too.")]
SkipCompleted = Annotated[
    bool, typer.Option("--skip-completed/--overwrite", help="Take complete sessions as they are, or extract them anew.")
]
NoFilm = Annotated[bool, typer.Option("--no-film", help="Write no preview film.")]
Slurm = Annotated[bool, typer.Option("--slurm", help="Extract in jobs of a Slurm cluster, --workers of them.")]
PrintCommands = Annotated[
    bool, typer.Option("--print-commands", help="Print an sbatch line a session, and extract nothing.")
]
Script = Annotated[Path | None, typer.Option(help="Write the lines of --print-commands into a script too.")]

OF_CLUSTER = {
    "prefix": Annotated[str | None, typer.Option(help="What the shell does first in each job of the cluster.")],
    "ncpus": Annotated[int | None, typer.Option("--ncpus", help="Processors of a job [default: 1].")],
    "job_memory": Annotated[str | None, typer.Option("--job-memory", help="Memory of a job [default: 5GB].")],
    "wall_time": Annotated[str | None, typer.Option(help="Time of a job [default: 3:00:00].")],
    "partition": Annotated[str | None, typer.Option(help="Partition of the cluster [default: short].")],
}


@takes_parameters(OF_EXTRACTION, OF_CLUSTER)
def extract(
    source: Source,
    given: Mapping[str, Any],
    output: Dataset = None,
    config: ConfigFile = None,
    session_config_path: SessionConfigs = None,
    extensions: Extensions = None,
    skip_checks: SkipChecks = False,
    skip_completed: SkipCompleted = True,
    no_film: NoFilm = False,
    compat: Compat = False,
    slurm: Slurm = False,
    print_commands: PrintCommands = False,
    extract_out_script: Script = None,
    memory: options.Memory = None,
    workers: options.WorkerCount = None,
    executor: options.ExecutorOption = options.Executor.auto,
    scheduler: options.Scheduler = None,
    scheduler_file: options.SchedulerFile = None,
    progress: options.ProgressOption = options.Progress.auto,
    strict: options.Strict = False,
    dry_run: options.DryRun = False,
    form: options.FormatOption = options.Format.table,
) -> None:
    """Extract recordings: crops, masks, scalars and a film beside each, and one dataset for SQL over all of them.

    Sessions that are complete are not extracted again. A run that was cut off goes on.

    Example: swath depth extract recordings -o depth --config-file config.yaml
    """
    from swath.depth.extract_sessions import extract as library  # noqa: PLC0415
    from swath.depth.extract_sessions import extract_job  # noqa: PLC0415
    from swath.engine.plan import plan  # noqa: PLC0415

    shared = read_configuration(config)
    chosen = _chosen(source, shared, session_config_path, _parameters(given, no_film=no_film), extensions, compat)
    job = _cluster_job(shared, given)
    if print_commands:
        return _print_commands(chosen.commands(config, job), extract_out_script)
    tasks = chosen.tasks(skip_checks=skip_checks)
    with listening(progress) as listener:
        running = options.make_running(
            memory=memory,
            workers=workers,
            executor=executor,
            scheduler=scheduler,
            scheduler_file=scheduler_file,
            strict=strict,
            overwrite=not skip_completed,
            listener=listener,
            preferred="threads",
        )
        running = _at_most(running, len(tasks))
        if dry_run:
            return show_plan(plan(extract_job(tasks), running), form)
        on_slurm = slurm or shared.batch.get("cluster_type") == "slurm"
        with _placed(running, job, workers or len(tasks)) if on_slurm else nullcontext(running) as there:
            outcome = library(tasks, output or chosen.dataset, there)
    return _report(outcome, form, single=chosen.single)


def _parameters(given: Mapping[str, Any], *, no_film: bool) -> dict[str, Any]:
    """The parameters of the extraction among what was given."""
    parameters = {name: value for name, value in given.items() if name not in OF_CLUSTER}
    return {**parameters, "write_movie": False} if no_film else parameters


def _chosen(
    source: Path,
    shared: Config,
    session_config_path: Path | None,
    parameters: Mapping[str, Any],
    extensions: list[str] | None,
    compat: bool,
) -> Chosen:
    """The sessions, each with its own configuration where there is one: by the option, else by the shared one."""
    from swath.depth.chosen import Chosen  # noqa: PLC0415

    own = session_config_path or shared.batch.get("session_config_path")
    return Chosen(source, shared, Path(own) if own else None, parameters, extensions or (), compat)


def _cluster_job(shared: Config, given: Mapping[str, Any]) -> SlurmJob:
    """What a job of the cluster may take: by the options, else by the configuration."""
    from swath.depth.batch_commands import job_of  # noqa: PLC0415

    options_given = {name.removeprefix("job_"): given[name] for name in OF_CLUSTER if name in given}
    return job_of({**shared.batch, **options_given})


def _print_commands(lines: list[str], script: Path | None) -> None:
    from swath.engine.files import write_atomically  # noqa: PLC0415

    for line in lines:
        typer.echo(line)
    if script is not None:
        write_atomically(script, "".join(f"{line}\n" for line in lines).encode())
        typer.echo(f"Commands saved to: {script}", err=True)


def _at_most(running: Running, tasks: int) -> Running:
    """No more local workers than sessions; one works in this process."""
    from swath.engine.executors import Workers  # noqa: PLC0415

    workers = running.workers
    if workers.kind == "dask" or workers.count <= tasks:
        return running
    return replace(running, workers=Workers("serial" if tasks == 1 else workers.kind, tasks))


@contextmanager
def _placed(running: Running, job: SlurmJob, jobs: int) -> Iterator[Running]:
    """Give the run jobs of a Slurm cluster as its workers."""
    from swath.engine.slurm import slurm_workers  # noqa: PLC0415

    with slurm_workers(job, jobs) as workers:
        yield replace(running, workers=workers)


def _report(outcome: Outcome, form: options.Format, *, single: bool) -> None:
    """Print what a run came to; a single recording that failed is an error, of several each is told."""
    failed = list(_failures(outcome))
    if single and failed:
        raise InputError(failed[0]["detail"], failed[0]["raw"])
    for row in failed:
        typer.echo(
            f"not extracted: {row['source']}: {row['detail'].removeprefix(row['source']).lstrip(': ')}", err=True
        )
    report(outcome, form)


def _failures(outcome: Outcome) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet as pq  # noqa: PLC0415

    for path in outcome.dataset.files("quarantine"):
        yield from pq.read_table(path, columns=["source", "detail", "raw"]).to_pylist()
