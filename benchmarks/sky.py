"""Measures the reduction of 24-megapixel frames against AZOTEA's numeric path, in one run; prints ratios of medians.

    python benchmarks/sky.py [--frames 8] [--runs 5] [--work DIR]

The peer's path is what AZOTEA 0.3.16 does a frame: MD5 of the file, exifread, rawpy, NumPy's mean and variance of the
region in four planes.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import exifread
import numpy as np
import rawpy

from swath.engine.executors import Workers
from swath.engine.run import Running
from swath.sky.cameras import plane_offsets
from swath.sky.config import Observer
from swath.sky.directories import find_frames
from swath.sky.reduce import reduce
from swath.sky.regions import Region
from swath.sky.statistics import measure

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from dng import write_dng

SHAPE = (4000, 6000)
OFFSETS = plane_offsets("RGGB")


def seconds(work: Callable[[], object], runs: int) -> float:
    """The median time of a piece of work."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def plain(pixels: np.ndarray, region: Region) -> list[float]:
    """Mean and variance of the four planes, by NumPy."""
    found = []
    for row, column in OFFSETS:
        plane = pixels[row::2, column::2]
        box = region.place(*plane.shape)
        values = plane[box.y1 : box.y2, box.x1 : box.x2]
        found += [round(values.mean(), 1), round(values.var(), 2)]
    return found


def peer(folder: Path) -> None:
    """What AZOTEA computes of a directory."""
    for path in sorted(folder.glob("*.dng")):
        hashlib.md5(path.read_bytes()).digest()
        with path.open("rb") as file:
            exifread.process_file(file, details=False)
        with rawpy.imread(str(path)) as raw:
            plain(raw.raw_image, Region())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--work", type=Path, default=Path("bench-work/sky"))
    given = parser.parse_args()
    folder, out = given.work / "night", given.work / "out"
    shutil.rmtree(given.work, ignore_errors=True)
    pixels = np.random.default_rng(0).normal(2200, 25, SHAPE).astype(np.uint16)
    for number in range(given.frames):
        write_dng(folder / f"IMG_{number}.dng", np.roll(pixels, number), time=f"2020:03:25 22:{number:02}:00")
    for name, region in (("default region", Region()), ("whole planes", Region(width=3000, height=2000))):
        box = region.place(2000, 3000)
        measure(pixels, OFFSETS, box, 16383)
        fast = seconds(lambda box=box: measure(pixels, OFFSETS, box, 16383), given.runs)
        slow = seconds(lambda region=region: plain(pixels, region), given.runs)
        print(f"statistics, {name}: NumPy {slow * 1e3:.2f} ms, swath {fast * 1e3:.2f} ms, ratio {slow / fast:.2f}")
    running = Running(Workers("threads", os.cpu_count() or 1), overwrite=True)
    again = Running(Workers("threads", os.cpu_count() or 1))
    files = find_frames(folder, Observer(), recursive=False)
    theirs = seconds(lambda: peer(folder), given.runs) / given.frames
    ours = seconds(lambda: reduce(files, out, running=running), given.runs) / given.frames
    second = seconds(lambda: reduce(files, out, running=again), given.runs) / given.frames
    print(f"a frame: peer {theirs * 1e3:.1f} ms, swath {ours * 1e3:.1f} ms, ratio {theirs / ours:.2f}")
    hashing = seconds(lambda: [hashlib.md5(item.path.read_bytes()) for item in files], given.runs) / given.frames
    print(f"again: peer hashes {hashing * 1e3:.1f} ms, swath {second * 1e3:.2f} ms, ratio {hashing / second:.2f}")


if __name__ == "__main__":
    main()
