"""Configuring a workflow: its extractors, reducers and labels, as YAML files that can be edited."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from packaging.version import InvalidVersion, Version

from swath.errors import InputError, UsageError
from swath.panoptes.config.extractors import Configuration, extractor_config, unsupported
from swath.panoptes.config.labels import prefixed_labels, task_labels
from swath.panoptes.config.reducers import by_extractor, last_task_reducer_config
from swath.panoptes.config.versions import Wanted, latest, spans_majors
from swath.panoptes.exports import Export
from swath.panoptes.whole import read_whole

_REQUIRED = ("workflow_id", "version", "minor_version", "tasks", "strings")


@dataclass(frozen=True)
class WorkflowConfig:
    """The configuration of one version of a workflow.

    ``reducers`` are by extractor, ``versions`` is what the configuration says of versions, ``unsupported`` what no
    extractor reads, ``majors`` the major versions that a range spans.
    """

    workflow_id: int
    version: str
    versions: str | dict[str, str]
    extractors: Configuration
    reducers: list[tuple[str, dict[str, Any]]]
    labels: dict[str, Any]
    unsupported: list[str]
    majors: list[int]

    def files(self) -> dict[str, Any]:
        """The content of each file, by name."""
        place = f"workflow_{self.workflow_id}_V{self.version}"
        extraction = {
            "workflow_id": self.workflow_id,
            "workflow_version": self.versions,
            "extractor_config": self.extractors,
        }
        reductions = {f"Reducer_config_{place}_{name}.yaml": {"reducer_config": c} for name, c in self.reducers}
        return {f"Extractor_config_{place}.yaml": extraction, **reductions, f"Task_labels_{place}.yaml": self.labels}

    def write(self, directory: str | Path) -> list[Path]:
        """Write the files into a directory that exists, replacing older ones, and give their paths."""
        paths = []
        for name, content in self.files().items():
            paths.append(Path(directory) / name)
            paths[-1].write_text(yaml.safe_dump(content, default_flow_style=False, indent=4), encoding="utf-8")
        return paths


def config_workflow(
    workflow_csv: str | Path,
    workflow_id: int,
    version: str | None = None,
    min_version: str | None = None,
    max_version: str | None = None,
    keywords: Mapping[str, Mapping[str, Any]] | None = None,
) -> WorkflowConfig:
    """Configure the latest version of a workflow, or the latest of those that are asked for.

    ``version`` is one version, such as 52.76, or a major one, 52; ``min_version`` and ``max_version`` are a range.
    ``keywords`` are added to the extractors of a task. Raises InputError for a file that is no workflow export,
    UsageError for a workflow or a version that it does not hold.
    """
    if version is not None and (min_version is not None or max_version is not None):
        raise UsageError("a version and a range of versions are given", "give one of them")
    wanted = Wanted(version, min_version, max_version)
    rows = _rows(Path(workflow_csv), workflow_id)
    chosen = latest(rows, wanted, workflow_id)
    tasks, strings = rows[chosen]
    for task in keywords or {}:
        if task not in tasks:
            raise UsageError(f"the workflow has no task {task!r}", "it has " + ", ".join(tasks))
    extractors = extractor_config(tasks, keywords)
    configured = dict.fromkeys(entry["task"] for entries in extractors.values() for entry in entries)
    return WorkflowConfig(
        workflow_id,
        str(chosen),
        wanted.as_config(chosen),
        extractors,
        by_extractor(extractors),
        task_labels(strings, tasks, configured),
        unsupported(tasks),
        spans_majors(rows, wanted),
    )


def config_as_peer(config: WorkflowConfig, workflow_csv: str | Path) -> WorkflowConfig:
    """The same configuration with what panoptes_aggregation 5.3.1 does by accident to labels and details."""
    tasks, strings = _rows(Path(workflow_csv), config.workflow_id)[Version(config.version)]
    configured = dict.fromkeys(entry["task"] for entries in config.extractors.values() for entry in entries)
    reducers = zip((name for name, _ in config.reducers), last_task_reducer_config(config.extractors), strict=True)
    return replace(config, labels=prefixed_labels(strings, tasks, configured), reducers=list(reducers))


def workflow_ids(path: Path) -> list[int]:
    """The workflows of a workflow export, in order; raises InputError for a file that is none."""
    found: set[int] = set()
    for records, _ in read_whole(Export.open(path, _REQUIRED), _REQUIRED):
        values, good = records.texts("workflow_id", np.arange(len(records))).integers()
        found.update(values[good].tolist())
    return sorted(found)


def _rows(path: Path, workflow_id: int) -> dict[Version, tuple[dict[str, Any], dict[str, str]]]:
    """The tasks and strings of a workflow by version, the first row of each; raises InputError or UsageError."""
    found: dict[Version, tuple[dict[str, Any], dict[str, str]]] = {}
    others: set[str] = set()
    for records, _ in read_whole(Export.open(path, _REQUIRED), _REQUIRED):
        rows = np.arange(len(records))
        columns = {name: records.texts(name, rows) for name in _REQUIRED}
        for row in range(len(records)):
            cells = {name: column.at(row) for name, column in columns.items()}
            if cells["workflow_id"].strip() != str(workflow_id):
                others.add(cells["workflow_id"])
                continue
            version = _version(cells)
            if version is not None:
                found.setdefault(version, (_parsed(path, cells, "tasks"), _parsed(path, cells, "strings")))
    if not found:
        raise UsageError(f"{path} has no workflow {workflow_id}", "it has " + ", ".join(sorted(others)[:20]))
    return found


def _version(cells: Mapping[str, str]) -> Version | None:
    """The version of a row; None where it has none, as rows of abandoned workflows have."""
    try:
        return Version(f"{cells['version']}.{cells['minor_version']}")
    except InvalidVersion:
        return None


def _parsed(path: Path, cells: Mapping[str, str], column: str) -> dict[str, Any]:
    """A cell of JSON, or of a Python literal, which old dumps have; raises InputError where it is neither."""
    text = cells[column].strip() or "{}"
    try:
        try:
            parsed = json.loads(text)
        except ValueError:
            parsed = ast.literal_eval(text)
    except (ValueError, SyntaxError) as error:
        where = f"{path}, workflow {cells['workflow_id']}, version {cells['version']}.{cells['minor_version']}"
        raise InputError(f"{where}: {column} is no JSON", "fetch the workflow export again") from error
    return parsed if isinstance(parsed, dict) else {}
