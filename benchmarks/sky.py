"""Measures the reduction of 24-megapixel frames against AZOTEA's numeric path, in one run; prints ratios of medians.

    python benchmarks/sky.py [--frames 20] [--runs 5] [--darks 200] [--work DIR]

The peer's path is what AZOTEA 0.3.16 does a frame: MD5 of the file, exifread, rawpy, NumPy's mean and variance of the
region in four planes. Runs of both take turns. Statistics are of another frame each time, as in a night.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from itertools import cycle
from pathlib import Path

import exifread
import numpy as np
import rawpy
from measure import measure as measure_command
from run import MIB, swath

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
KINDS: Mapping[str, dict[str, object]] = {"uncompressed": {}, "lossless JPEG": {"jpeg": {"components": 2}}}


def taking_turns(works: Mapping[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """The median seconds of each of some pieces of work, done one after the other, so many times."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(found) for name, found in times.items()}


def planes_of(pixels: np.ndarray, region: Region) -> list[np.ndarray]:
    """The region in the four planes."""
    planes = [pixels[row::2, column::2] for row, column in OFFSETS]
    boxes = [region.place(*plane.shape) for plane in planes]
    return [plane[box.y1 : box.y2, box.x1 : box.x2] for plane, box in zip(planes, boxes, strict=True)]


def plain(pixels: np.ndarray, region: Region) -> list[float]:
    """Mean and variance of the four planes, by NumPy, as AZOTEA does."""
    return [round(number, 2) for values in planes_of(pixels, region) for number in (values.mean(), values.var())]


def whole(pixels: np.ndarray, region: Region) -> list[object]:
    """All that Swath gives of the four planes, by NumPy."""
    found: list[object] = []
    for values in planes_of(pixels, region):
        p05, low, median, high, p95 = np.percentile(values, (5, 15.87, 50, 84.13, 95))
        hot = median + 10 * max((high - low) / 2, 1)
        found += [values.mean(), values.var(), values.min(), values.max(), p05, median, p95]
        found += [(values >= 16383).sum(), (values > hot).sum()]
    return found


def peer(folder: Path) -> None:
    """What AZOTEA computes of a directory."""
    for path in sorted(folder.glob("*.dng")):
        hashlib.md5(path.read_bytes()).digest()
        with path.open("rb") as file:
            exifread.process_file(file, details=False)
        with rawpy.imread(str(path)) as raw:
            plain(raw.raw_image, Region())


def of_statistics(pixels: np.ndarray, runs: int) -> None:
    """Compare the statistics of a region."""
    frames = [np.roll(pixels, number) for number in range(4)]
    for name, region in (("default region", Region()), ("whole planes", Region(width=3000, height=2000))):
        box = region.place(2000, 3000)
        measure(pixels, OFFSETS, box, 16383)
        turns = {key: cycle(frames) for key in ("swath", "mean", "all")}
        found = taking_turns(
            {
                "swath": lambda turns=turns, box=box: measure(next(turns["swath"]), OFFSETS, box, 16383),
                "NumPy's mean and variance": lambda turns=turns, region=region: plain(next(turns["mean"]), region),
                "NumPy, the same numbers": lambda turns=turns, region=region: whole(next(turns["all"]), region),
            },
            4 * runs,
        )
        show(f"statistics, {name}", found, 1)


def of_directories(work: Path, pixels: np.ndarray, frames: int, runs: int) -> None:
    """Compare a directory from files to tables, new, and unchanged, and a new region of kept blocks."""
    running = Running(Workers("threads", os.cpu_count() or 1))
    anew = Running(running.workers, overwrite=True)
    for kind, options in KINDS.items():
        folder, out, kept = (work / kind.replace(" ", "-") / name for name in ("night", "out", "kept"))
        for number in range(frames):
            time_of_frame = f"2020:03:25 22:{number:02}:00"
            write_dng(folder / f"IMG_{number}.dng", np.roll(pixels, number), time=time_of_frame, **options)
        files = find_frames(folder, Observer(), recursive=False)
        other = find_frames(folder, Observer(regions=(Region(width=400, height=300),)), recursive=False)
        reduce(files, kept, keep_blocks=True, running=anew)
        works = {"swath": lambda f=files, o=out: reduce(f, o, running=anew), "peer": lambda f=folder: peer(f)}
        show(f"a frame, {kind}", taking_turns(works, runs), frames)
        again = {
            "swath": lambda f=files, o=out: reduce(f, o, running=running),
            "peer, which hashes": lambda f=files: [hashlib.md5(item.path.read_bytes()) for item in f],
        }
        show(f"a frame, {kind}, nothing changed", taking_turns(again, runs), frames)
        regions = cycle((other, files))
        new = {
            "swath, of blocks": lambda k=kept, r=regions: reduce(next(r), k, running=running),
            "swath, decoding": lambda f=other, o=out: reduce(f, o, running=anew),
        }
        show(f"a frame, {kind}, a new region", taking_turns(new, runs), frames)


def of_memory(work: Path, pixels: np.ndarray, darks: int) -> None:
    """Measure the peak memory of whole commands: of a night, and of a master dark of many frames."""
    for kind in KINDS:
        folder = work / kind.replace(" ", "-") / "night"
        made = measure_command(swath("sky", "reduce", "-w", folder, "-o", work / "memory", "--reset"), 1)
        print(f"memory, {len(list(folder.iterdir()))} frames, {kind}: {made.memory / MIB:.0f} MiB")
    if not darks:
        return
    folder = work / "darks"
    quiet = (pixels // 8).astype(np.uint16)
    for number in range(darks):
        when = f"2020:03:26 04:{number // 60:02}:{number % 60:02}"
        write_dng(folder / f"dark_{number:03}.dng", np.roll(quiet, number), time=when, jpeg={"components": 2})
    write_dng(folder / "IMG.dng", pixels)
    for stack in ("mean", "median"):
        command = swath("sky", "reduce", "-w", folder, "-o", work / "memory", "--reset", "--dark", "pixel")
        made = measure_command([*command, "--stack", stack, "--roi", "3000,2000"], 1)
        print(f"memory, {stack} of {darks} darks, whole planes: {made.memory / MIB:.0f} MiB, {made.seconds:.1f} s")


def show(what: str, found: Mapping[str, float], parts: int) -> None:
    """Print the milliseconds of each, and how many times as long the others take as the first."""
    first, *others = found
    said = ", ".join(f"{name} {found[name] / parts * 1e3:.2f} ms ({found[name] / found[first]:.1f})" for name in others)
    print(f"{what}: {first} {found[first] / parts * 1e3:.2f} ms; {said}", flush=True)


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=20)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--darks", type=int, default=0, help="also the memory of a master dark of so many frames")
    parser.add_argument("--work", type=Path, default=Path("bench-work/sky"))
    given = parser.parse_args()
    shutil.rmtree(given.work, ignore_errors=True)
    pixels = np.random.default_rng(0).normal(2200, 25, SHAPE).astype(np.uint16)
    of_statistics(pixels, given.runs)
    of_directories(given.work, pixels, given.frames, given.runs)
    of_memory(given.work, pixels, given.darks)


if __name__ == "__main__":
    main()
