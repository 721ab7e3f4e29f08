"""Clusters of transcribed lines by where they start and end and what they say (OPTICS)."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from swath.errors import MissingExtraError
from swath.panoptes.reduce.line_annotations import LineAnnotation
from swath.panoptes.reduce.optics_reach import walk

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

TAG = re.compile(r"\[.*?\]")
AUTO_MIN_SAMPLES = ((6, 2), (10, 3), (15, 4), (20, 5))
"""Up to so many volunteers, so many lines make a cluster; above, a quarter of the volunteers."""


def bare_text(text: str) -> str:
    """Give a text without tags in square brackets, its white space as single spaces."""
    return " ".join(TAG.sub("", text).split())


def enough_samples(volunteers: int) -> int:
    """Give how many lines make a cluster, from the number of volunteers who transcribed the frame."""
    return next((least for most, least in AUTO_MIN_SAMPLES if volunteers <= most), int(volunteers * 0.25))


def distances(lines: Sequence[LineAnnotation]) -> Floats:
    """Give the distances between lines, of shape (n, n): between their starts, between their ends, and of the texts.

    Places are in pixels, texts by Levenshtein distance without tags. Lines of one extract are infinitely far apart.
    """
    try:
        from Levenshtein import distance  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("comparing transcriptions needs Levenshtein", "pip install 'swath[text]'") from error

    ends = np.array([(line.x[0], line.y[0], line.x[-1], line.y[-1]) for line in lines], dtype=np.float64)
    gaps = ends[:, None] - ends[None, :]
    matrix: Floats = np.hypot(gaps[..., 0], gaps[..., 1]) + np.hypot(gaps[..., 2], gaps[..., 3])
    texts = [bare_text(line.text) for line in lines]
    extracts = np.array([line.extract for line in lines])
    matrix[extracts[:, None] == extracts[None, :]] = math.inf
    np.fill_diagonal(matrix, 0)
    for row, column in np.argwhere(np.triu(np.isfinite(matrix), 1)).tolist():
        matrix[row, column] += distance(texts[row], texts[column])
        matrix[column, row] = matrix[row, column]
    return matrix


def cluster_lines(lines: Sequence[LineAnnotation], min_samples: int, xi: float, max_eps: float) -> Labels:
    """Give each line its cluster's number by OPTICS, -1 for those in none.

    Of a volunteer's lines in one cluster only the one nearest to its neighbours stays.
    """
    try:
        from sklearn.cluster import cluster_optics_xi  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("clustering lines needs scikit-learn", "pip install 'swath[text]'") from error

    reach = walk(distances(lines), min_samples, max_eps)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of infinities divided by each other
        labels, _ = cluster_optics_xi(
            reachability=reach.reachability,
            predecessor=reach.predecessor,
            ordering=reach.ordering,
            min_samples=min_samples,
            xi=xi,
        )
    return once_each(labels, reach.core_distances, np.array([line.extract for line in lines]))


def once_each(labels: Labels, core_distances: Floats, extracts: Labels) -> Labels:
    """Leave of each cluster one line of every extract, that of the least core distance; the others get -1."""
    kept: dict[tuple[int, int], int] = {}
    for number in np.lexsort((np.arange(len(labels)), core_distances)).tolist():
        kept.setdefault((int(labels[number]), int(extracts[number])), number)
    cleaned = np.full(len(labels), -1, dtype=np.int64)
    chosen = list(kept.values())
    cleaned[chosen] = labels[chosen]
    return cleaned
