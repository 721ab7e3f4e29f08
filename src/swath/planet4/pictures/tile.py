"""A tile drawn: raw markings, clusters and final markings over its picture, if that is given. Needs matplotlib."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from swath.errors import UsageError
from swath.panoptes.pictures import INK, Image, check_form, figure, read_image, save
from swath.planet4.geometry import TILE_HEIGHT, TILE_WIDTH, blotch_outlines, fan_outlines
from swath.planet4.pictures.tile_data import Markings, Tile, read_tile

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

VIEWS = ("pipeline", "raw", "clustered", "final")
FAN_COLOUR, BLOTCH_COLOUR = "#009e4a", "#e6007e"

_OPACITY = 0.65
_BLANK = "#efebe5"
_PANEL_WIDTH, _PANEL_HEIGHT = 4.0, 4.0 * TILE_HEIGHT / TILE_WIDTH
_THIN, _BOLD = 0.8, 2.0


def plot_tile(
    production: str | Path, tile_id: str, out: str | Path, *, view: str = "pipeline", image: str | Path | None = None
) -> Path:
    """Draw a tile of an output of ``planet4 produce``, and give the picture's path.

    ``view`` is pipeline, six panels of all steps, or raw, clustered or final; ``image`` the tile's own picture, without
    which it is blank. ``out`` ends with .png, .pdf or .svg. Raises InputError for a tile without markings and a picture
    that cannot be read, UsageError for another view or ending, MissingExtraError without matplotlib.
    """
    check_form(Path(out))
    if view not in VIEWS:
        raise UsageError(f"there is no view {view!r}", "one of " + ", ".join(VIEWS))
    tile, picture = read_tile(production, tile_id), None if image is None else read_image(image)
    drawn = draw_pipeline(tile, picture) if view == "pipeline" else _draw_one(tile, view, picture)
    return save(drawn, out)


def draw_pipeline(tile: Tile, picture: Image | None = None) -> Figure:
    """The tile, its raw fans and blotches; its final markings, its clustered fans and blotches."""
    drawn = figure(3 * _PANEL_WIDTH, 2 * _PANEL_HEIGHT + 0.9)
    panels = drawn.subplots(2, 3).ravel()
    raw, clustered, final = tile.raw, tile.clustered, tile.final
    titles = (
        "tile",
        f"{raw.fan_count} fans as drawn",
        f"{raw.blotch_count} blotches as drawn",
        f"final: {final.fan_count} fans, {final.blotch_count} blotches",
        f"{clustered.fan_count} clusters of fans",
        f"{clustered.blotch_count} clusters of blotches",
    )
    for axes, title in zip(panels, titles, strict=True):
        _lay(axes, picture)
        axes.set_title(title, color=INK, size=10)
    _draw_fans(panels[1], raw, _THIN)
    _draw_blotches(panels[2], raw, _THIN)
    _draw_fans(panels[3], final, _BOLD)
    _draw_blotches(panels[3], final, _BOLD)
    _draw_fans(panels[4], clustered, _BOLD)
    _draw_blotches(panels[5], clustered, _BOLD)
    drawn.suptitle(
        f"{tile.tile_id} of {tile.obsid}, clusters of at least {tile.min_samples}", color=INK, size=13, weight="bold"
    )
    return drawn


def _draw_one(tile: Tile, view: str, picture: Image | None) -> Figure:
    markings: Markings = {"raw": tile.raw, "clustered": tile.clustered, "final": tile.final}[view]
    drawn = figure(2 * _PANEL_WIDTH, 2 * _PANEL_HEIGHT + 0.4)
    axes = drawn.subplots()
    _lay(axes, picture)
    width = _THIN if view == "raw" else _BOLD
    _draw_fans(axes, markings, width)
    _draw_blotches(axes, markings, width)
    counted = f"{markings.fan_count} fans (green), {markings.blotch_count} blotches (magenta)"
    axes.set_title(f"{tile.tile_id}, {view}: {counted}", color=INK, size=12)
    return drawn


def _lay(axes: Axes, picture: Image | None) -> None:
    """Give axes the frame of a tile, downwards, and its picture or a blank one."""
    if picture is None:
        axes.add_patch(_rectangle())
    else:
        axes.imshow(picture, origin="upper", aspect="auto", extent=(0, TILE_WIDTH, TILE_HEIGHT, 0), cmap="gray")
    axes.set(xlim=(0, TILE_WIDTH), ylim=(TILE_HEIGHT, 0), aspect="equal")
    axes.set_axis_off()


def _rectangle() -> Any:
    from matplotlib.patches import Rectangle  # noqa: PLC0415

    return Rectangle((0, 0), TILE_WIDTH, TILE_HEIGHT, color=_BLANK, linewidth=0, zorder=0)


def _draw_fans(axes: Axes, markings: Markings, width: float) -> None:
    _draw_lines(axes, fan_outlines(markings.fans), FAN_COLOUR, width)


def _draw_blotches(axes: Axes, markings: Markings, width: float) -> None:
    outlines = blotch_outlines(markings.blotches)
    _draw_lines(axes, np.concatenate([outlines, outlines[:, :1]], axis=1), BLOTCH_COLOUR, width)


def _draw_lines(axes: Axes, outlines: npt.NDArray[np.float64], colour: str, width: float) -> None:
    from matplotlib.collections import LineCollection  # noqa: PLC0415

    whole = outlines[~np.isnan(outlines).any(axis=(1, 2))]
    axes.add_collection(LineCollection(list(whole), colors=colour, linewidths=width, alpha=_OPACITY, zorder=2))
