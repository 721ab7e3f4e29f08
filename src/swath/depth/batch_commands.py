"""One sbatch line a session, as moseq2-extract prints them, for clusters that are worked by scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = "swath depth extract"
PEER_COMMAND = "moseq2-extract extract"


@dataclass(frozen=True)
class ClusterJob:
    """What a job of a cluster may take: processors, memory and time as Slurm writes them, and the partition.

    ``prefix`` is what the shell does before, such as ``module load swath;``.
    """

    ncpus: int = 1
    memory: str = "5GB"
    wall_time: str = "3:00:00"
    partition: str = "short"
    prefix: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> ClusterJob:
        """Take the keys of a configuration; no processors are one."""
        known = {name: values[name] for name in cls.__dataclass_fields__ if values.get(name) is not None}
        known["ncpus"] = int(known.get("ncpus", 1)) or 1
        return cls(**known)


def batch_commands(
    recordings: Iterable[tuple[Path, Path | None]], job: ClusterJob, command: str = COMMAND
) -> list[str]:
    """Give a line for each recording and its configuration."""
    return [_line(recording, config, job, command) for recording, config in recordings]


def _line(recording: Path, config: Path | None, job: ClusterJob, command: str) -> str:
    with_config = f" --config-file {_escaped(config)}" if config else ""
    return (
        f"sbatch -c {job.ncpus or 1} --mem={job.memory} -p {job.partition} -t {job.wall_time} "
        f'--wrap "{job.prefix}{command}{with_config} {_escaped(recording)}; "'
    )


def _escaped(path: Path) -> str:
    """A path within a quoted shell command: blanks and what the shell would read are escaped."""
    return "".join(f"\\{sign}" if sign.isspace() or sign in "\"'$`\\;&|<>()*?!#" else sign for sign in str(path))
