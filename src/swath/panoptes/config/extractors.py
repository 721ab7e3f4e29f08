"""The extractor configuration of a workflow: an entry for each task, or for each task's tools of one kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from swath.panoptes.config.defaults import SHAPE_TOOLS, TASK_EXTRACTORS, TOOL_EXTRACTORS, TRANSCRIPTION_EXTRACTORS

Configuration = dict[str, list[dict[str, Any]]]

_SHAKESPEARES_WORLD = {"init": {"question": "init.question", "type": "single", "answers": []}}


def extractor_config(
    tasks: Mapping[str, Any], keywords: Mapping[str, Mapping[str, Any]] | None = None
) -> Configuration:
    """Configure the extractors of a workflow's tasks; ``keywords`` are added to the entries of a task.

    Tasks that no extractor reads have no entry: ``unsupported`` lists them.
    """
    if tasks == _SHAKESPEARES_WORLD:
        return _transcription("sw_extractor", "sw_variant_extractor", "sw_graphic_extractor")
    if "annotate-" in str(tasks.get("T0", {}).get("type", "")):
        return _transcription("sw_extractor", "sw_graphic_extractor")
    config: Configuration = {}
    for key, task in tasks.items():
        given = dict((keywords or {}).get(key, {}))
        if task.get("type") == "drawing":
            for extractor, entry in _drawing(key, task.get("tools") or [], given).items():
                config.setdefault(extractor, []).append(entry)
        elif task.get("type") in TASK_EXTRACTORS:
            config.setdefault(TASK_EXTRACTORS[task["type"]], []).append({"task": key, **given})
    return config


def _transcription(*of_text: str) -> Configuration:
    """The configuration of projects that transcribe in the manner of Shakespeare's World."""
    return {
        "question_extractor": [{"task": "T0"}, {"task": "T3"}],
        **{extractor: [{"task": "T2"}] for extractor in of_text},
    }


def _drawing(key: str, tools: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The entries of one drawing task, by extractor; tools of one extractor share an entry."""
    entries: dict[str, dict[str, Any]] = {}
    for index, tool in enumerate(tools):
        kind, details = tool.get("type", ""), tool.get("details") or []
        if kind in TRANSCRIPTION_EXTRACTORS and [detail.get("type") for detail in details] == ["text"]:
            entries.setdefault(TRANSCRIPTION_EXTRACTORS[kind], {"task": key, **given})
        elif kind in TOOL_EXTRACTORS:
            entry = entries.setdefault(TOOL_EXTRACTORS[kind], {"task": key, "tools": [], **given, "details": {}})
            entry["tools"].append(index)
            if kind in SHAPE_TOOLS:
                entry["shape"] = kind
            if details:
                entry["details"][f"{key}_tool{index}"] = [TASK_EXTRACTORS.get(d.get("type", "")) for d in details]
    return entries


def unsupported(tasks: Mapping[str, Any]) -> list[str]:
    """Say which tasks and tools no extractor reads."""
    said = []
    for key, task in tasks.items():
        kind = str(task.get("type"))
        if kind == "drawing":
            tools = enumerate(task.get("tools") or [])
            said += [f"{key}, tool {n}: {t.get('type')}" for n, t in tools if t.get("type") not in TOOL_EXTRACTORS]
        elif kind not in TASK_EXTRACTORS and kind != "combo":
            said.append(f"{key}: {kind}")
    return said
