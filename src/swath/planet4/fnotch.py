"""Fnotching: of opposing fans the better voted one stays, and of a fan and a blotch at one place the votes decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swath.planet4.geometry import fan_centres

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

NEAR = 20.0
"""Centres that are nearer, in px, are at one place."""

_OPPOSITE, _TOLERANCE = 180.0, 5.0
_FAN_WINS_TIES = 0.01


@dataclass(frozen=True)
class Clusters:
    """Clusters of one kind of some tiles: their columns, and the offsets of each tile."""

    columns: Mapping[str, Floats]
    offsets: Integers

    @property
    def count(self) -> int:
        """How many clusters there are."""
        return int(self.offsets[-1])

    @property
    def first_of_tile(self) -> Integers:
        """For each cluster, where its tile begins."""
        return np.repeat(self.offsets[:-1], np.diff(self.offsets))

    def only(self, kept: Mask) -> Clusters:
        """Keep some clusters."""
        sums = np.concatenate([[0], np.cumsum(kept)])
        return Clusters({name: column[kept] for name, column in self.columns.items()}, sums[self.offsets])


@dataclass(frozen=True)
class Fnotches:
    """Pairs of a fan and a blotch at one place: positions, distance in px, and the vote ratio of each."""

    fans: Integers
    blotches: Integers
    distance: Floats
    fan_ratio: Floats
    blotch_ratio: Floats


@dataclass(frozen=True)
class Combined:
    """What fnotching comes to: positions of fans and of blotches that stay, NaN or the vote ratio that they won with.

    ``opposing`` is the number of fans that went because a better voted one lies opposite.
    """

    fans: Integers
    fan_ratio: Floats
    blotches: Integers
    blotch_ratio: Floats
    fnotches: Fnotches
    opposing: int


def combine_tiles(fans: Clusters, blotches: Clusters, cut: float) -> Combined:
    """Combine the fans and blotches of each tile; a vote ratio above ``cut`` wins a pair."""
    kept = np.flatnonzero(~_outvoted(fans, _difference_both_ways))
    fnotches = _fnotches(fans, kept, blotches)
    alone = kept[~np.isin(kept, fnotches.fans)]
    return _result(alone, blotches, fnotches, cut, fans.count - kept.size)


def combine_tiles_as_published(fans: Clusters, blotches: Clusters, cut: float) -> Combined:
    """Do the same as p4tools 0.23.0 does, with two accidents.

    Only fans whose angle is larger by 180 degrees than that of a later one count as opposing. And where a fan of a tile
    went for that, the places of the others in pairs are counted without it, but looked up with it.
    """
    kept = np.flatnonzero(~_outvoted(fans, _difference_one_way))
    fnotches = _fnotches(fans, kept, blotches)
    remaining = fans.only(np.isin(np.arange(fans.count), kept))
    place = np.searchsorted(kept, fnotches.fans) - remaining.first_of_tile[np.searchsorted(kept, fnotches.fans)]
    mistaken = np.zeros(fans.count, np.bool_)
    mistaken[fans.first_of_tile[fnotches.fans] + place] = True
    return _result(kept[~mistaken[kept]], blotches, fnotches, cut, fans.count - kept.size)


def _result(alone: Integers, blotches: Clusters, fnotches: Fnotches, cut: float, opposing: int) -> Combined:
    fans_won, blotches_won = fnotches.fan_ratio > cut, fnotches.blotch_ratio > cut
    blotches_alone = np.flatnonzero(~np.isin(np.arange(blotches.count), fnotches.blotches))
    return Combined(
        np.concatenate([alone, fnotches.fans[fans_won]]),
        np.concatenate([np.full(alone.size, np.nan), fnotches.fan_ratio[fans_won]]),
        np.concatenate([blotches_alone, fnotches.blotches[blotches_won]]),
        np.concatenate([np.full(blotches_alone.size, np.nan), fnotches.blotch_ratio[blotches_won]]),
        fnotches,
        opposing,
    )


def _difference_both_ways(angles: Floats, others: Floats) -> Floats:
    difference: Floats = np.mod(angles - others, 360.0)
    return difference


def _difference_one_way(angles: Floats, others: Floats) -> Floats:
    return angles - others


def _outvoted(fans: Clusters, difference: Callable[[Floats, Floats], Floats]) -> Mask:
    """Which fans lie opposite to one with more votes, or to an earlier one with as many."""
    from swath.kernels.pairs import near_pairs  # noqa: PLC0415  (start-up counts)

    centres = fan_centres(fans.columns)
    first, second = near_pairs(centres, fans.offsets, centres, fans.offsets, NEAR)
    once = first < second
    first, second = first[once], second[once]
    angles, votes = fans.columns["angle"], fans.columns["n_votes"]
    opposite = np.abs(difference(angles[first], angles[second]) - _OPPOSITE) < _TOLERANCE
    first, second = first[opposite], second[opposite]
    outvoted = np.zeros(fans.count, np.bool_)
    outvoted[np.where(votes[first] < votes[second], first, second)] = True
    return outvoted


def _fnotches(fans: Clusters, kept: Integers, blotches: Clusters) -> Fnotches:
    """The pairs of the fans that are kept and the blotches of their tiles."""
    from swath.kernels.pairs import near_pairs  # noqa: PLC0415  (start-up counts)

    remaining = fans.only(np.isin(np.arange(fans.count), kept))
    fan_centre = fan_centres(remaining.columns)
    blotch_centre = np.stack([blotches.columns["image_x"], blotches.columns["image_y"]], axis=1)
    fan, blotch = near_pairs(fan_centre, remaining.offsets, blotch_centre, blotches.offsets, NEAR)
    between = fan_centre[fan] - blotch_centre[blotch]
    fan_votes, blotch_votes = remaining.columns["n_votes"][fan], blotches.columns["n_votes"][blotch]
    blotchiness = blotch_votes / (fan_votes + blotch_votes)
    return Fnotches(
        kept[fan],
        blotch,
        np.hypot(between[:, 0], between[:, 1]),
        (1 - blotchiness) + _FAN_WINS_TIES,
        blotchiness - _FAN_WINS_TIES,
    )
