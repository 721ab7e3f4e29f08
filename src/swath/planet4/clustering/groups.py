"""Rows in groups, as positions and offsets, split further and further."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Groups:
    """Groups of rows: ``rows`` are positions, group by group, ``offsets`` bound them, each is of one of ``tiles``."""

    rows: Integers
    offsets: Integers
    tiles: Integers

    @classmethod
    def of_tiles(cls, rows: Integers, tile_of_row: Integers) -> Groups:
        """Group rows, given in order, by their tiles."""
        order = rows[_stable_order(tile_of_row[rows])]
        return cls._runs(order, (tile_of_row[order],), tile_of_row)

    @classmethod
    def _runs(cls, rows: Integers, keys: tuple[Integers, ...], tile_of_row: Integers) -> Groups:
        """Make a group of each run of equal keys."""
        begins = np.ones(rows.size, np.bool_)
        if rows.size:
            begins[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
        starts = np.flatnonzero(begins)
        return cls(rows, np.append(starts, rows.size), tile_of_row[rows[starts]])

    @property
    def count(self) -> int:
        """How many groups there are."""
        return self.tiles.size

    @property
    def sizes(self) -> Integers:
        """Rows of each group."""
        return np.diff(self.offsets)

    @property
    def of_row(self) -> Integers:
        """The group of each entry of ``rows``."""
        return np.repeat(np.arange(self.count), self.sizes)

    def split(self, labels: Integers, tile_of_row: Integers) -> Groups:
        """Make groups of the rows of one group with one label; those labelled -1 go."""
        kept = labels >= 0
        rows, groups, labels = self.rows[kept], self.of_row[kept], labels[kept]
        order = _stable_order(groups * (labels.max(initial=0) + 1) + labels)
        return Groups._runs(rows[order], (groups[order], labels[order]), tile_of_row)

    def only(self, kept: Mask) -> Groups:
        """Keep some groups; ``kept`` has an entry for each."""
        rows = self.rows[np.repeat(kept, self.sizes)]
        return Groups(rows, np.concatenate([[0], np.cumsum(self.sizes[kept])]), self.tiles[kept])

    def only_rows(self, kept: Mask) -> Groups:
        """Keep some rows; ``kept`` has an entry for each of ``rows``. Groups may become empty."""
        counts = np.bincount(self.of_row[kept], minlength=self.count)
        return Groups(self.rows[kept], np.concatenate([[0], np.cumsum(counts)]), self.tiles)

    def followed_by(self, other: Groups) -> Groups:
        """Put the groups of each tile before the other ones' of the same tile."""
        tiles = np.concatenate([self.tiles, other.tiles])
        sizes = np.concatenate([self.sizes, other.sizes])
        rows = np.concatenate([self.rows, other.rows])
        order = np.argsort(tiles, kind="stable")
        starts = np.concatenate([[0], np.cumsum(sizes)])[:-1]
        offsets = np.concatenate([[0], np.cumsum(sizes[order])])
        within = np.arange(rows.size) - np.repeat(offsets[:-1], sizes[order])
        return Groups(rows[np.repeat(starts[order], sizes[order]) + within], offsets, tiles[order])


def _stable_order(keys: Integers) -> Integers:
    """The stable order of keys that are not negative; NumPy sorts small ones by their digits, in linear time."""
    small = keys.size and keys.max() <= np.iinfo(np.uint16).max
    return np.argsort(keys.astype(np.uint16) if small else keys, kind="stable")
