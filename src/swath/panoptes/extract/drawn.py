"""The extractors of drawing tasks: which marks they read, and how."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from swath.errors import UsageError
from swath.panoptes.extract.compat_drawings import CompatDrawing
from swath.panoptes.extract.drawings import Drawing, Read, SubTask
from swath.panoptes.extract.marks import complete_reader, first_classifier_reader, parameters_reader
from swath.panoptes.extract.model import Classification, Extract, Extracting, Extractor
from swath.panoptes.extract.paths import read_curve, read_path, with_gold_standard
from swath.panoptes.extract.reading import numbers
from swath.panoptes.keywords import Keyword, values
from swath.panoptes.shapes import SHAPES

Details = Mapping[str, Any]

TOOLS = Keyword("tools", None, "numbers of the tools that count, all if left out", numbers)


def _mapping(value: Any) -> Details | None:
    if value is not None and not isinstance(value, Mapping):
        raise TypeError
    return value


def _shape(value: Any) -> str:
    if value not in SHAPES:
        raise ValueError
    return str(value)


_TOOL, _SUBTASK = re.compile(r".+_tool\d+"), re.compile(r".+_tool(Index)?\d+_subtask\d+")
_DETAILS = Keyword("details", None, "extractors of sub-tasks, a list for each tool such as T0_tool0", _mapping)
_SHAPE = Keyword("shape", None, "one of " + ", ".join(SHAPES), _shape, required=True)


@dataclass(frozen=True)
class _SubTasks:
    """The extractors of sub-tasks, as both classifiers spell them: lists by tool, and one by one."""

    lists: dict[str, list[SubTask | None]] | None = None
    single: dict[str, SubTask | None] | None = None

    @classmethod
    def of(cls, details: Details | None, make: Callable[[str], SubTask | None]) -> _SubTasks:
        """Read ``details``; raises UsageError for what is neither spelling, and for names that ``make`` refuses."""
        if details is None:
            return cls()
        lists: dict[str, list[SubTask | None]] = {}
        single: dict[str, SubTask | None] = {}
        for name, given in details.items():
            if "_subtask" in name:
                single[name] = _sub_extractor(given, make)
            elif isinstance(given, list):
                lists[name] = [_sub_extractor(one, make) for one in given]
            else:
                raise UsageError(f"details of {name} are {given!r}", "write a list, an extractor or null per sub-task")
        return cls(lists, single)


def _sub_extractor(name: Any, make: Callable[[str], SubTask | None]) -> SubTask | None:
    if name is not None and not isinstance(name, str):
        raise UsageError(f"details name the extractor {name!r}", "write a name, or null")
    return None if name is None else make(name)


def _as_documented(name: str) -> SubTask:
    """Make the extractor of a sub-task; raises UsageError for a name that there is none of."""
    from swath.panoptes.extract.registry import extractor_for  # noqa: PLC0415  (they know each other)

    extractor = extractor_for(name)
    return extractor.make(**values(extractor.keywords, {}, name))


def _as_peer(name: str) -> SubTask | None:
    """The same; a name that there is none of stands for no extractor."""
    from swath.panoptes.extract.registry import extractors  # noqa: PLC0415  (they know each other)

    extractor = extractors().get(name)
    if extractor is None:
        return None
    return (extractor.make_compat or extractor.make)(**values(extractor.keywords, {}, name))


def _check_names(details: Details) -> None:
    """Raise UsageError for details of what names no tool and no sub-task, which no mark would have."""
    for name, given in details.items():
        if not (_TOOL if isinstance(given, list) else _SUBTASK).fullmatch(str(name)):
            raise UsageError(
                f"details name {name!r}, which is no tool or sub-task",
                "write such as T0_tool0: [question_extractor], or T0_toolIndex0_subtask0: question_extractor",
            )


def _drawing(read: Read, *, tools: Sequence[int] | None, details: Details | None) -> Drawing:
    _check_names(details or {})
    subtasks = _SubTasks.of(details, _as_documented)
    return Drawing(read, tools, subtasks.lists, subtasks.single)


def _compat(read: Read, *, tools: Sequence[int] | None, details: Details | None, **needs: bool) -> CompatDrawing:
    subtasks = _SubTasks.of(details, _as_peer)
    return CompatDrawing(read, tools, subtasks.lists, subtasks.single, **needs)


def _marks(parameters: Sequence[str]) -> Callable[..., Extracting]:
    return lambda **keywords: _drawing(parameters_reader(parameters), **keywords).extract


def _compat_points(**keywords: Any) -> Extracting:
    return _compat(first_classifier_reader(SHAPES["point"]), needs_frame=True, needs_tool=True, **keywords).extract


def _compat_rectangles(**keywords: Any) -> Extracting:
    read = parameters_reader(SHAPES["rectangle"])
    return _compat(read, needs_frame=True, needs_tool=True, keeps_frame=False, **keywords).extract


def _shapes(*, shape: str, **keywords: Any) -> Extracting:
    return _drawing(complete_reader(SHAPES[shape]), **keywords).extract


def _compat_shapes(*, shape: str, **keywords: Any) -> Extracting:
    return _compat(parameters_reader(SHAPES[shape]), keeps_null=False, keeps_frame=False, **keywords).extract


def _paths(**keywords: Any) -> Extracting:
    return partial(_extract_paths, _drawing(read_path, **keywords))


def _compat_paths(**keywords: Any) -> Extracting:
    return partial(_extract_paths, _compat(read_path, **keywords))


def _extract_paths(drawing: Drawing, classification: Classification) -> Extract:
    return with_gold_standard(drawing.extract(classification), gold_standard=classification.gold_standard)


def _curves(**keywords: Any) -> Extracting:
    return _drawing(read_curve, **keywords).extract


def _compat_curves(**keywords: Any) -> Extracting:
    return _compat(read_curve, needs_tool=True, **keywords).extract


_KEYWORDS = (TOOLS, _DETAILS)
EXTRACTORS = (
    Extractor(
        "point_extractor_by_frame", "points by frame and tool", _marks(SHAPES["point"]), _KEYWORDS, _compat_points
    ),
    Extractor(
        "rectangle_extractor",
        "rectangles by frame and tool",
        _marks(SHAPES["rectangle"]),
        _KEYWORDS,
        _compat_rectangles,
    ),
    Extractor("shape_extractor", "marks of one shape by frame and tool", _shapes, (_SHAPE, *_KEYWORDS), _compat_shapes),
    Extractor("polygon_extractor", "polygons and freehand lines by frame and tool", _paths, _KEYWORDS, _compat_paths),
    Extractor("bezier_extractor", "Bézier curves, sampled, by frame and tool", _curves, _KEYWORDS, _compat_curves),
)
