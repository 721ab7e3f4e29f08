"""Measures image conversion and pyramids against webknossos, in one run; prints ratios of medians and peaks of memory.

    python benchmarks/volume.py --peer PYTHON [--runs 3] [--only from-images|color|segmentation] [--work DIR]

PYTHON is the interpreter of an environment with ``webknossos`` 4.3 and ``tifffile``, apart from this one. The peer runs
with its sequential executor and with its default, processes. Seconds are of the work alone, after a small one that
loads and compiles; memory is the peak of all processes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

SIZE = "1024,1024,256"
FORMATS = {"wkw": 256, "zarr3": (1024, 1024, 32)}
COARSEST = {"color": 16, "segmentation": 8}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", help="Python of the peer's environment")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=("from-images", "color", "segmentation"))
    parser.add_argument("--size", default=SIZE)
    parser.add_argument("--work", type=Path, default=Path("bench-work/volume"))
    parser.add_argument("--task", help="what one measured process does; for this file's own use")
    given = parser.parse_args()
    if given.task:
        print(json.dumps(measured(json.loads(given.task))))
        return
    prepare(given.work, given.size)
    whats = [given.only] if given.only else ["from-images", "color", "segmentation"]
    for what in whats:
        for data_format in FORMATS:
            compare(what, data_format, given)


def prepare(work: Path, size: str) -> None:
    """Make the stacks and, of them, the datasets that pyramids are made of."""
    if not (work / "stacks" / "segmentation").is_dir():
        maker = Path(__file__).with_name("make_volume.py")
        subprocess.run([sys.executable, str(maker), str(work / "stacks"), "--size", size], check=True)
    for name, folder in (("color", "em"), ("segmentation", "segmentation")):
        small = work / "small" / folder
        small.mkdir(parents=True, exist_ok=True)
        for path in sorted((work / "stacks" / folder).iterdir())[:4]:
            shutil.copy(path, small)
        for data_format in FORMATS:
            for source in ("stacks", "small"):
                out = work / f"{name} {data_format} {source}"
                if not out.is_dir():
                    from swath.volume import Dataset

                    settings = {"data_format": data_format, "shard_shape": 256, "layer_name": "layer"}
                    Dataset.from_images(work / source / folder, out, (1, 1, 1), layer_category=name, **settings)


def compare(what: str, data_format: str, given: Any) -> None:
    """Run Swath and the peer in turn, and print the medians."""
    who = {"swath": (sys.executable, "threads")}
    if given.peer:
        who |= {"peer, sequential": (given.peer, "sequential"), "peer, default": (given.peer, "default")}
    found: dict[str, list[dict[str, float]]] = {name: [] for name in who}
    for _ in range(given.runs):
        for name, (python, executor) in who.items():
            task = {"what": what, "format": data_format, "work": str(given.work), "executor": executor}
            command = [python, __file__, "--task", json.dumps({**task, "peer": name != "swath"})]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            found[name].append(json.loads(done.stdout.splitlines()[-1]))
    ours = middle(found["swath"], "seconds")
    for name, runs in found.items():
        seconds, memory, cpu = (middle(runs, key) for key in ("seconds", "memory", "cpu"))
        print(
            f"{what}, {data_format}, {name}: {seconds:.2f} s, CPU {cpu:.2f} s, {memory / 2**20:.0f} MiB, "
            f"ratio {seconds / ours:.2f}",
            flush=True,
        )


def middle(runs: list[dict[str, float]], key: str) -> float:
    return statistics.median(run[key] for run in runs)


def measured(task: dict[str, Any]) -> dict[str, float]:
    """Do a small piece of work, then the measured one."""
    prepare_out, work = load(task)
    prepare_out("small")
    work("small")
    prepare_out("stacks")
    peak, over = [0], threading.Event()
    watcher = threading.Thread(target=watch, args=(peak, over), daemon=True)
    watcher.start()
    before, start = cpu_seconds(), time.perf_counter()
    work("stacks")
    seconds, cpu = time.perf_counter() - start, cpu_seconds() - before
    over.set()
    watcher.join()
    return {"seconds": seconds, "cpu": cpu, "memory": peak[0]}


def cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def watch(peak: list[int], over: threading.Event) -> None:
    me = psutil.Process()
    while not over.wait(0.02):
        try:
            peak[0] = max(peak[0], sum(p.memory_info().rss for p in (me, *me.children(recursive=True))))
        except psutil.Error:
            continue


def load(task: dict[str, Any]) -> tuple[Callable[[str], None], Callable[[str], None]]:
    """Give what comes before the work on a source, ``small`` or ``stacks``, and the work, with the library measured."""
    settings: dict[str, Any] = {}
    if task["peer"]:
        import webknossos as library

        if task["executor"] == "sequential":
            from cluster_tools import get_executor

            settings["executor"] = get_executor("sequential")
    else:
        import swath.volume as library
    folder, data_format = Path(task["work"]), task["format"]
    out = folder / "out"

    def clear(_: str) -> None:
        shutil.rmtree(out, ignore_errors=True)

    def copy(source: str) -> None:
        clear(source)
        shutil.copytree(folder / f"{task['what']} {data_format} {source}", out)

    def convert(source: str) -> None:
        shard = FORMATS[data_format]
        library.Dataset.from_images(
            folder / source / "em", out, (1, 1, 1), data_format=data_format, shard_shape=shard, **settings
        )

    def downsample(_: str) -> None:
        coarsest = library.Mag(COARSEST[task["what"]])
        library.Dataset.open(out).get_layer("layer").downsample(coarsest_mag=coarsest, shard_shape=256, **settings)

    return (clear, convert) if task["what"] == "from-images" else (copy, downsample)


if __name__ == "__main__":
    main()
