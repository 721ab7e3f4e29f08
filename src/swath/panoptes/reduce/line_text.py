"""The reducer of transcribed lines: lines of text by slope, column and place, with what volunteers agree they say."""

from __future__ import annotations

from typing import Any

from swath.panoptes.keywords import Keyword, one_of, positive, truth
from swath.panoptes.reduce.line_annotations import lines_by_frame
from swath.panoptes.reduce.line_groups import Reach, TextLine, text_lines
from swath.panoptes.reduce.line_words import Words, aligned_words, clustered_words
from swath.panoptes.reduce.model import Group, ReduceError, Reducer, Reduction

NAME = "poly_line_text_reducer"


def reduce_line_text(
    group: Group,
    *,
    eps_slope: float,
    eps_line: float,
    eps_word: float,
    gutter_tol: float,
    min_word_count: int,
    dot_freq: str,
    min_samples: int,
    low_consensus_threshold: float,
    minimum_views: int,  # noqa: ARG001  (only echoed: a front end reads it)
    process_by_line: bool,
    compat: bool = False,
) -> Reduction:
    """Find the lines of text of every frame, in reading order, with what volunteers agree each says.

    Raises ReduceError for a ``dot_freq`` that is neither line nor word. With ``compat`` a line shorter than the
    gutter tolerance is lost, as with the peer.
    """
    reach = Reach(eps_slope, eps_line, eps_word, gutter_tol, min_samples)
    frames: dict[str, list[dict[str, Any]]] = {}
    for name, drawn in lines_by_frame(group).items():
        given = [annotation.joined() for annotation in drawn] if process_by_line else drawn
        frames[name] = []
        for line in text_lines(given, reach, compat=compat):
            words = _words(line, dot_freq, reach, min_word_count)
            if words:
                frames[name].append(_record(group, line, words, low_consensus_threshold))
    lines = [line for frame in frames.values() for line in frame]
    return {
        **frames,
        "low_consensus_lines": sum(line["low_consensus"] for line in lines),
        "transcribed_lines": len(lines),
        "reducer": NAME,
    }


def _words(line: TextLine, dot_freq: str, reach: Reach, min_word_count: int) -> Words | None:
    if dot_freq == "line":
        return aligned_words(line.turned, reach.word, min_word_count)
    if dot_freq == "word":
        return clustered_words(line.turned, reach.word, reach.min_samples)
    raise ReduceError(f"dot_freq cannot be {dot_freq!r}", "line or word")


def _record(group: Group, line: TextLine, words: Words, threshold: float) -> dict[str, Any]:
    from swath.panoptes.reduce.alignment import consensus  # noqa: PLC0415

    score, text = consensus(words.texts)
    annotations = [turned.annotation for turned in line.turned]
    low = bool(score < threshold)
    return {
        "clusters_x": words.x,
        "clusters_y": words.y,
        "clusters_text": words.texts,
        "number_views": len(annotations),
        "consensus_score": score,
        "consensus_text": text,
        "line_slope": line.slope,
        "slope_label": line.slope_label,
        "gutter_label": line.gutter_label,
        "gold_standard": [annotation.gold_standard for annotation in annotations],
        "extract_index": [annotation.ordinal for annotation in annotations],
        "user_ids": [group.user_ids[annotation.extract] for annotation in annotations],
        "low_consensus": low,
        "flagged": low,
    }


REDUCERS: tuple[Reducer, ...] = (
    Reducer(
        NAME,
        "Finds lines of transcribed text by slope, column and place, and aligns their words",
        reduce_line_text,
        (
            Keyword("eps_slope", 25.0, "greatest difference of neighbouring slopes, degrees", positive),
            Keyword("eps_line", 40.0, "greatest distance of neighbouring lines across the text, pixels", positive),
            Keyword("eps_word", 40.0, "greatest distance of neighbouring dots along the text, pixels", positive),
            Keyword("gutter_tol", 0.0, "overlap of lines, pixels, that does not yet join two columns", float),
            Keyword("min_word_count", 1, "volunteers who must have read a word for it to count", int),
            Keyword(
                "dot_freq",
                "line",
                "line or word: whether a text lies between two ends or two dots",
                one_of("line", "word"),
            ),
            Keyword("min_samples", 1, "annotations that make a line, and dots that make a word", int),
            Keyword("low_consensus_threshold", 3, "consensus score below which a line is flagged", float),
            Keyword("minimum_views", 5, "echoed for a front end; the reduction does not depend on it", int),
            Keyword("process_by_line", False, "whether all texts of an annotation are taken as one", truth),
        ),
        echoes=True,
    ),
)
