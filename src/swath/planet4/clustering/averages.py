"""The average of each cluster: one vote a volunteer, means, circular means of angles, standard deviations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from swath.planet4.clustering.groups import Groups

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def one_vote_each(groups: Groups, users: Integers) -> Groups:
    """Keep the first row of each user in a group; ``users`` is a number for each marking, one for all the nameless."""
    order = np.lexsort((users[groups.rows], groups.of_row))
    user, group = users[groups.rows][order], groups.of_row[order]
    first = np.ones(order.size, np.bool_)
    if order.size:
        first[1:] = (user[1:] != user[:-1]) | (group[1:] != group[:-1])
    kept = np.zeros(order.size, np.bool_)
    kept[order[first]] = True
    return groups.only_rows(kept)


def averages(
    groups: Groups, values: Mapping[str, Floats], period: float, spreads: Mapping[str, str]
) -> dict[str, Floats]:
    """Average the columns over the rows of each group.

    ``angle``, of ``period`` degrees, has its circular mean; it and its standard deviation are null where an angle is.
    Other nulls are left out. ``spreads`` names the columns that have a sample standard deviation, and their names.
    """
    found = {name: _means(column[groups.rows], groups) for name, column in values.items()}
    found["angle"], found["angle_std"] = _circular(values["angle"][groups.rows], groups, period)
    for name, source in spreads.items():
        found[name] = _standard_deviations(values[source][groups.rows], groups)
    return found


def _sums(numbers: Floats, groups: Groups) -> Floats:
    if not groups.count:
        return np.zeros(0)
    sums: Floats = np.add.reduceat(numbers, groups.offsets[:-1])
    return sums


def _means(numbers: Floats, groups: Groups) -> Floats:
    there = ~np.isnan(numbers)
    counts = _sums(there.astype(np.float64), groups)
    with np.errstate(invalid="ignore"):
        means: Floats = _sums(np.where(there, numbers, 0.0), groups) / counts
    return means


def _standard_deviations(numbers: Floats, groups: Groups) -> Floats:
    there = ~np.isnan(numbers)
    deviations = np.where(there, numbers - _means(numbers, groups)[groups.of_row], 0.0)
    counts = _sums(there.astype(np.float64), groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        variances = _sums(deviations * deviations, groups) / (counts - 1)
    return np.sqrt(np.where(counts > 1, variances, np.nan))


def _circular(angles: Floats, groups: Groups, period: float) -> tuple[Floats, Floats]:
    """The circular mean and standard deviation: of the direction and the length of the mean vector.

    Source: N. I. Fisher, "Statistical analysis of circular data", 1993, section 2.3.
    """
    radians = angles * (2 * np.pi / period)
    sizes = groups.sizes.astype(np.float64)
    sine, cosine = _sums(np.sin(radians), groups) / sizes, _sums(np.cos(radians), groups) / sizes
    mean = np.mod(np.arctan2(sine, cosine) * (period / (2 * np.pi)), period)
    length = np.minimum(1.0, np.hypot(sine, cosine))
    with np.errstate(divide="ignore"):
        deviation = np.sqrt(-2.0 * np.log(length)) * (period / (2 * np.pi))
    return mean, deviation
