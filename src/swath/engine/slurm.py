"""Workers of a Slurm cluster: jobs that are submitted for one run, and cancelled at its end."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from swath.engine.executors import Workers
from swath.errors import InputError, MissingExtraError, UsageError


@dataclass(frozen=True)
class SlurmJob:
    """What each job may take: processors, memory and time as Slurm writes them, the partition.

    ``prefix`` is what the shell does before, such as ``module load swath;``.
    """

    ncpus: int = 1
    memory: str = "5GB"
    wall_time: str = "3:00:00"
    partition: str = "short"
    prefix: str = ""


@contextmanager
def slurm_workers(job: SlurmJob, jobs: int) -> Iterator[Workers]:
    """Submit so many jobs, one worker each that does one chunk at a time, and give them as workers of a run.

    Chunks start as jobs begin; jobs that end early are submitted again. Raises MissingExtraError without dask-jobqueue,
    and InputError where Slurm's commands are not there or refuse.
    """
    if jobs < 1:
        raise UsageError(f"{jobs} jobs are none", "give 1 or more")
    try:
        from dask_jobqueue.slurm import SLURMCluster  # noqa: PLC0415  (optional extra)
    except ImportError as error:
        raise MissingExtraError("a Slurm cluster needs dask-jobqueue", "pip install 'swath[slurm]'") from error
    if shutil.which("sbatch") is None:
        raise InputError("there is no sbatch here", "run this where Slurm's commands are, or leave --slurm out")
    settings: dict[str, Any] = {
        "queue": job.partition,
        "cores": 1,
        "job_cpu": job.ncpus,
        "memory": job.memory,
        "job_mem": job.memory,
        "walltime": job.wall_time,
        "job_script_prologue": [job.prefix] if job.prefix else [],
        "scheduler_options": {"dashboard_address": ":0"},
    }
    with SLURMCluster(**settings) as cluster:
        _check_script(cluster.job_script())
        cluster.adapt(minimum_jobs=jobs, maximum_jobs=jobs)
        yield Workers("dask", 0, cluster.scheduler_address)


def _check_script(script: str) -> None:
    """Let Slurm look at the jobs' script: one that is refused later would be waited for without end."""
    sbatch = shutil.which("sbatch") or "sbatch"
    tried = subprocess.run([sbatch, "--test-only"], input=script, text=True, capture_output=True, check=False)  # noqa: S603
    if tried.returncode:
        said = " ".join(tried.stderr.split()) or f"exit status {tried.returncode}"
        raise InputError(f"Slurm refuses the jobs: {said}", "are the partition and the limits right?")
