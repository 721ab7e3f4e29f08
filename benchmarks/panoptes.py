"""Measures extraction and reduction against panoptes_aggregation, in one run; prints ratios of medians.

    python benchmarks/panoptes.py [--rows 50000] [--runs 3] [--peer DIR] [--peer-rows N]

``--peer`` is the bin directory of an environment with panoptes_aggregation; without it the peer is left out. It runs
once each, on one core, as its own options for several are slower. With ``--peer-rows`` it gets an export of fewer
classifications, and the ratio is that of the times per classification, each with the start of its program.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
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
EXTRACTORS = {
    "points": "point_extractor_by_frame",
    "question": "question_extractor",
    "circles": "shape_extractor_circle",
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


def commands_of(kind: str, source: Path, out: Path) -> dict[str, list[str | Path]]:
    """The commands by name: those that the peer has first, with the same arguments, then what it has not.

    Reductions are made from the extracted CSV file, as the peer does, and from the dataset.
    """
    config = next(source.glob("Extractor_config*"))
    extract = ["extract", source / "classifications.csv", config, "-d", out]
    commands: dict[str, list[str | Path]] = {f"extract, {kind}": extract, f"extract, {kind}, to Parquet": [*extract]}
    for reducer in REDUCERS[kind]:
        reduce = ["reduce", out / f"{EXTRACTORS[kind]}_extractions.csv", source / f"{reducer}.yaml", "-d", out]
        commands[f"reduce, {reducer}"] = reduce
        stored = ["reduce", out / "extractions" / EXTRACTORS[kind], source / f"{reducer}.yaml", "-d", out]
        for repeats in ("first", "last"):
            commands[f"reduce, {reducer}, -F {repeats}, from and to Parquet"] = [*stored, "-F", repeats]
    return commands


def runs_of(kind: str, source: Path, runs: int) -> Iterator[tuple[str, Measured]]:
    """Measure the extraction of one project, and its reductions."""
    out = source / "ours"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    for name, command in commands_of(kind, source, out).items():
        arguments = [*command, "-o", "reductions"] if command[0] == "reduce" else command
        if "Parquet" in name:
            yield name, measure(swath(*arguments, "--overwrite"), runs)
        else:
            every = ["-F", "all"] if command[0] == "reduce" else []
            yield name, measure(swath(*arguments, *every, "--format", "csv"), runs)


def runs_of_peer(kind: str, source: Path, peer: Path) -> Iterator[tuple[str, Measured]]:
    """Measure the peer once each, on one core; it reduces what it extracted itself."""
    out = source / "theirs"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    os.environ["OMP_NUM_THREADS"] = "1"
    for name, command in commands_of(kind, source, out).items():
        if "Parquet" not in name:
            yield name, measure([str(peer / "panoptes_aggregation"), *map(str, command), "-hb"], 1)
    del os.environ["OMP_NUM_THREADS"]


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peer", type=Path)
    parser.add_argument("--peer-rows", type=int)
    parser.add_argument("--kinds", nargs="*", choices=tuple(REDUCERS), default=tuple(REDUCERS))
    parser.add_argument("--work", type=Path, default=Path("bench-work"))
    given = parser.parse_args()
    peer_rows = given.peer_rows or given.rows
    print(f"{given.rows} classifications, {os.cpu_count()} processors, {date.today()}; peer: {peer_rows}\n")
    print("| run | seconds | peak MiB | peer, seconds | peer, peak MiB | times as fast |\n|---|---|---|---|---|---|")
    for kind in given.kinds:
        peer = {}
        if given.peer:
            peer = dict(runs_of_peer(kind, make(kind, given.work, peer_rows), given.peer))
        for name, mine in runs_of(kind, make(kind, given.work, given.rows), given.runs):
            more = "| | |"
            if name in peer:
                times = peer[name].seconds / peer_rows / (mine.seconds / given.rows)
                more = f"{peer[name].seconds:.1f} | {peer[name].memory / MIB:.0f} | {times:.0f} |"
            print(f"| {name} | {mine.seconds:.2f} | {mine.memory / MIB:.0f} | {more}", flush=True)


if __name__ == "__main__":
    main()
