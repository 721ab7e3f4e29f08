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

_SPREAD, _NOISE, _MEMBERS, _HALO, _CENTRES, _COUNTS = range(2, 8)
"""What lies above what."""

_GREY = "#70757d"


def draw_marks(axes: Axes, tool: ToolMarks, box: Box, colour: str) -> None:
    """Draw the marks as they were made: pale, and those in a cluster full, over them."""
    from matplotlib.collections import LineCollection  # noqa: PLC0415

    if tool.shape in POINTS:
        _draw_dots(axes, tool.marks, "white", colour, _NOISE)
        _draw_dots(axes, tool.clusters.members, colour, "white", _MEMBERS)
        return
    drawn = [(tool.marks, 0.35, (0, (3, 2)), _NOISE), (tool.clusters.members, 0.6, "solid", _MEMBERS)]
    for marks, alpha, style, order in drawn:
        lines = list(outlines(tool.shape, marks, box))
        axes.add_collection(LineCollection(lines, colors=colour, alpha=alpha, linewidths=0.9, ls=style, zorder=order))


def _draw_dots(axes: Axes, marks: Floats, inside: str, edge: str, order: int) -> None:
    axes.scatter(marks[:, 0], marks[:, 1], s=18, facecolor=inside, edgecolor=edge, linewidth=0.7, zorder=order)


def draw_clusters(axes: Axes, tool: ToolMarks, box: Box, colour: str) -> None:
    """Draw each cluster's centre, spread and count."""
    means = tool.clusters.means
    if not len(means):
        return
    if tool.shape in POINTS:
        _draw_spreads(axes, tool, colour)
        for width, shade, order in ((2.2, "white", _HALO), (1.1, INK, _CENTRES)):
            axes.scatter(means[:, 0], means[:, 1], s=120, marker=_reticle(), color=shade, linewidth=width, zorder=order)
    else:
        for width, shade, order in ((4.0, "white", _HALO), (1.8, INK, _CENTRES)):
            for line in outlines(tool.shape, means, box):
                axes.plot(*line.T, color=shade, linewidth=width, zorder=order)
    for (x, y), count in zip(centres(tool.shape, means, box).tolist(), tool.clusters.counts, strict=True):
        aside = _aside(x, y, box) if tool.shape in POINTS else (0, 0)
        _write_count(axes, (x, y), int(count), colour, aside)


def _reticle() -> Any:
    """A cross whose middle is open, for marks that lie close together to show through."""
    from matplotlib.path import Path  # noqa: PLC0415

    ends = [(x * reach, y * reach) for x, y in ((1, 0), (0, 1), (-1, 0), (0, -1)) for reach in (0.42, 1.0)]
    return Path(ends, [Path.MOVETO, Path.LINETO] * 4)


def _draw_spreads(axes: Axes, tool: ToolMarks, colour: str) -> None:
    """Draw the ellipse of each covariance: its axes are the eigenvectors, as long as the roots of the eigenvalues."""
    from matplotlib.patches import Ellipse  # noqa: PLC0415

    for mean, covariance in zip(tool.clusters.means, tool.clusters.covariances, strict=True):
        if np.isnan(covariance).any():
            continue
        squares, directions = np.linalg.eigh(covariance)
        width, height = 2 * _DEVIATIONS * np.sqrt(np.maximum(squares, 0))
        angle = float(np.degrees(np.arctan2(directions[1, 0], directions[0, 0])))
        shape: dict[str, Any] = {"width": width, "height": height, "angle": angle, "zorder": _SPREAD}
        axes.add_patch(Ellipse(mean[:2], facecolor=colour, alpha=0.18, **shape))
        for thick, shade in ((3.0, "white"), (1.4, colour)):
            axes.add_patch(Ellipse(mean[:2], fill=False, color=shade, linewidth=thick, **shape))


def _aside(x: float, y: float, box: Box) -> tuple[int, int]:
    """Where the count of a centre stands beside it: up and right, unless that is over the edge."""
    near_right = x > box.left + 0.9 * (box.right - box.left)
    near_top = y < box.top + 0.1 * (box.bottom - box.top)
    return -1 if near_right else 1, -1 if near_top else 1


def _write_count(axes: Axes, at: tuple[float, float], count: int, colour: str, aside: tuple[int, int]) -> None:
    right, up = aside
    axes.annotate(
        str(count),
        at,
        xytext=(8 * right, 8 * up),
        textcoords="offset points",
        size=8.5,
        weight="bold",
        color="white",
        ha=("right", "center", "left")[right + 1],
        va=("top", "center", "bottom")[up + 1],
        bbox={"boxstyle": "round,pad=0.22", "facecolor": colour, "edgecolor": "white", "linewidth": 0.8},
        zorder=_COUNTS,
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
            Line2D([], [], linestyle="none", marker=_reticle(), markersize=10, color=INK, label="centre, and count"),
            Line2D([], [], **(line | {"linewidth": 1.5}), label=f"spread: {_DEVIATIONS} standard deviations"),
        ]
    if any(tool.shape not in POINTS for tool in tools):
        samples += [
            Line2D([], [], **line, label="outline in a cluster"),
            Line2D([], [], **line, linestyle=(0, (3, 2)), label="outline in no cluster"),
            Line2D([], [], color=INK, linewidth=1.8, label="mean of a cluster, and count"),
        ]
    return samples
