"""Measures compression in place against webknossos, and reads against the library of each format alone, in one run.

    python benchmarks/volume_arrays.py [--peer PYTHON] [--runs 3] [--work DIR]

PYTHON is the interpreter of an environment with ``webknossos`` 4.3, apart from this one; its executor is the sequential
one. The volume is 1024 x 1024 x 256 voxels of uint8, in shards of 256. Seconds are of the work alone, after a small one
that loads and compiles. Prints medians, and their ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

SHAPE = (1024, 1024, 256)
SMALL = (64, 64, 64)
FORMATS = ("wkw", "zarr3")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", help="Python of the peer's environment")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path("bench-work/volume-arrays"))
    parser.add_argument("--task", help="what one measured process does; for this file's own use")
    given = parser.parse_args()
    if given.task:
        print(json.dumps(compressed(Path(given.task))))
        return
    for data_format in FORMATS:
        source = prepare(given.work, data_format)
        prepare(given.work, data_format, SMALL)
        compare_compression(source, data_format, given)
        compare_reads(source, data_format, given.runs)


def prepare(work: Path, data_format: str, shape: tuple[int, int, int] = SHAPE) -> Path:
    """Make the raw dataset: blurred noise with grain, as of an electron microscope."""
    path = work / (data_format if shape == SHAPE else f"{data_format}-small")
    if not path.is_dir():
        from swath.volume import BoundingBox, Dataset

        random = np.random.default_rng(0)
        coarse = random.normal(size=[n // 16 + 1 for n in shape]).repeat(16, 0).repeat(16, 1).repeat(16, 2)
        data = coarse[: shape[0], : shape[1], : shape[2]] * 30 + 128 + random.integers(0, 6, shape)
        dataset = Dataset(path, voxel_size=(1, 1, 1))
        box = BoundingBox((0, 0, 0), shape)
        layer = dataset.add_layer("layer", "color", data_format=data_format, bounding_box=box)
        mag = layer.add_mag(1, chunk_shape=32, shard_shape=256, compress=False)
        mag.write(np.asfortranarray(np.clip(data, 0, 255).astype(np.uint8)))
    return path


def compare_compression(source: Path, data_format: str, given: Any) -> None:
    who = {"swath": sys.executable} | ({"peer": given.peer} if given.peer else {})
    found: dict[str, list[dict[str, float]]] = {name: [] for name in who}
    for _ in range(given.runs):
        for name, python in who.items():
            for name_of, place in ((source.name, "copy"), (f"{source.name}-small", "copy-small")):
                shutil.rmtree(given.work / place, ignore_errors=True)
                shutil.copytree(given.work / name_of, given.work / place)
            os.sync()
            task = [python, __file__, "--task", str(given.work / "copy")]
            done = subprocess.run(task, check=True, capture_output=True, text=True)
            found[name].append(json.loads(done.stdout.splitlines()[-1]))
    ours = {key: middle(found["swath"], key) for key in ("seconds", "cpu")}
    for name, runs in found.items():
        seconds, cpu = middle(runs, "seconds"), middle(runs, "cpu")
        ratios = f"ratio {seconds / ours['seconds']:.2f}, of CPU {cpu / ours['cpu']:.2f}"
        print(f"compress {data_format}, {name}: {seconds:.2f} s, CPU {cpu:.2f} s, {ratios}", flush=True)


def compressed(path: Path) -> dict[str, float]:
    """Compress a dataset with swath where it is installed, else with the peer, which this process then is of."""
    settings = {}
    try:
        import swath.volume as library
    except ImportError:
        import webknossos as library
        from cluster_tools import get_executor

        settings["executor"] = get_executor("sequential")
    library.Dataset.open(path.with_name("copy-small")).compress(**settings)
    dataset = library.Dataset.open(path)
    before, start = time.process_time(), time.perf_counter()
    dataset.compress(**settings)
    return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - before}


def compare_reads(source: Path, data_format: str, runs: int) -> None:
    from swath.volume import Dataset

    path = source.with_name(source.name + "-packed")
    if not path.is_dir():
        shutil.copytree(source, path)
        Dataset.open(path).compress()
    mag = Dataset.open(path).get_layer("layer").get_mag(1)
    plain = library_reader(mag.path, data_format)
    random = np.random.default_rng(1)
    sizes = {"whole": ([(0, 0, 0)], SHAPE), "64³ at random": (places(random, 64, 200), (64,) * 3)}
    sizes["256³ at random"] = (places(random, 250, 8), (250,) * 3)
    for what, (corners, size) in sizes.items():
        times: dict[str, list[float]] = {"swath": [], "library": []}
        for turn in range(2 * runs):
            order = ("swath", "library") if turn % 2 else ("library", "swath")
            for name in order:
                start = time.perf_counter()
                for corner in corners:
                    if name == "swath":
                        mag.read(absolute_offset=corner, size=size)
                    else:
                        plain(corner, size)
                times[name].append(time.perf_counter() - start)
        ours, theirs = (statistics.median(times[name]) for name in ("swath", "library"))
        print(
            f"read {data_format}, {what}: {ours:.2f} s, library {theirs:.2f} s, ratio {ours / theirs:.2f}", flush=True
        )


def places(random: np.random.Generator, edge: int, number: int) -> list[tuple[int, int, int]]:
    return [tuple(int(random.integers(0, n - edge + 1)) for n in SHAPE) for _ in range(number)]  # type: ignore[misc]


def library_reader(path: Path, data_format: str) -> Any:
    """Give a function that reads a box with the format's library alone."""
    if data_format == "wkw":
        import wkw

        return wkw.Dataset.open(str(path)).read
    import tensorstore

    spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": f"{path}/"}}
    array = tensorstore.open(spec).result()

    def read(corner: Any, size: Any) -> Any:
        box = tuple(slice(a, a + n) for a, n in zip(corner, size, strict=True))
        return array[(slice(None), *box)].read(order="F").result()

    return read


def middle(runs: list[dict[str, float]], key: str) -> float:
    return statistics.median(run[key] for run in runs)


if __name__ == "__main__":
    main()
