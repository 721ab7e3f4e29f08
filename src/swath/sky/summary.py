"""A night on one page: its brightness, its frames in numbers, and some of them in small. Needs matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow.dataset as ds

from swath.errors import InputError, MissingExtraError, OutputError
from swath.sky.opening import opened_frame
from swath.sky.plot import draw_signals, exposure_changes, light_rows
from swath.sky.rejects import FrameError
from swath.sky.statistics import PLANES
from swath.sky.store import open_sky_store, read_table
from swath.sky.tables import FRAMES
from swath.sky.thumbnail import preview

_SHOWN = 3

Row = Mapping[str, Any]


def summary(store: str | Path, night: str, file: str | Path, *, region: str = "centre") -> int:
    """Draw a night of a store into a picture whose kind is that of the file's suffix; give the number of light frames.

    Frames are shown in small where their files are still there. Raises InputError where the store has no light frame of
    the night, OutputError where the picture cannot be written, MissingExtraError without matplotlib.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("pictures need matplotlib", "pip install 'swath[plots]'") from error
    dataset = open_sky_store(Path(store))
    frames: list[Row] = read_table(dataset, FRAMES, ds.field("night") == night).to_pylist()
    rows = light_rows(Path(store), night, region)
    if not rows:
        raise InputError(f"{store} has no light frame of {night} in {region}", "swath sky nights lists what it holds")
    figure = Figure(figsize=(9, 9), layout="constrained")
    panels = figure.subplot_mosaic(
        [["signal"] * _SHOWN, ["numbers"] * _SHOWN, ["0", "1", "2"]], height_ratios=[3, 2, 2]
    )
    draw_signals(panels["signal"], rows, exposure_changes(Path(store), [row["path"] for row in rows]))
    panels["signal"].set(title=f"night of {night}, {region}")
    panels["numbers"].set_axis_off()
    panels["numbers"].text(0, 1, "\n".join(facts(frames, rows)), va="top", fontsize=10, linespacing=1.5)
    lights = sorted((frame for frame in frames if frame["type"] == "LIGHT"), key=lambda frame: frame["time"])
    for number, frame in enumerate((lights[0], lights[len(lights) // 2], lights[-1])):
        _show(panels[str(number)], frame)
    try:
        figure.savefig(file)
    except (OSError, ValueError) as error:
        raise OutputError(f"cannot write {file}: {error}", "give a .png or .svg in a directory that exists") from error
    return len(lights)


def facts(frames: Sequence[Row], rows: Sequence[Row]) -> list[str]:
    """A night in words, a line a fact: who, with what, how many frames, the median signals, what is saturated."""
    lights = [frame for frame in frames if frame["type"] == "LIGHT"]
    times = sorted(frame["time"] for frame in lights)
    signals = {plane: median(row["signal"] for row in rows if row["plane"] == plane) for plane in PLANES}
    saturated = len({row["path"] for row in rows if row["saturated"]})
    return [
        f"observer: {_listed(frames, 'observer')}; location: {_listed(frames, 'location')}",
        f"camera: {_listed(lights, 'model')}; ISO {_listed(lights, 'iso')}; exposure {_listed(lights, 'exposure')} s",
        f"{len(lights)} light and {len(frames) - len(lights)} dark frames, {times[0]} to {times[-1]}",
        "median signal: " + ", ".join(f"{plane} {signal:.1f}" for plane, signal in signals.items()) + " counts",
        f"frames with saturated pixels in the region: {saturated}",
        f"dark: {_listed(lights, 'dark')}",
    ]


def _listed(frames: Sequence[Row], name: str) -> str:
    values = sorted({str(frame[name]) for frame in frames if frame[name] is not None})
    return ", ".join(values[:_SHOWN]) + ", …" * (len(values) > _SHOWN) if values else "not known"


def _show(axes: Any, frame: Row) -> None:
    """Draw a frame in small, or its name alone where its file is gone."""
    axes.set_axis_off()
    axes.set_title(f"{frame['name']}, {frame['time']:%H:%M}", fontsize=8)
    try:
        with opened_frame(Path(frame["path"]), {}) as opened:
            axes.imshow(preview(opened)[0])
    except FrameError as error:
        axes.text(0.5, 0.5, error.reason, ha="center", fontsize=8)
