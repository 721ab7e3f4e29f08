"""Trying settings of a clustering reducer on a sample of subjects: how many clusters, how much noise, how stable."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.errors import InputError, UsageError
from swath.panoptes.rand_index import adjusted_rand_index
from swath.panoptes.read_extracts import extracts_at
from swath.panoptes.reduce.fast import reduce_fast
from swath.panoptes.reduce.groups import Groups
from swath.panoptes.reduce.plain import Reductions, reduce_plainly
from swath.panoptes.reduce.wrapper import prepare

Rows = npt.NDArray[np.int64]
Grid = Mapping[str, Sequence[float]]

DEFAULT_GRID: Grid = {
    "eps": (2, 5, 10, 20, 40),
    "min_cluster_size": (2, 3, 5, 8, 12),
    "min_samples": (2, 3, 5),
}
"""What is tried of those that the reducer has: ``eps`` in pixels, the others in marks."""

_LABELS = "_cluster_labels"


@dataclass(frozen=True)
class Trial:
    """What one setting gives.

    ``setting`` are the keywords tried. A group is the marks of one subject, task, frame and tool; ``points`` are the
    marks in all of them, ``noise_share`` those in no cluster, 0 to 1.

    ``stability`` is the mean adjusted Rand index between the labels with this setting and those with each neighbour in
    the grid, which is one step away in one keyword: the mean over groups of two marks and more, then over neighbours. A
    mark in no cluster counts as a cluster of its own. At 1 the neighbours cluster alike, at 0 no more than by chance;
    None: there is no neighbour.
    """

    setting: Mapping[str, float]
    groups: int
    points: int
    clusters: int
    clusters_per_group: float
    noise_share: float
    stability: float | None

    def row(self) -> dict[str, Any]:
        """The trial as a row of a table: a column for each keyword, then the rest."""
        return {**self.setting, **{name: value for name, value in vars(self).items() if name != "setting"}}


def tune(
    extracts: str | Path,
    reducer: str = "point_reducer_dbscan",
    grid: Grid | None = None,
    *,
    keywords: Mapping[str, Any] | None = None,
    sample: int = 200,
    seed: int = 0,
    repeats: str = "first",
) -> list[Trial]:
    """Reduce a sample of subjects with every setting of a grid, and tell what each gives.

    ``extracts`` is a CSV file, a dataset or one of its tables. ``grid`` has the values to try by keyword; what it has
    not, and ``keywords`` do not say, has the reducer's default; without it ``DEFAULT_GRID`` is tried. ``sample`` is
    how many subjects are taken, the same for the same ``seed``. ``repeats`` is as in a reduction. A group that a
    setting cannot cluster is noise. Raises UsageError for a wrong reducer, keyword or value, InputError for no extracts
    and where the sample has no marks.
    """
    given = dict(keywords or {})
    grid = grid or _default_grid(reducer, given)
    settings = settings_of(grid)
    prepared = [prepare(reducer, given | setting) for setting in settings]
    if sample < 1:
        raise UsageError(f"a sample of {sample} subjects", "take 1 or more")
    groups = _groups(extracts, sample, seed, repeats)
    found = [_labels(reduce_fast(each, groups) or reduce_plainly(each, groups), groups.count) for each in prepared]
    labels, owners = _aligned(found, groups.count)
    if not owners.size:
        raise InputError(f"{reducer} finds no marks in {extracts}", "are these the extracts of marks, and of its kind?")
    stabilities = _stabilities(labels, owners, [len(values) for values in grid.values()])
    return [
        _trial(setting, each, owners, stability)
        for setting, each, stability in zip(settings, labels, stabilities, strict=True)
    ]


def settings_of(grid: Grid) -> list[dict[str, float]]:
    """Every combination of a grid's values, the last keyword's changing first; raises UsageError for an empty one."""
    for name, values in grid.items():
        if not values or len(set(values)) < len(values):
            raise UsageError(f"the values of {name} are {list(values)}", "give each value once, such as 2,5,10")
    return [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]


def _default_grid(reducer: str, keywords: Mapping[str, Any]) -> Grid:
    has = prepare(reducer, keywords).keywords
    grid = {name: values for name, values in DEFAULT_GRID.items() if name in has and name not in keywords}
    if not grid:
        raise UsageError(f"{reducer} has nothing to tune", "take one that clusters, such as point_reducer_dbscan")
    return grid


def sampled(subjects: Iterable[str], count: int, seed: int) -> list[str]:
    """Choose some of the subjects: those whose hash with the seed is least, whatever their order."""

    def rank(subject: str) -> bytes:
        return hashlib.blake2b(f"{seed} {subject}".encode(), digest_size=8).digest()

    return heapq.nsmallest(count, subjects, key=rank)


def _groups(extracts: str | Path, sample: int, seed: int, repeats: str) -> Groups:
    source = extracts_at(extracts)
    rows = source.of(sampled(source.subjects(), sample, seed))
    tasks = tuple(sorted(pc.unique(rows["task"]).to_pylist()))
    return Groups.of(rows, tasks, repeats)


def _labels(reduced: Reductions, count: int) -> dict[str, tuple[Rows, Rows]]:
    """By frame and tool: how many marks each subject's task has, shape (count,), and the labels of all."""
    found = {}
    for name, column in reduced.columns.items():
        if name.endswith(_LABELS) and pa.types.is_large_list(column.type):
            lengths = np.zeros(count, np.int64)
            lengths[reduced.owners] = column.value_lengths().fill_null(0).to_numpy()
            found[name] = lengths, column.flatten().cast(pa.int64()).to_numpy()
    return found


