"""Shakespeare's World and AnnoTate: transcribed lines with their mark-up, graphics, variants."""

from __future__ import annotations

import math
from html.parser import HTMLParser
from typing import Any

from swath.panoptes.extract.annotations import first_annotation
from swath.panoptes.extract.lines import Lines
from swath.panoptes.extract.model import Classification, Extract

_KEPT_TAGS = frozenset({"sw-ex", "sl", "brev-y", "sw-ins", "sw-del", "sw-unclear", "sw-sup", "label", "graphic"})
_BOX = ("x", "y", "width", "height")


def extract_lines(classification: Classification) -> Extract:
    """The transcribed lines, all in frame 0, with their texts cleaned; a line without coordinates is left out."""
    lines = Lines(gold_standard=classification.gold_standard)
    lines.frame("frame0")
    annotation = first_annotation(classification)
    for mark in annotation["value"] if annotation is not None else ():
        if "startPoint" not in mark or "endPoint" not in mark or "text" not in mark:
            continue
        x, y = (tuple(mark[end][axis] for end in ("startPoint", "endPoint")) for axis in "xy")
        if None not in (*x, *y):
            slope = math.degrees(math.atan2(y[1] - y[0], x[1] - x[0]))
            lines.add("frame0", x, y, [clean_text(mark["text"])], slope)
    return lines.frames


def extract_graphics(classification: Classification) -> Extract:
    """The boxes of graphics, with their tags, and of images."""
    frame: dict[str, list[Any]] = {}
    annotation = first_annotation(classification)
    for mark in annotation["value"] if annotation is not None else ():
        if mark.get("type") not in ("graphic", "image") or any(mark.get(side, "NaN") == "NaN" for side in _BOX):
            continue
        if mark["type"] == "graphic":
            frame.setdefault("tool0_tag", []).append(mark["tag"])
        for side in _BOX:
            frame.setdefault(f"tool0_{side}", []).append(float(mark[side]))
    return {"frame0": frame} if frame else {}


def extract_variants(classification: Classification) -> Extract:
    """The variants of spelling that were noted; no key where there is none."""
    annotation = first_annotation(classification)
    marks = annotation["value"] if annotation is not None else ()
    variants = [variant for mark in marks for variant in mark.get("variants") or () if variant]
    return {"variants": variants} if variants else {}


def clean_text(text: str) -> str:
    """A text in ASCII with the tags of the project alone; those that are not closed are closed at the end.

    What a word processor pasted, which ``<xml>`` shows, loses all tags and line breaks.
    """
    pasted = "<xml>" in text
    cleaner = _Cleaner(frozenset() if pasted else _KEPT_TAGS)
    cleaner.feed(_in_ascii(text))
    cleaner.close()
    return cleaner.result().replace("\n", "") if pasted else cleaner.result()


def _in_ascii(text: str) -> str:
    """A text without other characters; a space that does not break is a space."""
    return text.replace("\xa0", " ").encode("ascii", "ignore").decode()


class _Cleaner(HTMLParser):
    """Keeps text, with entities decoded, and some tags; comments stand where tags may."""

    def __init__(self, kept: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._kept = kept
        self._parts: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._kept:
            shown = "".join(f' {name}="{value or ""}"' for name, value in attrs)
            self._parts.append(f"<{tag}{shown}>")
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while (last := self._open.pop()) != tag:
                self._parts.append(f"</{last}>")
            self._parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._parts.append(_in_ascii(data))

    def handle_comment(self, data: str) -> None:
        if self._kept:
            self._parts.append(f"<!--{data}-->")

    def result(self) -> str:
        """What was kept."""
        return "".join(self._parts) + "".join(f"</{tag}>" for tag in reversed(self._open))
