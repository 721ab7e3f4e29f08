"""Clusters the first tiles of a file of markings with p4tools, and prints the seconds a tile.

python benchmarks/peer_cluster.py MARKINGS.parquet TILES
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time

import pandas as pd
from p4tools.production.dbscan import DBScanner


def main() -> None:
    """Cluster, tile by tile, each read from the file, as the production does."""
    path, count = sys.argv[1], int(sys.argv[2])
    logging.disable(logging.CRITICAL)
    tiles = pd.read_parquet(path, columns=["image_id"])["image_id"].dropna().unique()[:count]
    with tempfile.TemporaryDirectory() as folder:
        scanner = DBScanner(savedir=folder, dbname=path)
        started = time.perf_counter()
        for tile in tiles:
            scanner.cluster_image_id(tile)
        seconds = time.perf_counter() - started
    print(f"{seconds / len(tiles):.6f}")


if __name__ == "__main__":
    main()
