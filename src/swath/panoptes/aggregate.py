"""Configuration, extraction and reduction in one: from an export to the consensus of each subject."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swath.engine.run import Outcome, Running, run
from swath.errors import UsageError
from swath.panoptes.config.reducers import by_extractor
from swath.panoptes.config.workflow import WorkflowConfig, config_workflow, workflow_ids
from swath.panoptes.extract.job import extract_job
from swath.panoptes.extract.settings import ExtractSettings, read_settings
from swath.panoptes.extract.slug import slug
from swath.panoptes.reduce.job import reduce_job
from swath.panoptes.reduce.settings import ReduceSettings, read_reducer


@dataclass(frozen=True)
class Wanted:
    """What is aggregated: a workflow (None: the only one of its export), its versions as for ``config_workflow``."""

    workflow_id: int | None = None
    version: str | None = None
    min_version: str | None = None
    max_version: str | None = None


@dataclass(frozen=True)
class Aggregation:
    """What an aggregation came to: its configuration, and the outcome of each step by the name of its directory."""

    config: WorkflowConfig
    outcomes: Mapping[str, Outcome]


def aggregate(
    classifications: Sequence[str | Path],
    workflows: str | Path,
    out: str | Path,
    *,
    wanted: Wanted | None = None,
    extractor_config: str | Path | None = None,
    reducer_configs: Mapping[str, str | Path] | None = None,
    repeats: str = "first",
    running: Running | None = None,
) -> Aggregation:
    """Aggregate an export into ``out``: YAML files in ``config``, extracts in ``extracts``, a reduction an extractor.

    ``extractor_config`` and ``reducer_configs``, the latter by extractor, take the place of the default ones. Every
    step is taken up where it was. Raises UsageError for an extractor configuration of another workflow, and what
    ``config_workflow``, ``extract`` and ``reduce`` raise.
    """
    wanted = wanted or Wanted()
    workflow = wanted.workflow_id or _only_workflow(workflows)
    made = config_workflow(workflows, workflow, wanted.version, wanted.min_version, wanted.max_version)
    root = Path(out)
    (root / "config").mkdir(parents=True, exist_ok=True)
    files = made.write(root / "config")
    settings = read_settings(extractor_config or files[0])
    if settings.workflow_id != workflow:
        raise UsageError(
            f"{extractor_config} is of workflow {settings.workflow_id}, not {workflow}", "is it the right one?"
        )
    reducers = _reducers(settings, reducer_configs or {})
    outcomes = {"extracts": run(extract_job(classifications, settings), root / "extracts", running)}
    for key in settings.keys:
        if key in reducers and outcomes["extracts"].dataset.files(key):
            name, keywords = reducers[key]
            chosen = ReduceSettings(name, keywords, repeats, answer_labels(made.labels))
            job = reduce_job(root / "extracts" / key, chosen)
            outcomes[key] = run(job, root / key, running)
    return Aggregation(made, outcomes)


def _only_workflow(workflows: str | Path) -> int:
    """The workflow of an export that has one; raises UsageError where it has several."""
    found = workflow_ids(Path(workflows))
    if len(found) != 1:
        listed = ", ".join(map(str, found[:20]))
        raise UsageError(f"{workflows} has {len(found)} workflows", f"name one with --workflow: {listed}")
    return found[0]


def _reducers(settings: ExtractSettings, given: Mapping[str, str | Path]) -> dict[str, tuple[str, dict[str, Any]]]:
    """The reducer of each extractor, with its keywords; raises UsageError for an extractor that there is none of."""
    entries = {key: [entry.keywords for entry in settings.entries_of(key)] for key in settings.keys}
    found = {extractor: next(iter(config.items())) for extractor, config in by_extractor(entries)}
    for extractor, path in given.items():
        if extractor not in entries:
            close = difflib.get_close_matches(extractor, entries, 1, 0.4)
            hint = f"is it {close[0]!r}?" if close else "it has " + ", ".join(entries)
            raise UsageError(f"the workflow has no {extractor!r}", hint)
        found[extractor] = read_reducer(path)
    return found


def answer_labels(labels: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The texts of answers and choices by task and by the answer's name."""
    found: dict[str, dict[str, str]] = {}
    for key, text in labels.items():
        task, _, place = key.partition(".")
        names = found.setdefault(task, {})
        if isinstance(text, Mapping):
            names |= {slug(value): str(label) for value, label in text.items()}
        elif isinstance(text, str) and place.startswith(("answers.", "choices.")):
            names.setdefault(slug(text), text)
            if place.startswith("choices."):
                names.setdefault(slug(place.split(".")[1]), text)
    return found
