"""Measures the production of the Planet Four catalogue, in one run; prints ratios of medians.

    python benchmarks/catalogue.py [--rows 801430] [--runs 3] [--export DIR] [--peer-python PYTHON] [--tenfold]

Clustering is compared, by the tile, with p4tools and with a plain loop over tiles and calls of scikit-learn.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
from measure import Measured, measure
from run import HERE, MIB, has, make_export, planet4, swath

STEPS = ("clusters", "combined", "ground", "catalog")
PLAIN_TILES, PEER_TILES = 1000, 25


def steps(source: Path, work: Path, runs: int) -> dict[str, Measured]:
    """Measure the conversion, each step after it, and all of it as one command."""
    made = {name: work / name for name in ("markings", *STEPS)}

    def clear(name: str) -> None:
        shutil.rmtree(made[name], ignore_errors=True)

    tables = ["--tile-coords", source / "tile_coords.csv", "--metadata", source / "metadata.csv"]
    commands = {
        "clusters": swath("planet4", "cluster", made["markings"], "-o", made["clusters"]),
        "combined": swath("planet4", "combine", made["clusters"], "-o", made["combined"]),
        "ground": swath("planet4", "ground", made["combined"], *tables, "-o", made["ground"]),
        "catalog": swath(
            *("planet4", "catalog", made["combined"], "--ground", made["ground"], *tables[2:]),
            *("-o", made["catalog"], "--csv", work / "csv"),
        ),
    }
    convert = planet4(source, made["markings"], "--clean")
    found = {"planet4 convert --clean": measure(convert, runs, lambda: clear("markings"))}
    for name, command in commands.items():
        found[f"planet4 {command[4]}"] = measure(command, runs, lambda name=name: clear(name))
    whole = [*planet4(source, work / "production")]
    whole[whole.index("convert")] = "produce"
    found["planet4 produce"] = measure(whole, runs, lambda: shutil.rmtree(work / "production", ignore_errors=True))
    found["planet4 produce, run again"] = measure(whole, runs)
    return found


def as_one_file(markings: Path, path: Path) -> Path:
    """Put the parts of a table of markings into one file, as p4tools reads them."""
    pq.write_table(pq.read_table(sorted(markings.rglob("*.parquet")), partitioning=None), path)
    return path


def seconds_a_tile(python: str, script: str, markings: Path, tiles: int) -> float:
    """Run a script that prints the seconds a tile."""
    command = [python, str(HERE / script), str(markings), str(tiles)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def by_the_tile(work: Path, ours: Measured, peer: str) -> dict[str, float]:
    """Seconds a tile: ours, start-up and disk counted, the plain loop's, the peer's."""
    manifest = json.loads((work / "clusters" / "_swath" / "manifest.json").read_text())
    one = as_one_file(work / "markings" / "markings", work / "markings.parquet")
    found = {"planet4 cluster": ours.seconds / manifest["counts"]["tiles"]}
    found["plain loop with scikit-learn"] = seconds_a_tile(sys.executable, "reference_cluster.py", one, PLAIN_TILES)
    if has(peer, "p4tools"):
        found["peer: p4tools"] = seconds_a_tile(peer, "peer_cluster.py", one, PEER_TILES)
    return found


def main() -> None:
    """Read the command line, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=801_430)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--export", type=Path)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--tenfold", action="store_true", help="also measure the memory at ten times the rows")
    parser.add_argument("--work", type=Path, default=Path("bench-work"))
    given = parser.parse_args()
    given.work.mkdir(exist_ok=True)
    source = given.export or make_export(given.work / f"planet4-{given.rows}", given.rows)
    found = steps(source, given.work, given.runs)
    tiles = by_the_tile(given.work, found["planet4 cluster"], given.peer_python)
    if given.tenfold:
        large = make_export(given.work / f"planet4-{10 * given.rows}", 10 * given.rows)
        whole = [*planet4(large, given.work / "tenfold")]
        whole[whole.index("convert")] = "produce"
        shutil.rmtree(given.work / "tenfold", ignore_errors=True)
        found["planet4 produce, ten times the rows"] = measure(whole, 1)
    convert = found["planet4 convert --clean"].seconds
    print(f"{given.rows:,} rows, {os.cpu_count()} processors, {date.today()}\n")
    print("| run | seconds | peak MiB | times the conversion |\n|---|---|---|---|")
    for name, one in found.items():
        print(f"| {name} | {one.seconds:.2f} | {one.memory / MIB:.0f} | {one.seconds / convert:.2f} |")
    print("\n| clustering | ms a tile | times ours |\n|---|---|---|")
    for name, seconds in tiles.items():
        print(f"| {name} | {seconds * 1000:.2f} | {seconds / tiles['planet4 cluster']:.0f} |")


if __name__ == "__main__":
    main()
