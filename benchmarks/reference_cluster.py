"""Clusters the first tiles of a file of markings by a plain loop over tiles and library calls; prints seconds a tile.

python benchmarks/reference_cluster.py MARKINGS.parquet TILES
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from sklearn.cluster import DBSCAN

COLUMNS = ("x", "y", "x_angle", "y_angle", "radius_1", "radius_2", "angle", "distance", "spread")
Rows = dict[str, Any]


def split(rows: Rows, members: Any, names: Sequence[str], eps: float, least: int) -> tuple[list[Any], Any]:
    """The clusters of some rows, and those in none."""
    if len(members) < least:
        return [], members
    points = np.stack([rows[name][members] for name in names], axis=1)
    labels = DBSCAN(eps=eps, min_samples=least).fit(points).labels_
    return [members[labels == label] for label in range(labels.max() + 1)], members[labels == -1]


def cluster_tile(rows: Rows) -> int:
    """Cluster and average one tile, and give the number of its clusters."""
    least = max(3, round(0.13 * len(np.unique(rows["classification_id"]))))
    places, _ = split(rows, np.flatnonzero(rows["marking"] == "fan"), ("x", "y"), 10, least)
    found = [c for place in places for c in split(rows, place, ("x_angle", "y_angle"), np.pi / 9, least)[0]]
    places, left = split(rows, np.flatnonzero(rows["marking"] == "blotch"), ("x", "y"), 10, least)
    found += [c for place in places for c in split(rows, place, ("radius_1", "radius_2"), 30, least)[0]]
    if places and len(left) > least:
        places, _ = split(rows, left, ("x", "y"), 25, least)
        found += [c for place in places for c in split(rows, place, ("radius_1", "radius_2"), 50, least)[0]]
    voted = [c[np.unique(rows["user"][c], return_index=True)[1]] for c in found]
    return len([[rows[name][c].mean() for name in COLUMNS] for c in voted if len(c) >= least])


def main() -> None:
    """Read all markings, group them by tile, and time the loop alone."""
    path, count = sys.argv[1], int(sys.argv[2])
    names = ["image_id", "marking", "classification_id", "user_name", *COLUMNS]
    table = pq.read_table(path, columns=names)
    table = table.filter(table["image_id"].is_valid())
    codes = table["image_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    rows = {name: table[name].to_numpy() for name in ("classification_id", *COLUMNS)}
    rows["marking"] = np.array(table["marking"].to_pylist())
    rows["user"] = table["user_name"].combine_chunks().dictionary_encode(null_encoding="encode").indices.to_numpy()
    drawn = np.isin(rows["marking"], ["fan", "blotch"])
    order = np.argsort(codes[drawn], kind="stable")
    rows = {name: column[drawn][order] for name, column in rows.items()}
    bounds = np.searchsorted(codes[drawn][order], np.arange(count + 1))
    tiles = [{n: c[a:b] for n, c in rows.items()} for a, b in pairwise(bounds) if b > a]
    started = time.perf_counter()
    for tile in tiles:
        cluster_tile(tile)
    print(f"{(time.perf_counter() - started) / len(tiles):.6f}")


if __name__ == "__main__":
    main()