def _aligned(found: Sequence[Mapping[str, tuple[Rows, Rows]]], count: int) -> tuple[Rows, Rows]:
    """The labels of every setting for the same marks, shape (settings, marks), and each mark's group.

    Where a setting has no labels of a group, its marks are noise.
    """
    owners, columns = [np.empty(0, np.int64)], [np.empty((len(found), 0), np.int64)]
    for number, name in enumerate(dict.fromkeys(name for each in found for name in each)):
        lengths = np.max([each[name][0] for each in found if name in each], axis=0)
        whose = np.repeat(np.arange(count), lengths)
        labels = np.full((len(found), whose.size), -1, np.int64)
        for row, each in zip(labels, found, strict=True):
            if name in each:
                there, values = each[name]
                row[there[whose] > 0] = values
        owners.append(whose + number * count)
        columns.append(labels)
    groups: Rows = np.unique(np.concatenate(owners), return_inverse=True)[1]
    return np.concatenate(columns, axis=1), groups


def _stabilities(labels: Rows, owners: Rows, shape: Sequence[int]) -> Iterator[float | None]:
    """The mean agreement of each setting with its neighbours in a grid of this shape."""
    agreement: dict[tuple[int, int], float] = {}
    places = np.arange(len(labels)).reshape(shape)
    for axis in range(len(shape)):
        ahead = np.moveaxis(places, axis, 0)
        for one, other in zip(ahead[:-1].ravel().tolist(), ahead[1:].ravel().tolist(), strict=True):
            agreement[one, other] = adjusted_rand_index(labels[one], labels[other], owners)
    for setting in range(len(labels)):
        near = [value for pair, value in agreement.items() if setting in pair and not np.isnan(value)]
        yield float(np.mean(near)) if near else None


def _trial(setting: Mapping[str, float], labels: Rows, owners: Rows, stability: float | None) -> Trial:
    groups, clustered = int(owners.max()) + 1, labels >= 0
    clusters = np.unique(owners[clustered] * (labels.max() + 2) + labels[clustered]).size
    noise = float(np.count_nonzero(~clustered) / labels.size)
    return Trial(setting, groups, labels.size, clusters, clusters / groups, noise, stability)
