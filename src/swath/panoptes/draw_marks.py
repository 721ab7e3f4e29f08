"""Drawing the marks of one tool, and their clusters, on the axes of a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from swath.panoptes.outlines import POINTS, Box, centres, outlines
from swath.panoptes.pictures import INK
from swath.panoptes.subject_marks import ToolMarks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = npt.NDArray[np.float64]

_DEVIATIONS = 2
"""Half axes of the ellipses in standard deviations: of marks about one spot, 86 in 100 lie within."""

_NOISE, _MEMBERS, _SPREAD, _HALO, _CENTRES, _COUNTS = range(2, 8)
"""What lies above what."""

_GREY = "#70757d"


def draw_marks(axes: Axes, tool: ToolMarks, box: Box, colour: str) -> None:
    """Draw the marks as they were made: pale, and those in a cluster full, over them."""
    from matplotlib.collections import LineCollection  # noqa: PLC0415

    if tool.shape in POINTS:
        axes.scatter(*tool.marks[:, :2].T, s=20, facecolor="white", edgecolor=colour, linewidth=0.9, zorder=_NOISE)
        axes.scatter(
            *tool.clusters.members[:, :2].T, s=20, facecolor=colour, edgecolor="white", linewidth=0.5, zorder=_MEMBERS
        )
        return
    drawn = [(tool.marks, 0.35, (0, (3, 2)), _NOISE), (tool.clusters.members, 0.6, "solid", _MEMBERS)]
    for marks, alpha, style, order in drawn:
        lines = list(outlines(tool.shape, marks, box))
        axes.add_collection(LineCollection(lines, colors=colour, alpha=alpha, linewidths=0.9, ls=style, zorder=order))


def draw_clusters(axes: Axes, tool: ToolMarks, box: Box, colour: str) -> None:
    """Draw each cluster's centre, spread and count."""
    means = tool.clusters.means
    if not len(means):
        return
    if tool.shape in POINTS:
        _draw_spreads(axes, tool, colour)
        for size, width, shade, order in ((90, 4.0, "white", _HALO), (70, 1.8, INK, _CENTRES)):
            axes.scatter(*means[:, :2].T, s=size, marker="+", color=shade, linewidth=width, zorder=order)
    else:
        for width, shade, order in ((4.4, "white", _HALO), (2.2, colour, _CENTRES)):
            for line in outlines(tool.shape, means, box):
                axes.plot(*line.T, color=shade, linewidth=width, zorder=order)
    for at, count in zip(centres(tool.shape, means, box), tool.clusters.counts, strict=True):
        _write_count(axes, at, int(count), colour, aside=tool.shape in POINTS)


def _draw_spreads(axes: Axes, tool: ToolMarks, colour: str) -> None:
    """Draw the ellipse of each covariance: its axes are the eigenvectors, as long as the roots of the eigenvalues."""
    from matplotlib.patches import Ellipse  # noqa: PLC0415

    for mean, covariance in zip(tool.clusters.means, tool.clusters.covariances, strict=True):
        if np.isnan(covariance).any():
            continue
        squares, directions = np.linalg.eigh(covariance)
        width, height = 2 * _DEVIATIONS * np.sqrt(np.maximum(squares, 0))
        angle = float(np.degrees(np.arctan2(directions[1, 0], directions[0, 0])))
        for thick, shade, order in ((3.4, "white", _SPREAD), (1.5, colour, _SPREAD)):
            axes.add_patch(
                Ellipse(mean[:2], width, height, angle=angle, fill=False, color=shade, linewidth=thick, zorder=order)
            )


def _write_count(axes: Axes, at: Floats, count: int, colour: str, *, aside: bool) -> None:
    axes.annotate(
        str(count),
        at,
        xytext=(9, 9) if aside else (0, 0),
        textcoords="offset points",
        size=9,
        weight="bold",
        color="white",
        ha="left" if aside else "center",
        va="bottom" if aside else "center",
        bbox={"boxstyle": "round,pad=0.25", "facecolor": colour, "edgecolor": "white", "linewidth": 0.8},
        zorder=_COUNTS,
        annotation_clip=True,
    )


def legend_samples(tools: Sequence[ToolMarks]) -> list[Any]:
    """What a legend shows of how marks and clusters are drawn, for the shapes that there are."""
    from matplotlib.lines import Line2D  # noqa: PLC0415

    samples = []
    line: dict[str, Any] = {"color": _GREY, "linewidth": 0.9}
    if any(tool.shape in POINTS for tool in tools):
        dot: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 5, "markeredgecolor": _GREY}
        samples += [
            Line2D([], [], markerfacecolor=_GREY, label="in a cluster", **dot),
            Line2D([], [], markerfacecolor="white", label="in no cluster", **dot),
            Line2D(
                [], [], linestyle="none", marker="+", markersize=9, color=INK, label="centre, with its marks' count"
            ),
            Line2D([], [], **(line | {"linewidth": 1.5}), label=f"spread: {_DEVIATIONS} standard deviations"),
        ]
    if any(tool.shape not in POINTS for tool in tools):
        samples += [
            Line2D([], [], **line, label="outline in a cluster"),
            Line2D([], [], **line, linestyle=(0, (3, 2)), label="outline in no cluster"),
            Line2D([], [], **(line | {"linewidth": 2.6}), label="mean of a cluster, with its marks' count"),
        ]
    return samples
