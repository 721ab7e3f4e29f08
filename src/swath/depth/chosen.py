"""What is to be extracted: the sessions of a directory, or one recording, each with its parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from swath.depth.batch_commands import COMMAND, PEER_COMMAND, batch_commands
from swath.depth.config import Config, make_settings
from swath.depth.extract_sessions import Task, plan_tasks
from swath.depth.session_config import config_for, read_session_configs, write_session_config
from swath.depth.sessions import EXTENSIONS, Session, films_instead, find_sessions, session_of
from swath.depth.status import is_complete
from swath.engine.slurm import SlurmJob
from swath.errors import InputError


@dataclass(frozen=True)
class Chosen:
    """A recording, or a directory of sessions, and where their parameters come from.

    ``shared`` is the configuration of all, ``own`` a file of configurations by session name, ``given`` the parameters
    that go before both. ``extensions`` are endings of recordings, those of the configuration by default.
    """

    source: Path
    shared: Config = field(default_factory=Config)
    own: Path | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    extensions: Sequence[str] = ()
    compat: bool = False

    @property
    def single(self) -> bool:
        """Whether it is one recording."""
        return self.source.is_file()

    @property
    def dataset(self) -> Path:
        """Where the dataset goes by default."""
        return (session_of(self.source).directory if self.single else self.source) / "depth-dataset"

    def sessions(self) -> list[Session]:
        """Find the sessions; raises InputError where there are none."""
        if self.single:
            return [session_of(self.source)]
        endings = self.extensions or self.shared.batch.get("extensions") or EXTENSIONS
        found = find_sessions(self.source, extensions=endings)
        if not found:
            films = films_instead(self.source)
            hint = f"it has {films} films: give --extensions .avi or .mkv" if films else "check the directory"
            raise InputError(f"no recordings {', '.join(endings)} are below {self.source}", hint)
        return found

    def tasks(self, *, skip_checks: bool = False) -> list[Task]:
        """The sessions with their parameters; ``skip_checks`` takes those without metadata too."""
        sessions = self.sessions()
        settings = {
            path: make_settings(config, self.given, compat=self.compat)
            for path, config in self._configs(sessions).items()
        }
        return plan_tasks(sessions, self.source, settings, skip_checks=skip_checks or self.single)

    def commands(self, config: Path | None, job: SlurmJob) -> list[str]:
        """Give an sbatch line for each session that is not complete; ``config`` is the file of ``shared``.

        Configurations of their own are written beside the sessions' results.
        """
        command = PEER_COMMAND if self.compat else COMMAND
        return batch_commands(self._recordings(config), job, command)

    def _recordings(self, config: Path | None) -> Iterator[tuple[Path, Path | None]]:
        configs = self._configs(self.sessions())
        for task in self.tasks():
            if task.why_not or is_complete(task.results.status):
                continue
            path, own = config, configs[task.session.recording].parameters
            if self.own is not None:
                path = write_session_config(task.session, task.settings.output_dir, own)
            yield task.session.recording, path

    def _configs(self, sessions: Sequence[Session]) -> dict[Path, Config]:
        """The configuration of each session, by its recording."""
        by_name = read_session_configs(self.own) if self.own is not None else {}
        return {session.recording: config_for(session, self.shared, by_name) for session in sessions}
