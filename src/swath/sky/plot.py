"""A picture of the brightness of the sky over the nights."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from swath.errors import InputError, MissingExtraError, OutputError
from swath.sky.statistics import PLANES
from swath.sky.store import open_sky_store, read_table
from swath.sky.tables import BRIGHTNESS, FRAMES

_COLOURS = {"R1": "tab:red", "G2": "tab:green", "G3": "limegreen", "B4": "tab:blue"}


def plot(store: str | Path, file: str | Path, *, night: str | None = None, region: str = "centre") -> int:
    """Draw the signal of the four planes over time, with a line where the exposure changes; give the number of frames.

    ``night`` is a date, None for all. The kind of picture is that of the file's suffix.
    Raises InputError where the store holds no such light frame, OutputError where the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("pictures need matplotlib", "pip install 'swath[plots]'") from error
    rows = light_rows(Path(store), night, region)
    if not rows:
        raise InputError(f"{store} has no light frame to draw", "swath sky nights lists what it holds")
    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.subplots()
    draw_signals(axes, rows, exposure_changes(Path(store), [row["path"] for row in rows]))
    axes.set(title=f"{night or 'all nights'}, {region}")
    figure.autofmt_xdate()
    try:
        figure.savefig(file)
    except (OSError, ValueError) as error:
        raise OutputError(f"cannot write {file}: {error}", "give a .png or .svg in a directory that exists") from error
    return len(rows) // len(PLANES)


def draw_signals(axes: Any, rows: Sequence[dict[str, Any]], changes: Sequence[Any]) -> None:
    """Draw the signal of the planes over time into axes of matplotlib, with a line at each change of the exposure."""
    for plane in PLANES:
        chosen = [row for row in rows if row["plane"] == plane]
        times = [row["time"] for row in chosen]
        axes.plot(times, [row["signal"] for row in chosen], ".-", color=_COLOURS[plane], label=plane)
    for time in changes:
        axes.axvline(time, color="grey", linestyle=":")
    axes.ticklabel_format(axis="y", useOffset=False)
    axes.set(xlabel="camera time", ylabel="signal (counts)")
    axes.legend()


def exposure_changes(store: Path, paths: Sequence[str]) -> list[Any]:
    """Give the times of those of the frames whose exposure is not that of the frame before."""
    wanted = set(paths)
    frames = [row for row in read_table(open_sky_store(store), FRAMES).to_pylist() if row["path"] in wanted]
    frames.sort(key=lambda row: row["time"])
    return [later["time"] for before, later in pairwise(frames) if later["exposure"] != before["exposure"]]


def light_rows(store: Path, night: str | None, region: str) -> list[dict[str, Any]]:
    """The rows of brightness of the light frames of a night, None for all, in one region, in order of time."""
    chosen = (ds.field("type") == "LIGHT") & (ds.field("region") == region)
    if night is not None:
        chosen &= ds.field("night") == night
    rows: list[dict[str, Any]] = read_table(open_sky_store(store), BRIGHTNESS, chosen).to_pylist()
    return sorted(rows, key=lambda row: (row["time"], row["path"]))
