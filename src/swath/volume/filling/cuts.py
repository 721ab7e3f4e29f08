"""Cutting a box into chunks of work."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product

from swath.volume.geometry import Vec3Int

Span = tuple[int, int]
Box = tuple[Vec3Int, Vec3Int]


def cut_axis(low: int, high: int, edge: int, least: int) -> list[Span]:
    """Cut an axis at multiples of an edge; a first or last piece shorter than ``least`` stays with its neighbour."""
    cuts = [low, *range((low // edge + 1) * edge, high, edge), high]
    if len(cuts) > 2 and cuts[-1] - cuts[-2] < least:
        del cuts[-2]
    if len(cuts) > 2 and cuts[1] - cuts[0] < least:
        del cuts[1]
    return list(pairwise(cuts))


def cut_box(low: Vec3Int, high: Vec3Int, edges: Vec3Int, least: Vec3Int) -> Iterator[Box]:
    """Cut a box at multiples of edges, z slowest; see ``cut_axis``."""
    axes = [cut_axis(low[a], high[a], edges[a], least[a]) for a in range(3)]
    for z, y, x in product(axes[2], axes[1], axes[0]):
        yield Vec3Int(x[0], y[0], z[0]), Vec3Int(x[1], y[1], z[1])
