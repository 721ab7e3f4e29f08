"""The directions of an observation's fans on the ground, around the compass. Needs matplotlib."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from swath.errors import InputError
from swath.panoptes.pictures import INK, PALE, check_form, figure, save
from swath.planet4.pictures.tile import FAN_COLOUR
from swath.planet4.published import Catalogue
from swath.planet4.statistics.azimuth import SEGMENT, direction_histogram

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COMPASS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


def plot_azimuth(catalogue: Catalogue, obsid: str, out: str | Path, *, segment: float = SEGMENT) -> Path:
    """Draw the directions of an observation's fans, counted by segment, and give the picture's path.

    ``segment`` is in degrees. Raises InputError for an observation without fans of known direction, UsageError for
    another ending, MissingExtraError without matplotlib.
    """
    check_form(Path(out))
    fans = catalogue.fans_of_obsid(obsid)
    if not fans.num_rows:
        raise InputError(f"the catalogue has no fans of {obsid}", "check the obsid")
    if fans["north_azimuth"].null_count == fans.num_rows:
        raise InputError(f"the direction of north in {obsid} is not known", "make the catalogue with --metadata")
    return save(draw_azimuth(fans, obsid, segment), out)


def draw_azimuth(fans: pa.Table, obsid: str, segment: float = SEGMENT) -> Figure:
    """The compass of some fans: north is up, and directions go clockwise."""
    edges, density = direction_histogram(fans, segment)
    drawn = figure(6.4, 6.8)
    axes = drawn.add_subplot(projection="polar")
    axes.set_theta_zero_location("N")  # type: ignore[attr-defined]
    axes.set_theta_direction("clockwise")  # type: ignore[attr-defined]
    middle = np.deg2rad((edges[:-1] + edges[1:]) / 2)
    axes.bar(middle, density * segment * 100, width=np.deg2rad(np.diff(edges)), color=FAN_COLOUR, edgecolor="white",
             linewidth=0.4)  # fmt: skip
    axes.set_xticks(np.linspace(0, 2 * np.pi, len(_COMPASS), endpoint=False), _COMPASS, color=INK)
    axes.tick_params(colors=INK, labelsize=9)
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:g} %")
    axes.set_rlabel_position(float(np.rad2deg(middle[np.argmax(density)])) + 180.0)  # type: ignore[attr-defined]
    axes.grid(color=PALE, linewidth=0.8)
    axes.spines["polar"].set(color=PALE)
    axes.set_axisbelow(True)
    when = fans["l_s"].drop_null()
    season = f", solar longitude {when[0].as_py():.1f}°" if len(when) else ""
    axes.set_title(f"{obsid}: directions of {fans.num_rows:,} fans{season}", color=INK, size=12, pad=18)
    return drawn
