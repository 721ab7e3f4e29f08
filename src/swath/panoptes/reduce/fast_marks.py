"""Clusters of the marks of all groups of a bucket at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.panoptes.reduce.groups import Groups, data_names
from swath.panoptes.wide import PREFIX

CLASSIFIER_VERSION = PREFIX + "classifier_version"

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Cluster = Callable[[Floats, Rows], tuple[Rows, Floats | None]]
"""Clusters points of shape (points, parameters) whose groups are bounded by offsets; gives labels and, of some methods,
the probability of each."""


@dataclass(frozen=True)
class Marks:
    """The marks of one frame and tool in all groups.

    ``values`` of shape (marks, parameters) are bounded by ``offsets``; ``whole`` says that all are integers.
    ``lengths`` is how many marks each extract has, and ``there`` which of those have a place: the others are left out.
    """

    frame: str
    tool: str
    values: Floats
    whole: bool
    lengths: Rows
    there: Mask
    offsets: Rows

    @property
    def owners(self) -> Rows:
        """The group of each mark."""
        return np.repeat(np.arange(self.offsets.size - 1), np.diff(self.offsets))


def marks_of(groups: Groups, parameters: Sequence[str]) -> list[Marks] | None:
    """Find the marks by frame and tool; None where some lists differ in length, or hold what is no number.

    The second classifier's answers to sub-tasks, and its version, are no marks.
    """
    found: dict[tuple[str, str], dict[str, str]] = {}
    for name in data_names(groups.rows):
        frame, _, key = name.removeprefix(PREFIX).partition(".")
        tool, _, part = key.rpartition("_")
        if name == CLASSIFIER_VERSION or part.startswith("subtask"):
            continue
        if not frame.startswith("frame") or "." in key:
            return None
        found.setdefault((frame, tool), {})[part] = name
    marks = []
    for (frame, tool), columns in found.items():
        if not set(parameters) <= columns.keys() <= {*parameters, "details"}:
            return None
        read = _values(groups, [columns[name] for name in parameters])
        if read is None:
            return None
        marks.append(Marks(frame, tool, *read))
    return marks


def _values(groups: Groups, names: Sequence[str]) -> tuple[Floats, bool, Rows, Mask, Rows] | None:
    """The lists of some columns side by side, whether all are integers, their lengths, the groups' offsets."""
    columns = [groups.rows[name].combine_chunks() for name in names]
    if not all(pa.types.is_large_list(c.type) and _is_number(c.type.value_type) for c in columns):
        return None
    lengths = [c.value_lengths().fill_null(0).to_numpy() for c in columns]
    flat = [c.flatten() for c in columns]
    if any((length != lengths[0]).any() for length in lengths):
        return None
    there = np.logical_and.reduce([each.is_valid().to_numpy(zero_copy_only=False) for each in flat])
    bounds = np.concatenate([[0], np.cumsum(lengths[0])])[groups.offsets]
    offsets = np.concatenate([[0], np.cumsum(there)])[bounds]
    whole = all(pa.types.is_integer(each.type) for each in flat)
    values = np.stack([each.cast(pa.float64()).to_numpy(zero_copy_only=False)[there] for each in flat], axis=1)
    return values, whole, lengths[0], there, offsets


def _is_number(dtype: pa.DataType) -> bool:
    return bool(pa.types.is_integer(dtype) or pa.types.is_floating(dtype))


@dataclass(frozen=True)
class Clusters:
    """The clusters of marks: of each mark its label, its probability and its cluster's number over all groups.

    Marks that are noise have the label and the number -1. Of each cluster the group, how many marks, and their mean.
    """

    labels: Rows
    probabilities: Floats | None
    numbers: Rows
    groups: Rows
    counts: Rows
    means: Floats

    @classmethod
    def of(cls, marks: Marks, cluster: Cluster) -> Clusters:
        """Cluster the marks of each group."""
        labels, probabilities = cluster(marks.values, marks.offsets)
        owners = marks.owners
        of_group = np.zeros(marks.offsets.size - 1, np.int64)
        np.maximum.at(of_group, owners, labels + 1)
        numbers = np.where(labels >= 0, (np.cumsum(of_group) - of_group)[owners] + labels, -1)
        counts = np.bincount(numbers[numbers >= 0], minlength=int(of_group.sum()))
        members = numbers >= 0
        sums = [np.bincount(numbers[members], v[members], counts.size) for v in marks.values.T]
        means = np.stack(sums, axis=1) / counts[:, None] if counts.size else np.empty((0, marks.values.shape[1]))
        return cls(labels, probabilities, numbers, np.repeat(np.arange(of_group.size), of_group), counts, means)

    def covariance(self, marks: Marks, one: int, other: int) -> pa.Array:
        """The covariance of two parameters in each cluster: of the sample, or weighted by probabilities.

        That of the sample is null for clusters of one mark; the formula of the other is ``weighted_covariance``'s.
        """
        members = self.numbers >= 0
        at = self.numbers[members]
        first, second = marks.values[members, one], marks.values[members, other]
        if self.probabilities is not None:
            return pa.array(self._weighted(at, first, second, self.probabilities[members]))
        products = (first - self.means[at, one]) * (second - self.means[at, other])
        sums = np.bincount(at, products, self.counts.size).astype(np.float64)
        alone = self.counts < 2
        return pa.array(np.divide(sums, self.counts - 1, out=np.zeros_like(sums), where=~alone), mask=alone)

    def _weighted(self, at: Rows, first: Floats, second: Floats, weights: Floats) -> Floats:
        def summed(values: Floats) -> Floats:
            return np.bincount(at, values, self.counts.size).astype(np.float64)

        total = summed(weights)
        with np.errstate(divide="ignore", invalid="ignore"):
            centred = (first - (summed(weights * first) / total)[at]) * (
                second - (summed(weights * second) / total)[at]
            )
            spread: Floats = summed(weights * centred) / (total - summed(weights**2) / total)
        return spread


def listed(values: pa.Array, owners: Rows, groups: int) -> pa.Array:
    """Lists by group, null for groups that own nothing; the owners ascend."""
    counts = np.bincount(owners, minlength=groups)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    return pa.LargeListArray.from_arrays(pa.array(offsets), values, mask=pa.array(counts == 0))
