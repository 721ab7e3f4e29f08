"""One sbatch line a session, as moseq2-extract prints them, for clusters that are worked by scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from swath.engine.slurm import SlurmJob

COMMAND = "swath depth extract"
PEER_COMMAND = "moseq2-extract extract"


def job_of(values: Mapping[str, Any]) -> SlurmJob:
    """Take what a job may take from the keys of a configuration; no processors are one."""
    known = {item.name: values[item.name] for item in fields(SlurmJob) if values.get(item.name) is not None}
    return SlurmJob(**{**known, "ncpus": int(known.get("ncpus", 1)) or 1})


def batch_commands(recordings: Iterable[tuple[Path, Path | None]], job: SlurmJob, command: str = COMMAND) -> list[str]:
    """Give a line for each recording and its configuration."""
    return [_line(recording, config, job, command) for recording, config in recordings]


def _line(recording: Path, config: Path | None, job: SlurmJob, command: str) -> str:
    with_config = f" --config-file {_escaped(config)}" if config else ""
    return (
        f"sbatch -c {job.ncpus} --mem={job.memory} -p {job.partition} -t {job.wall_time} "
        f'--wrap "{job.prefix}{command}{with_config} {_escaped(recording)}; "'
    )


def _escaped(path: Path) -> str:
    """A path within a quoted shell command: blanks and what the shell would read are escaped."""
    return "".join(f"\\{sign}" if sign.isspace() or sign in "\"'$`\\;&|<>()*?!#" else sign for sign in str(path))
