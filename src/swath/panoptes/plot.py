"""A picture of one subject: what volunteers marked, and the clusters that were found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.errors import InputError
from swath.panoptes.draw_marks import draw_clusters, draw_marks, legend_samples
from swath.panoptes.outlines import Box, outlines
from swath.panoptes.pictures import COLOURS, INK, PALE, Image, check_form, figure, read_image, save, tidy
from swath.panoptes.read_extracts import Rows, extracts_at, reductions_at
from swath.panoptes.subject_marks import ToolMarks, subject_marks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = npt.NDArray[np.float64]

_MARGIN = 0.06
_LEAST_MARGIN = 10.0
_PANEL = 7.0
"""Width of the panel of a frame, in inches."""

_LABELS = 0.75
"""Inches that the labels of an axis take."""

_TALLEST, _FLATTEST = 1.4, 0.5
"""Height of a blank frame over its width."""

_GROUND = "#f6f6f3"


def plot(
    subject: str,
    extracts: str | Path,
    reductions: str | Path,
    out: str | Path,
    *,
    task: str | None = None,
    images: Sequence[str | Path] = (),
) -> Path:
    """Draw a subject's marks and clusters, a panel a frame, and give the picture's path.

    ``extracts`` and ``reductions`` are CSV files, datasets or their tables; ``task`` is the one to draw, all without.
    ``images`` are the files of frames 0, 1, …, in whose pixels the marks are; a frame without is blank. A mark in a
    cluster is full, one in none is pale; a cluster has a cross at its centre or the mean of its outlines, an ellipse of
    two standard deviations where the reduction tells variances, and its count. ``out`` ends with .png, .pdf or .svg.
    Raises InputError for a subject without marks and for files that cannot be read, UsageError for another ending,
    MissingExtraError without matplotlib.
    """
    check_form(Path(out))
    tools = subject_marks(*(_of(rows, subject, task) for rows in (extracts_at(extracts), reductions_at(reductions))))
    tools = [tool for tool in tools if len(tool.marks)]
    if not tools:
        of_task = "" if task is None else f" of task {task}"
        raise InputError(f"subject {subject} has no marks{of_task} in {extracts}", "check the subject's number")
    return save(draw(subject, tools, [read_image(image) for image in images]), out)


def _of(rows: Rows, subject: str, task: str | None) -> pa.Table:
    found = rows.of([subject])
    return found if task is None else found.filter(pc.equal(found["task"], task))


def draw(subject: str, tools: Sequence[ToolMarks], images: Sequence[Image] = ()) -> Figure:
    """Make the figure of a subject's marks, a panel for each of their frames."""
    frames = sorted({tool.frame for tool in tools})
    names = sorted({tool.tool for tool in tools})
    colours = {name: COLOURS[number % len(COLOURS)] for number, name in enumerate(names)}
    shown = {frame: images[frame] if frame < len(images) else None for frame in frames}
    blank = _extent([tool for tool in tools if shown[tool.frame] is None])
    boxes = {frame: blank if image is None else _extent_of(image) for frame, image in shown.items()}
    samples = _samples(tools, colours)
    drawn, panels = _panels([*boxes.values()], len(samples) // 2)
    for axes, frame in zip(panels, frames, strict=True):
        _draw_frame(axes, [tool for tool in tools if tool.frame == frame], boxes[frame], shown[frame], colours)
        if len(frames) > 1:
            axes.set_title(f"Frame {frame}", color=INK, size=11, loc="left")
    drawn.suptitle(f"Subject {subject}", color=INK, size=14, weight="bold")
    legend = drawn.legend(
        handles=samples, loc="outside lower center", ncols=2, fontsize=9, labelcolor=INK, edgecolor=PALE
    )
    legend.get_frame().set_linewidth(0.8)
    return drawn


def _panels(boxes: Sequence[Box], legend_lines: int) -> tuple[Figure, list[Axes]]:
    """A figure with a panel for each box, three in a row, and room for a title and a legend."""
    columns = min(len(boxes), 3)
    rows = math.ceil(len(boxes) / columns)
    width = _PANEL * (1.0 if columns == 1 else 0.75)
    tallest = max((box.bottom - box.top) / (box.right - box.left) for box in boxes)
    height = (width - _LABELS) * min(_TALLEST, tallest) + _LABELS
    drawn = figure(width * columns, height * rows + 0.19 * legend_lines + 0.5)
    panels = drawn.subplots(rows, columns, squeeze=False).ravel().tolist()
    for unused in panels[len(boxes) :]:
        unused.remove()
    return drawn, panels[: len(boxes)]


def _extent_of(image: Image) -> Box:
    return Box(0.0, 0.0, float(image.shape[1]), float(image.shape[0]))


def _extent(tools: Sequence[ToolMarks]) -> Box:
    """As much of a frame as the marks take, with a margin."""
    endless = Box(np.nan, np.nan, np.nan, np.nan)
    corners = [outlines(tool.shape, tool.marks, endless).reshape(-1, 2) for tool in tools]
    x, y = np.concatenate([np.empty((0, 2)), *corners]).T
    size = max([100.0, *(np.ptp(known) for values in (x, y) if (known := values[~np.isnan(values)]).size)])
    (left, right), (top, bottom) = _span(x, size), _span(y, size)
    margin = max(_LEAST_MARGIN, _MARGIN * (right - left), _MARGIN * (bottom - top))
    across, down = right - left + 2 * margin, bottom - top + 2 * margin
    wider = (max(across, down / _TALLEST) - across) / 2 + margin
    taller = (max(down, across * _FLATTEST) - down) / 2 + margin
    return Box(left - wider, top - taller, right + wider, bottom + taller)


def _span(values: Floats, size: float) -> tuple[float, float]:
    """The least and the greatest value; 0 to ``size`` where nothing ends."""
    known = values[~np.isnan(values)]
    return (float(known.min()), float(known.max())) if known.size else (0.0, size)


def _draw_frame(
    axes: Axes, tools: Sequence[ToolMarks], box: Box, image: Image | None, colours: Mapping[str, str]
) -> None:
    """Draw one frame; all marks lie below all clusters."""
    tidy(axes)
    if image is None:
        axes.set_facecolor(_GROUND)
        axes.grid(color="white", linewidth=1.0, zorder=0)
        axes.set_axisbelow(True)
    else:
        axes.imshow(image, extent=(box.left, box.right, box.bottom, box.top), cmap="gray", zorder=0)
    for tool in tools:
        draw_marks(axes, tool, box, colours[tool.tool])
    for tool in tools:
        draw_clusters(axes, tool, box, colours[tool.tool])
    axes.set(xlim=(box.left, box.right), ylim=(box.bottom, box.top), aspect="equal")
    axes.set(xlabel="x (pixels)", ylabel="y (pixels)")


def _samples(tools: Sequence[ToolMarks], colours: Mapping[str, str]) -> list[Any]:
    """What the legend shows, in two columns: the tools, and what their marks and clusters look like."""
    from matplotlib.lines import Line2D  # noqa: PLC0415

    names: list[Any] = []
    for name, colour in colours.items():
        of_tool = [tool for tool in tools if tool.tool == name]
        marks, clusters = sum(len(t.marks) for t in of_tool), sum(len(t.clusters.counts) for t in of_tool)
        label = f"{name} ({of_tool[0].shape}): {_counted(marks, 'mark')}, {_counted(clusters, 'cluster')}"
        names.append(Line2D([], [], color=colour, linewidth=5, solid_capstyle="butt", label=label))
    looks = legend_samples(tools)
    nothing = [Line2D([], [], linestyle="none", label=" ")] * abs(len(names) - len(looks))
    return [*names, *nothing, *looks] if len(names) < len(looks) else [*names, *looks, *nothing]


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
