"""Parameters that differ from session to session: one YAML file with a configuration under each session's name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from swath.depth.config import Config, config_of
from swath.depth.sessions import Session
from swath.depth.yaml_files import read_yaml, write_yaml
from swath.errors import InputError

NAME = "config.yaml"


def read_session_configs(path: Path) -> dict[str, Mapping[str, Any]]:
    """Read configurations by session name; raises InputError for what is not one."""
    found = read_yaml(path)
    for name, values in found.items():
        if not isinstance(values, dict):
            raise InputError(f"{path}: {name} is no configuration", "give parameters under the name of each session")
    return {str(name): values for name, values in found.items()}


def config_for(session: Session, shared: Config, by_name: Mapping[str, Mapping[str, Any]]) -> Config:
    """The configuration of a session: its own if it has one, else the one that all share."""
    own = by_name.get(session.name)
    return shared if own is None else config_of(own, f"the configuration of {session.name}")


def write_session_config(session: Session, output_dir: str, values: Mapping[str, Any]) -> Path:
    """Write a session's configuration beside its results, for a command that is run elsewhere; give its path."""
    path = session.results(output_dir).directory / NAME
    write_yaml(path, values)
    return path
