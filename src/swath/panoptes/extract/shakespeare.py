"""Shakespeare's World and AnnoTate: transcribed lines with their mark-up, graphics, variants."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from swath.panoptes.extract.annotations import first_annotation
from swath.panoptes.extract.clean_text import clean_text
from swath.panoptes.extract.lines import Lines
from swath.panoptes.extract.model import Classification, Extract

_BOX = ("x", "y", "width", "height")


def extract_lines(classification: Classification) -> Extract:
    """The transcribed lines, all in frame 0, with their texts cleaned; a line without coordinates is left out."""
    lines = Lines(gold_standard=classification.gold_standard)
    lines.frame("frame0")
    for mark in _marks(classification):
        if "startPoint" not in mark or "endPoint" not in mark or "text" not in mark:
            continue
        x, y = (tuple(mark[end][axis] for end in ("startPoint", "endPoint")) for axis in "xy")
        if None not in (*x, *y):
            slope = math.degrees(math.atan2(y[1] - y[0], x[1] - x[0]))
            lines.add("frame0", x, y, [clean_text(mark["text"])], slope)
    return lines.frames


def extract_graphics(classification: Classification) -> Extract:
    """The boxes of graphics, with their tags, and of images; a graphic without a tag is left out."""
    frame: dict[str, list[Any]] = {}
    for mark in _marks(classification):
        if mark.get("type") not in ("graphic", "image") or any(mark.get(side, "NaN") == "NaN" for side in _BOX):
            continue
        if mark["type"] == "graphic":
            if mark.get("tag", "NaN") == "NaN":
                continue
            frame.setdefault("tool0_tag", []).append(mark["tag"])
        for side in _BOX:
            frame.setdefault(f"tool0_{side}", []).append(float(mark[side]))
    return {"frame0": frame} if frame else {}


def extract_variants(classification: Classification) -> Extract:
    """The variants of spelling that were noted; no key where there is none."""
    variants = [variant for mark in _marks(classification) for variant in mark.get("variants") or () if variant]
    return {"variants": variants} if variants else {}


def _marks(classification: Classification) -> Sequence[Mapping[str, Any]]:
    """The marks of the first annotation; a task that was left has none."""
    annotation = first_annotation(classification)
    value = None if annotation is None else annotation["value"]
    return value if isinstance(value, list) else ()
