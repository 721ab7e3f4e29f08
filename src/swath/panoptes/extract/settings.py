"""What an extraction is told: the extractors and their keywords, the workflow, its versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from swath.errors import InputError, UsageError
from swath.panoptes.versions import LATEST, VersionRange, order_of


@dataclass(frozen=True)
class Entry:
    """One entry of an extractor's list: the extractor's key, and its keywords with ``task``."""

    key: str
    keywords: Mapping[str, Any]

    @property
    def task(self) -> str:
        """The key of the task."""
        return str(self.keywords["task"])


@dataclass(frozen=True)
class ExtractSettings:
    """What decides the output of an extraction; ``chunk_size`` is in bytes."""

    entries: tuple[Entry, ...]
    workflow_id: int
    versions: VersionRange
    compat: bool = False
    chunk_size: int = 16 << 20

    @property
    def keys(self) -> tuple[str, ...]:
        """The extractors' keys, each once, in order."""
        return tuple(dict.fromkeys(entry.key for entry in self.entries))

    def entries_of(self, key: str) -> tuple[Entry, ...]:
        """The entries of one extractor."""
        return tuple(entry for entry in self.entries if entry.key == key)


def read_yaml(path: str | Path) -> Mapping[str, Any]:
    """Read a YAML file that holds a mapping; raises InputError where it is none."""
    try:
        content = yaml.safe_load(Path(path).read_bytes())
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", "check the path") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no YAML: {error}", "write it anew with swath panoptes config") from error
    if not isinstance(content, Mapping):
        raise InputError(f"{path} holds no mapping", "write it anew with swath panoptes config")
    return content


def read_settings(path: str | Path) -> ExtractSettings:
    """Read an extractor configuration; raises InputError or UsageError where it is none."""
    content = read_yaml(path)
    listed = content.get("extractor_config")
    if not isinstance(listed, Mapping):
        raise UsageError(f"{path} has no extractor_config", "is it a reducer's configuration?")
    workflow = content.get("workflow_id")
    if not isinstance(workflow, int):
        raise UsageError(f"{path}: workflow_id is {workflow!r}", "write the workflow's number, without quotes")
    entries = tuple(entry for key, given in listed.items() for entry in _entries(path, str(key), given))
    return ExtractSettings(entries, workflow, version_range(content.get("workflow_version", {}), f"{path}"))


def _entries(path: str | Path, key: str, given: Any) -> list[Entry]:
    if not isinstance(given, list) or not all(isinstance(item, Mapping) for item in given):
        raise UsageError(f"{path}: {key} has no list of tasks", "write a list of mappings, each with a task")
    for item in given:
        if "task" not in item:
            raise UsageError(f"{path}: an entry of {key} names no task", "write task: T0, or task: all")
    return [Entry(key, dict(item)) for item in given]


def version_range(given: Any, where: str) -> VersionRange:
    """Read ``workflow_version``: a text such as 52.76, a major version as a text, or a mapping with min and max.

    A major version stands for all its minor ones, up to the next major version itself.
    """
    if isinstance(given, str):
        low = order_of(given, where)
        return VersionRange(low, _bumped(low))
    if isinstance(given, Mapping) and all(isinstance(value, str) for value in given.values()):
        low = order_of(given["min"], where) if "min" in given else 0
        return VersionRange(low, _bumped(order_of(given["max"], where)) if "max" in given else LATEST)
    raise UsageError(
        f"{where}: workflow_version is {given!r}", "write it in quotes, such as '52.76', or a mapping with min and max"
    )


def _bumped(order: int) -> int:
    """The next major version for a major version, any other as it is."""
    return order if order % order_of("1", "") else order + order_of("1", "")
