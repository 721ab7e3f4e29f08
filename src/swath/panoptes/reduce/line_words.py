"""Words of a line of text: the dots that volunteers set between them, and how their transcriptions align."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from swath.panoptes.reduce.line_groups import Turned, cluster_along, in_order

Floats = npt.NDArray[np.float64]


class Words(NamedTuple):
    """Positions x and y of a line, and the words that were read along it, one list of them for each place."""

    x: list[float]
    y: list[float]
    texts: list[list[str]]


def aligned_words(line: Sequence[Turned], eps: float, least: int) -> Words | None:
    """Align the texts of a line, and give its two ends; None for a line whose ends fall together.

    The ends are the mean places of the leftmost and rightmost dots within ``eps`` pixels of each other. Words of
    fewer than ``least`` volunteers become empty.
    """
    from swath.panoptes.reduce.alignment import align  # noqa: PLC0415

    along, places = _dots(line)
    labels = cluster_along(along, eps, 1)
    order = in_order(labels, along)
    if len(order) < 2:
        return None
    ends = np.array([places[labels == label].mean(axis=0) for label in (order[0], order[-1])])
    texts = [text for turned in line for text in turned.annotation.texts if text.strip()]
    columns = [
        column if sum(map(bool, column)) >= least else [""] * len(column) for column in (align(texts) if texts else [])
    ]
    return Words(ends[:, 0].tolist(), ends[:, 1].tolist(), columns)


def clustered_words(line: Sequence[Turned], eps: float, min_samples: int) -> Words | None:
    """Cluster the dots of a line, and give for each cluster its mean place and the text of every annotation there.

    None for a line without clusters.
    """
    along, places = _dots(line)
    owners = np.repeat(np.arange(len(line)), [len(turned.along) for turned in line])
    texts = np.array([text for turned in line for text in _text_of_dots(turned)], dtype=object)
    labels = cluster_along(along, eps, min_samples)
    words = Words([], [], [])
    for label in in_order(labels, along):
        members = np.flatnonzero(labels == label)
        x, y = places[members].mean(axis=0).tolist()
        read = [""] * len(line)
        for member in members:
            read[owners[member]] = texts[member]
        words.x.append(x)
        words.y.append(y)
        words.texts.append(read)
    return words if words.x else None


def _dots(line: Sequence[Turned]) -> tuple[Floats, Floats]:
    """Give all dots of a line: where they lie along it, and their x and y of shape (dots, 2)."""
    x = np.concatenate([turned.annotation.x for turned in line])
    y = np.concatenate([turned.annotation.y for turned in line])
    return np.concatenate([turned.along for turned in line]), np.column_stack((x, y))


def _text_of_dots(turned: Turned) -> list[str]:
    """Give the text that follows each dot; none follows the last."""
    dots = len(turned.along)
    return [*turned.annotation.texts, *[""] * dots][:dots]
