"""Runs a command as a whole process and measures wall seconds and the peak memory of all its processes."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import psutil

INTERVAL = 0.02


@dataclass(frozen=True)
class Measured:
    """Medians over some runs: wall seconds, and the peak of resident bytes summed over the processes."""

    seconds: float
    memory: int
    runs: int


def measure(command: Sequence[str], runs: int, before: Callable[[], None] = lambda: None) -> Measured:
    """Run a command some times; ``before`` each run what it left is cleared away."""
    found = [_once(command, before) for _ in range(runs)]
    seconds, memory = zip(*found, strict=True)
    return Measured(statistics.median(seconds), int(statistics.median(memory)), runs)


@dataclass(frozen=True)
class Run:
    """A command to measure, and what is done before each of its runs."""

    command: Sequence[str]
    before: Callable[[], None] = lambda: None


def measure_in_turns(commands: Mapping[str, Run], runs: int) -> dict[str, Measured]:
    """Run commands one after another, some times round, so that a slow minute of the machine falls on all of them."""
    rounds = [{name: measure(run.command, 1, run.before) for name, run in commands.items()} for _ in range(runs)]
    return {name: _median([found[name] for found in rounds]) for name in commands}


def _median(found: Sequence[Measured]) -> Measured:
    seconds = statistics.median(one.seconds for one in found)
    return Measured(seconds, int(statistics.median(one.memory for one in found)), len(found))


def _once(command: Sequence[str], before: Callable[[], None]) -> tuple[float, int]:
    before()
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    peak = 0
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        peak = max(peak, _resident(watched))
        time.sleep(INTERVAL)
    seconds = time.perf_counter() - started
    if process.returncode not in (0, 3):
        sys.exit(f"{' '.join(command)} failed:\n{process.communicate()[0].decode(errors='replace')}")
    return seconds, peak


def _resident(process: psutil.Process) -> int:
    total = 0
    try:
        for one in (process, *process.children(recursive=True)):
            total += one.memory_info().rss
    except psutil.Error:
        return total
    return total
