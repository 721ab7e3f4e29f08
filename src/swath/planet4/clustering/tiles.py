"""Clustering the markings of many tiles at once, stage by stage as the catalogue production does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.planet4.clustering.groups import Groups
from swath.planet4.clustering.labels import ALGORITHMS
from swath.planet4.clustering.settings import ClusterSettings
from swath.planet4.drawings import BLOTCH, FAN

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_ALMOST = 1e-5
_DEFAULT_RADIUS = 10.0


@dataclass(frozen=True)
class TileMarkings:
    """Fans and blotches of some tiles, in their order.

    ``tiles`` is each marking's tile, 0 to ``count`` - 1, ``classifications`` a number for each classification,
    ``kinds`` FAN or BLOTCH, ``values`` the columns, NaN for nulls. ``nulls`` has a bit for each column that is null,
    of all columns that the markings came with.
    """

    tiles: Integers
    count: int
    kinds: npt.NDArray[np.int8]
    classifications: Integers
    values: Mapping[str, Floats]
    nulls: npt.NDArray[np.uint64]

    def points(self, rows: Integers, *names: str) -> Floats:
        """Some columns of some markings, shape (rows, columns)."""
        return np.stack([self.values[name][rows] for name in names], axis=1)


def min_samples(markings: TileMarkings, settings: ClusterSettings) -> Integers:
    """The smallest cluster of each tile: by the number of its classifications, halves rounded to even."""
    width = markings.classifications.max(initial=0) + 1
    pairs = pc.unique(pa.array(markings.tiles * width + markings.classifications)).to_numpy()
    classifications = np.bincount(pairs // width, minlength=markings.count)
    by_factor = np.rint(settings.min_samples_factor * classifications).astype(np.int64)
    least: Integers = np.maximum(settings.least_samples, by_factor)
    return least


def cluster_fans(markings: TileMarkings, least: Integers, settings: ClusterSettings) -> Groups:
    """Cluster the fans of each tile by position, and each of those clusters by direction."""
    fans = Groups.of_tiles(np.flatnonzero(markings.kinds == FAN), markings.tiles)
    labels = _labels(markings, fans, ("x", "y"), settings.fan_eps, least, settings)
    by_place = fans.split(labels, markings.tiles)
    if not settings.angles:
        return by_place
    labels = _labels(markings, by_place, ("x_angle", "y_angle"), settings.fan_angle_chord, least, settings)
    return by_place.split(labels, markings.tiles)


def cluster_blotches(markings: TileMarkings, least: Integers, settings: ClusterSettings) -> Groups:
    """Cluster the blotches of each tile by position and then by radii; those that are left once more, as large ones."""
    blotches = Groups.of_tiles(np.flatnonzero(markings.kinds == BLOTCH), markings.tiles)
    labels = _labels(markings, blotches, ("x", "y"), settings.blotch_eps, least, settings)
    small = _by_radii(markings, blotches.split(labels, markings.tiles), settings.blotch_radius_eps, least, settings)
    if not settings.large:
        return small
    remaining = _remaining(markings, blotches, labels, least, settings)
    labels = _labels(markings, remaining, ("x", "y"), settings.blotch_large_eps, least, settings)
    by_place = remaining.split(labels, markings.tiles)
    return small.followed_by(_by_radii(markings, by_place, settings.blotch_large_radius_eps, least, settings))


def _by_radii(
    markings: TileMarkings, by_place: Groups, eps: float, least: Integers, settings: ClusterSettings
) -> Groups:
    if not settings.radii:
        return by_place
    labels = _labels(markings, by_place, ("radius_1", "radius_2"), eps, least, settings)
    return by_place.split(labels, markings.tiles)


def _remaining(
    markings: TileMarkings, blotches: Groups, labels: Integers, least: Integers, settings: ClusterSettings
) -> Groups:
    """The blotches for the second run: in no cluster of positions, of tiles that have some, and not left at default.

    A tile needs more of them than its smallest cluster.
    """
    clustered = labels >= 0
    some = np.zeros(blotches.count, np.bool_)
    some[blotches.of_row[clustered]] = True
    left = ~clustered
    if settings.as_published:
        left |= _lacks_a_value(markings, blotches)
    first, second = (markings.values[name][blotches.rows] for name in ("radius_1", "radius_2"))
    left &= ~((first - _DEFAULT_RADIUS < _ALMOST) & (np.abs(second - _DEFAULT_RADIUS) < _ALMOST))
    remaining = blotches.only_rows(left & some[blotches.of_row])
    return remaining.only(remaining.sizes > least[remaining.tiles])


def _lacks_a_value(markings: TileMarkings, blotches: Groups) -> npt.NDArray[np.bool_]:
    """Which blotches lack a value that another blotch of their tile has."""
    if not blotches.rows.size:
        return np.zeros(0, np.bool_)
    nulls = markings.nulls[blotches.rows]
    throughout = np.bitwise_and.reduceat(nulls, blotches.offsets[:-1])
    lacking: npt.NDArray[np.bool_] = (nulls & ~throughout[blotches.of_row]) != 0
    return lacking


def _labels(
    markings: TileMarkings,
    groups: Groups,
    names: tuple[str, ...],
    eps: float,
    least: Integers,
    settings: ClusterSettings,
) -> Integers:
    points = markings.points(groups.rows, *names)
    return ALGORITHMS[settings.algorithm](points, groups, eps, least[groups.tiles])
