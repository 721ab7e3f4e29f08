"""Measures whole extractions against the numeric path of moseq2-extract, in one run; prints a table by stage.

    python benchmarks/depth.py [--frames 5000] [--peer-frames 1000] [--runs 3] [--recording DEPTH.DAT] [--work DIR]

Runs of the two take turns. The figure that counts is the ratio of medians of frames a second; memory is the peak of the
process above what it had before the run, with all libraries loaded.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).parent))
from reference_depth import Reference

from swath.depth.align import align, measured
from swath.depth.arena import Arena, find_arena
from swath.depth.crop import turned_crops
from swath.depth.extract import BLOCK, extract_frames
from swath.depth.features import features_of
from swath.depth.prepare import Preparation
from swath.depth.recording import Recording, open_recording
from swath.depth.session_results import extract_session
from swath.depth.sessions import session_of
from swath.depth.settings import Settings
from swath.depth.steps import without_jumps
from swath.kernels.contours import above, keep_largest

PEER = "peer, film and HDF5"


def main() -> None:
    options = parsed()
    work = Path(options.work or tempfile.mkdtemp(prefix="swath-depth-"))
    path = options.recording or made(work, options.frames)
    recording = open_recording(path)
    settings = Settings(recompute_bg=True, num_frames=min(options.frames, recording.count))
    arena = find_arena(recording, settings)
    frames, theirs = settings.num_frames or 0, min(options.peer_frames, recording.count)
    extract_session(session_of(path), replace(settings, num_frames=200))  # compilers and caches warm up
    figures: dict[str, list[float]] = {PEER: [], "film and HDF5": [], "HDF5": [], "frames alone": []}
    peaks: dict[str, float] = dict.fromkeys(figures, 0.0)
    stages: dict[str, list[float]] = {}

    def note(name: str, run: Callable[[], object], count: int) -> None:
        rate, used = measure(run, count)
        figures[name].append(rate)
        peaks[name] = max(peaks[name], used)

    for _ in range(options.runs):
        reference = Reference(path, arena.background, arena.roi, arena.true_depth)
        note(PEER, partial(reference.extract, theirs, work), theirs)
        for name, seconds in reference.seconds.items():
            stages.setdefault(name, []).append(1e3 * seconds / theirs)
        for name, film in (("film and HDF5", True), ("HDF5", False)):
            note(name, partial(extract_session, session_of(path), replace(settings, write_movie=film)), frames)
        note("frames alone", partial(go_through, recording, arena, settings), frames)
    report(figures, peaks, stages, by_stage(recording, arena, settings))


def go_through(recording: Recording, arena: Arena, settings: Settings) -> None:
    for _ in extract_frames(recording, arena, settings):
        pass


def report(
    figures: dict[str, list[float]], peaks: dict[str, float], stages: dict[str, list[float]], ours: dict[str, float]
) -> None:
    peer = statistics.median(figures[PEER])
    print(f"{'':24}{'frames/s':>10}{'peer':>8}{'MiB':>8}")
    for name, rates in figures.items():
        rate = statistics.median(rates)
        print(f"{name:24}{rate:10.0f}{rate / peer:7.1f}x{peaks[name] / 2**20:8.0f}")
    print(f"\n{'ms a frame, one thread':24}{'peer':>10}{'swath':>10}")
    for name, times in stages.items():
        own = f"{ours[name]:10.3f}" if name in ours else f"{'beside':>10}"
        print(f"{name:24}{statistics.median(times):10.3f}{own}")
    print(f"\nturning a crop: kernel {kernel_turns():.0f} us, OpenCV {opencv_turns():.0f} us of processor")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=5000)
    parser.add_argument("--peer-frames", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--recording", type=Path)
    parser.add_argument("--work")
    return parser.parse_args()


def made(work: Path, frames: int) -> Path:
    maker = Path(__file__).with_name("make_depth.py")
    directory = work / "session"
    subprocess.run([sys.executable, maker, directory, "--frames", str(frames)], check=True)
    return directory / "depth.dat"


def measure(run: Callable[[], object], frames: int) -> tuple[float, float]:
    """Give frames a second, and the peak of memory above that of before, in bytes."""
    process = psutil.Process()
    before = peak = process.memory_info().rss
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.02):
            peak = max(peak, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.perf_counter()
    try:
        run()
    finally:
        seconds = time.perf_counter() - start
        done.set()
        watcher.join()
    return frames / seconds, peak - before


def by_stage(recording: Recording, arena: Arena, settings: Settings, blocks: int = 16) -> dict[str, float]:
    """Give the milliseconds of processor that each stage takes a frame, in one thread."""
    preparation = Preparation.of(arena, settings)
    spent: dict[str, float] = {}

    def timed(name: str, work: Callable[[], object]) -> object:
        start = time.process_time()
        made = work()
        spent[name] = spent.get(name, 0.0) + time.process_time() - start
        return made

    def features(cleaned: np.ndarray) -> None:
        masks, areas = np.empty(cleaned.shape, np.uint8), np.empty((len(cleaned), 2), np.int64)
        above(cleaned, settings.min_height, masks)
        keep_largest(masks, areas)
        features_of(masks)

    cuts = [BLOCK * number for number in range(blocks + 1)]
    for start in cuts[:-1]:
        frames = timed("read", lambda: next(recording.frames.pieces([start, start + BLOCK])))  # noqa: B023
        heights = timed("heights", lambda: preparation.measure(frames))  # noqa: B023
        cleaned = timed("clean", lambda: preparation.cleaner.clean(heights))  # noqa: B023
        timed("features", lambda: features(cleaned))  # noqa: B023
        found = next(without_jumps([preparation.find_mouse(preparation.heights(start, frames))]))
        aligned = timed("align", lambda: align(found, settings))  # noqa: B023
        timed("scalars", lambda: list(measured([aligned], settings, arena.true_depth)))  # noqa: B023
    return {name: 1e3 * seconds / cuts[-1] for name, seconds in spent.items()}


def crops_to_turn(count: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.integers(0, 120, (count, 200, 200)).astype(np.uint8), random.integers(20, 100, (count, 2))


def kernel_turns(count: int = 200) -> float:
    """Microseconds of processor that a crop takes in our kernel."""
    frames, corners = crops_to_turn(count)
    windows = np.column_stack([corners[:, 0], corners[:, 0] + 80, corners[:, 1], corners[:, 1] + 80])
    return _spent(lambda: turned_crops(frames, windows, np.full(count, 0.7), (80, 80)), count)


def opencv_turns(count: int = 200) -> float:
    """Microseconds of processor that a crop takes in OpenCV, whose windows lie within the frame and need no copy."""
    frames, corners = crops_to_turn(count)
    out = np.empty((count, 80, 80), np.uint8)

    def turn() -> None:
        for frame, (top, left), target in zip(frames, corners.tolist(), out, strict=True):
            matrix = cv2.getRotationMatrix2D((40, 40), -40.1, 1)
            cv2.warpAffine(frame[top : top + 80, left : left + 80], matrix, (80, 80), target)

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        return _spent(turn, count)
    finally:
        cv2.setNumThreads(before)


def _spent(work: Callable[[], object], count: int) -> float:
    times = []
    for _ in range(5):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return 1e6 * min(times) / count


if __name__ == "__main__":
    main()
