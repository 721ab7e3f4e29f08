"""A frame in small, with its regions drawn: whether they lie where they should. Needs matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.errors import InputError, MissingExtraError, OutputError
from swath.sky.cameras import plane_offsets
from swath.sky.frame import Frame
from swath.sky.opening import opened_frame
from swath.sky.regions import Region
from swath.sky.rejects import FrameError

_LARGEST_SIDE = 900
_DARKEST, _BRIGHTEST = 0.5, 99.5
_COLOURS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#d55e00", "#cc79a7")


def thumbnail(
    path: str | Path, file: str | Path, regions: Sequence[Region], *, cameras: Mapping[str, str] | None = None
) -> None:
    """Draw a frame, half its size or less, and its regions, into a picture whose kind is that of the file's suffix.

    Raises InputError for a frame that cannot be measured, OutputError where the picture cannot be written,
    MissingExtraError without matplotlib.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415
        from matplotlib.patches import Rectangle  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("pictures need matplotlib", "pip install 'swath[plots]'") from error
    try:
        with opened_frame(Path(path), cameras or {}) as frame:
            picture, (rows, columns) = preview(frame)
            title = f"{Path(path).name}, {frame.header.time}, {frame.header.model or 'unknown camera'}"
            boxes = [(region.name, region.place(rows, columns)) for region in regions]
    except FrameError as error:
        raise InputError(f"{path}: {error}", "give a RAW or FITS frame, and regions inside it") from error
    figure = Figure(figsize=(8, 8 * rows / columns + 0.6), layout="constrained")
    axes = figure.subplots()
    axes.imshow(picture, extent=(0, columns, rows, 0))
    for number, (name, box) in enumerate(boxes):
        colour = _COLOURS[number % len(_COLOURS)]
        corner = (box.x1, box.y1)
        axes.add_patch(Rectangle(corner, box.x2 - box.x1, box.y2 - box.y1, fill=False, edgecolor=colour, linewidth=1.5))
        behind = {"facecolor": "black", "alpha": 0.7, "linewidth": 0, "pad": 1.5}
        said = f"{name} {box.text}"
        axes.annotate(said, corner, (0, 5), textcoords="offset points", color=colour, fontsize=9, bbox=behind)
    axes.set(title=title, xlabel="column of a plane", ylabel="row of a plane", xlim=(0, columns), ylim=(rows, 0))
    try:
        figure.savefig(file)
    except (OSError, ValueError) as error:
        raise OutputError(f"cannot write {file}: {error}", "give a .png or .svg in a directory that exists") from error


def preview(frame: Frame) -> tuple[npt.NDArray[Any], tuple[int, int]]:
    """Colours from 0 to 1 of every so many pixels of the planes, shape (rows, columns, 3), and the planes' size."""
    offsets = plane_offsets(frame.pattern)
    planes = [frame.pixels[row::2, column::2] for row, column in offsets]
    rows, columns = (min(plane.shape[axis] for plane in planes) for axis in (0, 1))
    step = max(1, -(-max(rows, columns) // _LARGEST_SIDE))
    red, green, other, blue = (plane[:rows:step, :columns:step].astype(np.float64) for plane in planes)
    colours = np.stack([red, (green + other) / 2, blue], axis=2)
    low, high = np.percentile(colours, [_DARKEST, _BRIGHTEST], axis=(0, 1))
    return np.clip((colours - low) / np.maximum(high - low, 1), 0, 1), (rows, columns)
