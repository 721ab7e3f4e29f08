"""Measures extraction and reduction against panoptes_aggregation, in one run; prints ratios of medians.

    python benchmarks/panoptes.py [--rows 50000] [--runs 3] [--peer DIR]

``--peer`` is the bin directory of an environment with panoptes_aggregation; without it the peer is left out. It runs
once each, on one core, as its own options for several are slower.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

from measure import Measured, measure

HERE = Path(__file__).parent
MIB = 1 << 20
REDUCERS = {
    "points": ["point_reducer_dbscan", "point_reducer_hdbscan"],
    "question": ["question_reducer"],
    "circles": ["shape_reducer_dbscan"],
}
DETAILS = "{T0_tool0: [question_reducer], T0_tool1: [question_reducer]}"
KEYWORDS = {
    "point_reducer_dbscan": f"{{details: {DETAILS}}}",
    "point_reducer_hdbscan": "{}",
    "question_reducer": "{}",
    "shape_reducer_dbscan": "{shape: circle}",
}


def swath(*arguments: str | Path) -> list[str]:
    """A swath command in this Python."""
    return [sys.executable, "-m", "swath.cli.main", "panoptes", *map(str, arguments)]


def make(kind: str, work: Path, rows: int) -> Path:
    """Make a project up with its configuration, unless it is there already."""
    source = work / f"{kind}-{rows}"
    if not (source / "workflows.csv").exists():
        maker = [sys.executable, str(HERE / "make_panoptes.py"), kind, str(source), "--rows", str(rows)]
        subprocess.run(maker, check=True)
    subprocess.run(swath("config", source / "workflows.csv", "4242", "-d", source), check=True, capture_output=True)
    for reducer in REDUCERS[kind]:
        text = f"reducer_config: {{{reducer}: {KEYWORDS[reducer]}}}\n"
        (source / f"{reducer}.yaml").write_text(text, encoding="utf-8")
    return source


def runs_of(kind: str, source: Path, peer: Path | None, runs: int) -> dict[str, tuple[Measured, Measured | None]]:
    """Measure the extraction of one project, and its reductions from the extracted CSV file, as the peer does."""
    ours, theirs = source / "ours", source / "theirs"
    for folder in (ours, theirs):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    command = [source / "classifications.csv", next(source.glob("Extractor_config*"))]
    found = {}
    mine = measure(swath("extract", *command, "-d", ours, "--format", "csv"), runs)
    found[f"extract, {kind}"] = mine, by_peer(peer, "extract", *command, "-d", theirs)
    (extracts,) = ours.glob("*_extractions.csv")
    for reducer in REDUCERS[kind]:
        reduce = [extracts, source / f"{reducer}.yaml"]
        mine = measure(swath("reduce", *reduce, "-F", "all", "-d", ours, "--format", "csv"), runs)
        found[f"reduce, {reducer}"] = mine, by_peer(peer, "reduce", *reduce, "-d", theirs)
    return found


def by_peer(peer: Path | None, *arguments: str | Path) -> Measured | None:
    """Measure the peer once."""
    if peer is None:
        return None
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        return measure([str(peer / "panoptes_aggregation"), *map(str, arguments), "-hb"], 1)
    finally:
        del os.environ["OMP_NUM_THREADS"]


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peer", type=Path)
    parser.add_argument("--work", type=Path, default=Path("bench-work"))
    given = parser.parse_args()
    print(f"{given.rows} classifications, {os.cpu_count()} processors, {date.today()}\n")
    print("| run | seconds | peak MiB | peer, seconds | peer, peak MiB | times as fast |\n|---|---|---|---|---|---|")
    for kind in REDUCERS:
        source = make(kind, given.work, given.rows)
        for name, (mine, peer) in runs_of(kind, source, given.peer, given.runs).items():
            more = (
                "| | |"
                if peer is None
                else f"{peer.seconds:.1f} | {peer.memory / MIB:.0f} | {peer.seconds / mine.seconds:.0f} |"
            )
            print(f"| {name} | {mine.seconds:.2f} | {mine.memory / MIB:.0f} | {more}", flush=True)


if __name__ == "__main__":
    main()
