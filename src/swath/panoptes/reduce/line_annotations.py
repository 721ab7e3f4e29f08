"""Transcribed lines as volunteers gave them: dots along the line, their texts, and who drew them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from swath.panoptes.reduce.model import Group, ReduceError


@dataclass(frozen=True)
class LineAnnotation:
    """A line drawn by a volunteer: x and y of its dots, the texts after them, and its slope in degrees.

    ``extract`` is the position of its extract in the group, ``ordinal`` its own among the lines of that extract and
    frame.
    """

    x: list[float]
    y: list[float]
    texts: list[str]
    slope: float
    gold_standard: bool
    extract: int
    ordinal: int

    @property
    def text(self) -> str:
        """All texts as one."""
        return " ".join(self.texts)

    @property
    def length(self) -> float:
        """The distance between its ends, pixels."""
        return math.hypot(self.x[-1] - self.x[0], self.y[-1] - self.y[0])

    def joined(self) -> LineAnnotation:
        """Give the line with only its ends, and its texts as one."""
        ends = [self.x[0], self.x[-1]], [self.y[0], self.y[-1]]
        return LineAnnotation(*ends, [self.text], self.slope, self.gold_standard, self.extract, self.ordinal)


def lines_by_frame(group: Group) -> dict[str, list[LineAnnotation]]:
    """Give the lines of every frame, in order of the extracts.

    Raises KeyError for a frame that is not of lines, ReduceError for a line with a place or slope that is no number.
    """
    frames: dict[str, list[LineAnnotation]] = {}
    for number, extract in enumerate(group.extracts):
        for name, frame in extract.items():
            if isinstance(frame, Mapping):
                frames.setdefault(name, []).extend(_lines(frame, number))
    return frames


def _lines(frame: Mapping[str, Any], extract: int) -> Iterator[LineAnnotation]:
    gold_standard = bool(frame.get("gold_standard", False))
    drawn = zip(frame["points"]["x"], frame["points"]["y"], frame["text"], frame["slope"], strict=True)
    for ordinal, (x, y, texts, slope) in enumerate(drawn):
        if not all(isinstance(value, int | float) and math.isfinite(value) for value in (*x, *y, slope)):
            raise ReduceError(f"line {ordinal} of an extract has a place or slope that is no number")
        given = ["" if text is None else str(text) for text in texts]
        yield LineAnnotation(list(x), list(y), given, slope, gold_standard, extract, ordinal)
