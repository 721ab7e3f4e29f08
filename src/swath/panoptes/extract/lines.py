"""Transcribed lines: where each line of text is drawn, what was read, and how it slopes."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from swath.panoptes.extract.annotations import each_annotation, first_annotation, is_second_classifier
from swath.panoptes.extract.drawings import Mark, numbered_marks
from swath.panoptes.extract.model import Classification, Extract, ExtractError


class Lines:
    """The lines of each frame, as the reducers of texts want them."""

    def __init__(self, *, gold_standard: bool | None) -> None:
        self.frames: Extract = {}
        self._gold_standard = gold_standard

    def frame(self, name: str) -> dict[str, Any]:
        """The lines of one frame, which may be none."""
        blank: dict[str, Any] = {
            "points": {"x": [], "y": []},
            "text": [],
            "slope": [],
            "gold_standard": self._gold_standard,
        }
        frame: dict[str, Any] = self.frames.setdefault(name, blank)
        return frame

    def add(self, name: str, x: Sequence[float], y: Sequence[float], texts: Sequence[Any], slope: float) -> None:
        """Add a line to a frame: the coordinates of its dots in pixels, its texts, its slope in degrees."""
        frame = self.frame(name)
        frame["points"]["x"].append(list(x))
        frame["points"]["y"].append(list(y))
        frame["text"].append(list(texts))
        frame["slope"].append(slope)


def extract_line_text(classification: Classification, *, tools: Sequence[int] | None = None) -> Extract:
    """The lines that were drawn by their two ends, each with its text; of the second classifier all tools count."""
    lines = Lines(gold_standard=classification.gold_standard)
    if is_second_classifier(classification):
        _add_transcription(lines, classification)
        return lines.frames
    for mark in _marks(classification, tools):
        _add_line(lines, mark, mark["details"][0]["value"])
    return lines.frames


def _add_transcription(lines: Lines, classification: Classification) -> None:
    """Add the lines of the first transcription, whose texts are annotations of their own."""
    annotations = list(each_annotation(classification))
    if not annotations:
        return
    texts = {(a["task"], a["markIndex"]): a["value"] for a in annotations if a["taskType"] == "text"}
    transcription = next((a for a in annotations if a["taskType"] == "transcription"), None)
    if transcription is None:
        raise ExtractError("no annotation is a transcription")
    for number, mark in enumerate(transcription["value"]):
        _add_line(lines, mark, texts[mark["details"][0]["task"], number])


def _add_line(lines: Lines, mark: Mark, text: Any) -> None:
    x, y = (mark["x1"], mark["x2"]), (mark["y1"], mark["y2"])
    lines.add(f"frame{mark['frame']}", x, y, [text], math.degrees(math.atan2(y[1] - y[0], x[1] - x[0])))


def extract_poly_line_text(
    classification: Classification, *, dot_freq: str, tools: Sequence[int] | None = None
) -> Extract:
    """The lines that were drawn dot by dot.

    With ``dot_freq`` line a line has two dots and one text; with word it has a dot before each word and one at the
    end. Lines with another number of dots are left out.
    """
    lines = Lines(gold_standard=classification.gold_standard)
    for mark in _marks(classification, tools):
        name = f"frame{mark['frame']}"
        lines.frame(name)
        x, y = _dots(mark)
        text = mark["details"][0]["value"]
        words = [text] if dot_freq == "line" else text.split(" ")
        if len(x) == len(words) + 1:
            lines.add(name, x, y, words, fitted_slope(x, y))
    return lines.frames


def extract_fitted_poly_line_text(
    classification: Classification, *, dot_freq: str, tools: Sequence[int] | None = None
) -> Extract:
    """The same; every line must have a fit, be it left out; one has none whose dots all have x = 0, or one x and y = 0.

    So does panoptes_aggregation 5.3.1. Raises ExtractError.
    """
    for mark in _marks(classification, tools):
        x, y = _dots(mark)
        if len(x) > 1:
            fitted_slope(x, y)
            if not any(x) or (min(x) == max(x) and not any(y)):
                raise ExtractError("a line has no fit: x or y is 0 all along")
    return extract_poly_line_text(classification, dot_freq=dot_freq, tools=tools)


def _dots(mark: Mark) -> tuple[list[float], list[float]]:
    return [point["x"] for point in mark["points"]], [point["y"] for point in mark["points"]]


def _marks(classification: Classification, tools: Sequence[int] | None) -> Iterator[Mark]:
    """The marks of the first annotation."""
    annotation = first_annotation(classification)
    return iter(()) if annotation is None else (mark for _, mark in numbered_marks(annotation, tools))


def fitted_slope(x: Sequence[float], y: Sequence[float]) -> float:
    """The slope in degrees of the line fitted to dots by least squares, from the first dot to the last.

    Dots above each other have no such fit: then x is fitted to y. A line of no length has the slope 0.
    """
    if min(x) == max(x):
        return 0.0 if min(y) == max(y) else 90.0 if y[-1] > y[0] else -90.0
    slope = _fit(x, y)
    if slope is not None:
        return slope
    turned = _fit([-each for each in y], x)
    return 0.0 if turned is None else turned % 360 - 90


def _fit(x: Sequence[float], y: Sequence[float]) -> float | None:
    """The slope of a fit in degrees, None where the dots do not decide it."""
    import numpy as np  # noqa: PLC0415  (start-up counts)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            line = np.polyfit(x, y, 1)
        except (np.exceptions.RankWarning, RuntimeWarning):
            return None
    first, last = np.polyval(line, [x[0], x[-1]])
    return float(np.rad2deg(np.arctan2(last - first, x[-1] - x[0])))
