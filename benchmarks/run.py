"""Measures the conversions against the peer, a plain reference and the floor, in one run; prints ratios of medians.

    python benchmarks/run.py [--rows 801430] [--runs 3] [--export DIR] [--peer-python PYTHON] [--tenfold]

``--export`` is a directory with a Planet Four export and its look-up tables; without it one is made up. The peer runs
where p4tools is installed, in this Python or in ``--peer-python``; so does the reference, where pandas is.
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

from measure import Measured, Run, measure, measure_in_turns

HERE = Path(__file__).parent
MIB = 1 << 20


def swath(*arguments: str | Path) -> list[str]:
    """A swath command in this Python."""
    return [sys.executable, "-m", "swath.cli.main", *map(str, arguments)]


def planet4(source: Path, out: Path, *more: str) -> list[str]:
    """The command that converts a Planet Four export."""
    files = {"--subjects": "planet-four-subjects", "--tile-coords": "tile_coords", "--metadata": "metadata"}
    lookups = [text for option, name in files.items() for text in (option, str(source / f"{name}.csv"))]
    return swath("planet4", "convert", source / "planet-four-classifications.csv", *lookups, "-o", out, *more)


def make_export(source: Path, rows: int) -> Path:
    """Make an export up, unless it is there already."""
    if not (source / "planet-four-classifications.csv").exists():
        maker = [sys.executable, str(HERE / "make_exports.py"), "planet4", str(source), "--rows", str(rows)]
        subprocess.run(maker, check=True)
    return source


def has(python: str, package: str) -> bool:
    """Whether a package is installed for a Python."""
    return subprocess.run([python, "-c", f"import {package}"], capture_output=True, check=False).returncode == 0


def conversions(source: Path, work: Path, peer: str, runs: int) -> dict[str, Measured]:
    """Measure everything on one export."""
    export, out = source / "planet-four-classifications.csv", work / "out"

    def clear() -> None:
        shutil.rmtree(out, ignore_errors=True)

    two = planet4(source, out)
    whole = swath("convert", export, "-o", out)
    commands = {
        "floor: Polars reads it all as text": Run([sys.executable, str(HERE / "floor.py"), str(export)]),
        "planet4 convert": Run(two, clear),
        "planet4 convert, run again": Run(two),
        "planet4 convert, 1 worker": Run([*two, "--workers", "1"], clear),
        "planet4 convert, processes": Run([*two, "--executor", "processes"], clear),
        "convert": Run(whole, clear),
        "convert, 1 worker": Run([*whole, "--workers", "1"], clear),
    }
    found = measure_in_turns(commands, runs)
    opponents = {
        "reference: pandas, row by row": ("pandas", "reference_planet4.py"),
        "peer: p4tools": ("p4tools", "peer_planet4.py"),
    }
    for name, (package, script) in opponents.items():
        if has(peer, package):
            found[name] = measure([peer, str(HERE / script), str(source), str(out)], 1, clear)
    clear()
    return found


def table(found: dict[str, Measured], size: int) -> str:
    """Write the measurements as a Markdown table, with each one's ratio to the floor and to planet4 convert."""
    floor, ours = found["floor: Polars reads it all as text"], found["planet4 convert"]
    lines = [
        "| run | seconds | MB/s | peak MiB | times the floor | times planet4 convert |",
        "|---|---|---|---|---|---|",
    ]
    for name, one in found.items():
        ratios = f"{one.seconds / floor.seconds:.2f} | {one.seconds / ours.seconds:.2f}"
        rate = f"{size / 1e6 / one.seconds:.0f}"
        lines.append(f"| {name} | {one.seconds:.2f} | {rate} | {one.memory / MIB:.0f} | {ratios} |")
    return "\n".join(lines)


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
    source = given.export or make_export(given.work / f"planet4-{given.rows}", given.rows)
    size = (source / "planet-four-classifications.csv").stat().st_size
    found = conversions(source, given.work, given.peer_python, given.runs)
    if given.tenfold:
        large = make_export(given.work / f"planet4-{10 * given.rows}", 10 * given.rows)
        found["planet4 convert, ten times the rows"] = measure(planet4(large, given.work / "out"), 1)
    print(f"{size / 1e6:.0f} MB, {os.cpu_count()} processors, {date.today()}\n\n{table(found, size)}")
    results = {name: vars(one) for name, one in found.items()}
    given.work.mkdir(exist_ok=True)
    (given.work / "results.json").write_text(json.dumps({"bytes": size, "runs": results}, indent=1))


if __name__ == "__main__":
    main()
