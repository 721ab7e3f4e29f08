"""``swath depth extract``: parameters from configurations and options, the sessions, and where they are extracted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
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
    from swath.depth.batch_commands import ClusterJob
    from swath.depth.config import Config
    from swath.depth.extract_sessions import Task
    from swath.depth.sessions import Session
    from swath.engine.run import Outcome, Running

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
Prefix = Annotated[str | None, typer.Option(help="What the shell does first in each job of the cluster.")]
Processors = Annotated[int | None, typer.Option("--ncpus", help="Processors of a job [default: 1].")]
JobMemory = Annotated[str | None, typer.Option("--job-memory", help="Memory of a job [default: 5GB].")]
WallTime = Annotated[str | None, typer.Option(help="Time of a job [default: 3:00:00].")]
Partition = Annotated[str | None, typer.Option(help="Partition of the cluster [default: short].")]


@takes_parameters(OF_EXTRACTION)
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
    prefix: Prefix = None,
    ncpus: Processors = None,
    job_memory: JobMemory = None,
    wall_time: WallTime = None,
    partition: Partition = None,
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
    from swath.depth.batch_commands import ClusterJob  # noqa: PLC0415
    from swath.depth.extract_sessions import extract as library  # noqa: PLC0415
    from swath.depth.extract_sessions import extract_job  # noqa: PLC0415
    from swath.engine.plan import plan  # noqa: PLC0415

    shared = read_configuration(config)
    on_cluster = {
        "prefix": prefix,
        "ncpus": ncpus,
        "memory": job_memory,
        "wall_time": wall_time,
        "partition": partition,
    }
    job = ClusterJob.of({**shared.batch, **{name: value for name, value in on_cluster.items() if value is not None}})
    own = session_config_path or shared.batch.get("session_config_path")
    chosen = _Chosen(source, shared, {**given, "write_movie": False} if no_film else given, own, compat)
    if print_commands:
        return _print_commands(chosen, config, job, extensions, extract_out_script)
    tasks = chosen.tasks(extensions, skip_checks=skip_checks)
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
        with _placed(
            running, job, slurm or shared.batch.get("cluster_type") == "slurm", workers or len(tasks)
        ) as there:
            outcome = library(tasks, output or chosen.dataset, there)
    return _report(outcome, form, single=source.is_file())


@dataclass(frozen=True)
class _Chosen:
    """What is to be extracted: a recording or a directory, and the configurations."""

    source: Path
    shared: Config
    given: Mapping[str, Any]
    own: str | Path | None
    compat: bool

    @property
    def dataset(self) -> Path:
        """Where the dataset goes by default."""
        from swath.depth.sessions import session_of  # noqa: PLC0415

        return (session_of(self.source).directory if self.source.is_file() else self.source) / "depth-dataset"

    def sessions(self, extensions: list[str] | None) -> list[Session]:
        """The sessions; raises InputError where there are none."""
        from swath.depth.sessions import EXTENSIONS, films_instead, find_sessions, session_of  # noqa: PLC0415

        if self.source.is_file():
            return [session_of(self.source)]
        endings = extensions or self.shared.batch.get("extensions") or EXTENSIONS
        found = find_sessions(self.source, extensions=endings)
        if not found:
            films = films_instead(self.source)
            hint = f"it has {films} films: give --extensions .avi or .mkv" if films else "check the directory"
            raise InputError(f"no recordings {', '.join(endings)} are below {self.source}", hint)
        return found

    def configs(self, sessions: list[Session]) -> dict[Path, Config]:
        """The configuration of each session, by its recording."""
        from swath.depth.session_config import config_for, read_session_configs  # noqa: PLC0415

        by_name = read_session_configs(Path(self.own)) if self.own else {}
        return {session.recording: config_for(session, self.shared, by_name) for session in sessions}

    def tasks(self, extensions: list[str] | None, *, skip_checks: bool) -> list[Task]:
        """The sessions with their parameters."""
        from swath.depth.config import make_settings  # noqa: PLC0415
        from swath.depth.extract_sessions import plan_tasks  # noqa: PLC0415

        sessions = self.sessions(extensions)
        settings = {
            path: make_settings(config, self.given, compat=self.compat)
            for path, config in self.configs(sessions).items()
        }
        single = self.source.is_file()
        return plan_tasks(sessions, self.source, settings, skip_checks=skip_checks or single)


def _print_commands(
    chosen: _Chosen, config: Path | None, job: ClusterJob, extensions: list[str] | None, script: Path | None
) -> None:
    """Print a line for each session that is not complete; its own configuration is written beside its results."""
    from swath.depth.batch_commands import COMMAND, PEER_COMMAND, batch_commands  # noqa: PLC0415
    from swath.depth.session_config import write_session_config  # noqa: PLC0415
    from swath.depth.status import is_complete  # noqa: PLC0415
    from swath.engine.files import write_atomically  # noqa: PLC0415

    pairs: list[tuple[Path, Path | None]] = []
    configs = chosen.configs(chosen.sessions(extensions))
    for task in chosen.tasks(extensions, skip_checks=False):
        if task.why_not or is_complete(task.results.status):
            continue
        path = config
        if chosen.own:
            path = write_session_config(
                task.session, task.settings.output_dir, configs[task.session.recording].parameters
            )
        pairs.append((task.session.recording, path))
    lines = batch_commands(pairs, job, PEER_COMMAND if chosen.compat else COMMAND)
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
def _placed(running: Running, job: ClusterJob, on_slurm: bool, jobs: int) -> Iterator[Running]:
    """Give the run its workers: jobs of a Slurm cluster, or those that it has."""
    if not on_slurm:
        yield running
        return
    from swath.engine.slurm import SlurmJob, slurm_workers  # noqa: PLC0415

    prologue = (job.prefix,) if job.prefix else ()
    with slurm_workers(SlurmJob(job.ncpus, job.memory, job.wall_time, job.partition, prologue), jobs) as workers:
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
