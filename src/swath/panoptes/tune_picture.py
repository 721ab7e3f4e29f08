"""A picture of a grid of settings: clusters, noise and stability, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from swath.panoptes.pictures import INK, PALE, figure, save, tidy
from swath.panoptes.tune import Trial

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_UNITS = {"eps": "eps (pixels)", "min_samples": "min_samples (marks)", "min_cluster_size": "min_cluster_size (marks)"}


def save_picture(trials: Sequence[Trial], title: str, path: str | Path) -> Path:
    """Draw trials into a file that ends with .png, .pdf or .svg, and give its path.

    Raises UsageError for another ending, MissingExtraError without matplotlib.
    """
    return save(draw(trials, title), path)


def draw(trials: Sequence[Trial], title: str) -> Figure:
    """Make a figure of three panels over the first keyword of the grid, with a line for each setting of the others."""
    first, *others = trials[0].setting
    lines: dict[str, list[Trial]] = {}
    for trial in trials:
        lines.setdefault(", ".join(f"{name} {trial.setting[name]:g}" for name in others), []).append(trial)
    drawn = figure(12.5, 4.6)
    panels = drawn.subplots(1, 3)
    shades = _shades(len(lines))
    for (label, line), shade in zip(lines.items(), shades, strict=True):
        at = [trial.setting[first] for trial in line]
        curves = (
            [trial.clusters_per_group for trial in line],
            [100 * trial.noise_share for trial in line],
            [trial.stability if trial.stability is not None else float("nan") for trial in line],
        )
        for axes, values in zip(panels, curves, strict=True):
            axes.plot(at, values, marker="o", markersize=5, color=shade, linewidth=1.8, label=label, clip_on=False)
    known = [trial.stability for trial in trials if trial.stability is not None]
    _label(
        panels, sorted({trial.setting[first] for trial in trials}), _UNITS.get(first, first), min(known, default=0.0)
    )
    if not known:
        panels[2].text(0.5, 0.5, "no neighbour to compare with", transform=panels[2].transAxes, ha="center", color=INK)
    if others:
        handles = panels[0].get_lines()
        drawn.legend(
            handles=handles, loc="outside lower center", ncols=min(len(lines), 6), fontsize=9, labelcolor=INK,
            frameon=False,
        )  # fmt: skip
    drawn.suptitle(title, color=INK, size=12, weight="bold")
    return drawn


def _shades(count: int) -> list[tuple[float, float, float, float]]:
    """Shades from dark to light, in the order of the values."""
    from matplotlib import colormaps  # noqa: PLC0415

    return [colormaps["viridis"](0.05 + 0.75 * number / max(count - 1, 1)) for number in range(count)]


def _label(panels: Sequence[Axes], values: Sequence[float], name: str, lowest: float) -> None:
    """Say what each panel shows, with a tick at each value that was tried; ``lowest`` is the least stability."""
    titles = ("Clusters per group (mean)", "Marks in no cluster (%)", "Stability (adjusted Rand index)")
    spread = len(values) > 2 and values[0] > 0 and values[-1] / values[0] > 8
    for axes, title in zip(panels, titles, strict=True):
        tidy(axes)
        axes.grid(axis="y", color=PALE, linewidth=0.6, alpha=0.7)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xscale("log" if spread else "linear")
        axes.set_xticks(list(values), [f"{value:g}" for value in values])
        axes.minorticks_off()
        axes.set_xlabel(name)
        axes.set_title(title, color=INK, size=10.5, loc="left")
    panels[0].set_ylim(bottom=0.0)
    panels[1].set_ylim(0, 100)
    panels[2].set_ylim(min(0.0, lowest), 1.0)
    for axes in panels:
        axes.set_xlim(panels[0].get_xlim())
