"""The texts of a workflow's configured tasks, by the keys that its tasks name them by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_OPTION = re.compile(r"\w+\.selects\.\d+\.options\.[^.]+\.\d+\.label")


def task_labels(strings: Mapping[str, str], tasks: Mapping[str, Any], configured: Iterable[str]) -> dict[str, Any]:
    """The texts of the configured tasks, help left out; the options of drop-downs by their values too."""
    keys = set(configured)
    kept = {
        name: text for name, text in strings.items() if name.partition(".")[0] in keys and "help" not in name.split(".")
    }
    return {name: _by_value(name, text, tasks) for name, text in kept.items()}


def prefixed_labels(strings: Mapping[str, str], tasks: Mapping[str, Any], configured: Iterable[str]) -> dict[str, Any]:
    """The texts as panoptes_aggregation 5.3.1 chooses them: T1 takes those of T10 too, and no key may hold help."""
    keys = tuple(configured)
    kept = {name: text for name, text in strings.items() if name.startswith(keys) and "help" not in name}
    return {name: _by_value(name, text, tasks) for name, text in kept.items()}


def _by_value(name: str, text: str, tasks: Mapping[str, Any]) -> Any:
    """An option of a drop-down as its value and text, any other text as it is."""
    if not _OPTION.fullmatch(name):
        return text
    task, _, select, _, condition, option, _ = name.split(".")
    try:
        return {tasks[task]["selects"][int(select)]["options"][condition][int(option)]["value"]: text}
    except (KeyError, IndexError):
        return text
