"""Measures how work on volumes grows: seconds with the share that is not zero, memory with the number of voxels.

    python benchmarks/volume_scaling.py [--runs 3] [--only zeros|memory] [--work DIR]

Zeros: a volume of 1024 x 1024 x 256 voxels of uint8 in shards of 256, of which an eighth, a quarter, half or all along
x is not zero, gets a pyramid, and is compressed. Memory: the peak of the process with 26 and with 262 million voxels
of images, and with their pyramid. Every run is a process of its own, which first does a small piece of the same work.
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
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import numpy as np
import tifffile

from volume import FORMATS, cpu_seconds, watch

SHAPE = (1024, 1024, 256)
SHARES = (8, 4, 2, 1)
SMALL = (64, 64, 32)
STACKS = {"26 million voxels": (1024, 1024, 25), "262 million voxels": (1024, 1024, 250)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=("zeros", "memory"))
    parser.add_argument("--work", type=Path, default=Path("bench-work/volume-scaling"))
    parser.add_argument("--task", help="what one measured process does; for this file's own use")
    given = parser.parse_args()
    if given.task:
        print(json.dumps(measured(json.loads(given.task), given.work)))
        return
    prepare(given.work)
    tasks = {"zeros": zeros, "memory": memory}
    for what in [given.only] if given.only else tasks:
        found: dict[str, list[dict[str, float]]] = {}
        for _ in range(given.runs):
            for task in tasks[what]():
                name = ", ".join(task.values())
                command = [sys.executable, __file__, "--work", str(given.work), "--task", json.dumps(task)]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                found.setdefault(name, []).append(json.loads(done.stdout.splitlines()[-1]))
        for name, runs in found.items():
            seconds, cpu, peak = (statistics.median(run[key] for run in runs) for key in ("seconds", "cpu", "peak"))
            print(f"{name}: {seconds:.2f} s, CPU {cpu:.2f} s, {peak / 2**20:.0f} MiB", flush=True)


def zeros() -> Iterator[dict[str, str]]:
    for work, data_format, share in product(("downsample", "compress"), FORMATS, SHARES):
        yield {"do": work, "format": data_format, "source": f"share {share}"}


def memory() -> Iterator[dict[str, str]]:
    for work, data_format, name in product(("from-images", "downsample"), FORMATS, STACKS):
        yield {"do": work, "format": data_format, "source": name}


def prepare(work: Path) -> None:
    """Make the datasets and the images, where they are not there: smooth grey values with grain."""
    random = np.random.default_rng(0)
    shapes = {"small": SMALL, **{f"share {share}": SHAPE for share in SHARES}, **STACKS}
    for name, shape in shapes.items():
        coarse = random.integers(60, 190, [-(-n // 16) for n in shape])
        data = coarse.repeat(16, 0).repeat(16, 1).repeat(16, 2)[tuple(slice(n) for n in shape)].astype(np.uint8)
        data += random.integers(0, 9, shape, np.uint8)
        if name.startswith("share"):
            data[SHAPE[0] // int(name.split()[1]) :] = 0
        if not (work / name).is_dir():
            (work / name).mkdir(parents=True, exist_ok=True)
            for z in range(shape[2]):
                tifffile.imwrite(work / name / f"{z:04}.tif", data[:, :, z].T)
        for data_format in FORMATS:
            for compress in (True,) if name in STACKS else (True, False):
                out = work / f"{name}, {data_format}, {compress}"
                if not out.is_dir():
                    convert(work / name, out, data_format, compress=compress)


def convert(source: Path, out: Path, data_format: str, *, compress: bool = True) -> None:
    from swath.volume import Dataset

    settings = {"data_format": data_format, "shard_shape": 256, "layer_name": "layer", "compress": compress}
    Dataset.from_images(source, out, (1, 1, 1), layer_category="color", **settings)


def measured(task: dict[str, str], work: Path) -> dict[str, float]:
    """Do a small piece of the work, then the measured one."""
    prepared(task, work, "small")()
    peak, over = [0], threading.Event()
    watcher = threading.Thread(target=watch, args=(peak, over), daemon=True)
    do = prepared(task, work, task["source"])
    watcher.start()
    before, start = cpu_seconds(), time.perf_counter()
    do()
    seconds, cpu = time.perf_counter() - start, cpu_seconds() - before
    over.set()
    watcher.join()
    return {"seconds": seconds, "cpu": cpu, "peak": peak[0]}


def prepared(task: dict[str, str], work: Path, source: str) -> Callable[[], None]:
    """Give the work on a source, for which all is copied."""
    from swath.volume import Dataset

    out, data_format = work / "out", task["format"]
    shutil.rmtree(out, ignore_errors=True)
    if task["do"] == "from-images":
        return lambda: convert(work / source, out, data_format)
    shutil.copytree(work / f"{source}, {data_format}, {task['do'] == 'downsample'}", out)
    os.sync()
    if task["do"] == "compress":
        return Dataset.open(out).compress
    return lambda: Dataset.open(out).get_layer("layer").downsample(coarsest_mag=16, shard_shape=256)


if __name__ == "__main__":
    main()
