"""Mars: its years, the seasons of the project, and its figure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc

Floats = npt.NDArray[np.float64]

EQUATORIAL_RADIUS, POLAR_RADIUS = 3396.19, 3376.20
"""Radii of the reference ellipsoid in km. Source: IAU working group, 2015."""

_FIRST_YEAR = 28
_NEW_YEARS = (
    *("2006-01-23", "2007-12-10", "2009-10-27", "2011-09-15", "2013-08-01", "2015-06-19", "2017-05-05"),
    *("2019-03-24", "2021-02-07", "2022-12-26", "2024-11-24", "2026-09-30", "2028-08-17"),
)
_SEASON_ENDS = (15, 25, 35)


def mars_years(times: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """The Mars year of each time: the last that began before it, 0 before year 28 and for a null."""
    starts = np.array(_NEW_YEARS, "datetime64[us]").astype(np.int64)
    known = times.is_valid().to_numpy(zero_copy_only=False)
    ticks = pc.fill_null(times.cast(pa.timestamp("us")).cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    begun = np.searchsorted(starts, ticks, side="left")
    years: npt.NDArray[np.int64] = np.where(known & (begun > 0), begun + _FIRST_YEAR - 1, 0)
    return years


def seasons(obsids: Sequence[str]) -> list[int | None]:
    """The season of each observation, by its phase and orbit: PSP is 1, ESP 2 to 5; None for others."""
    return [_season(obsid) for obsid in obsids]


def _season(obsid: str) -> int | None:
    if obsid.startswith("PSP"):
        return 1
    thousands = obsid[5:7]
    if not (obsid.startswith("ESP") and thousands.isdigit()) or int(thousands) <= 10:
        return None
    return 2 + int(np.searchsorted(_SEASON_ENDS, int(thousands), side="left"))


def latitude(x: Floats, y: Floats, z: Floats) -> Floats:
    """The planetocentric latitude of body-fixed coordinates, in degrees."""
    return np.rad2deg(np.arctan2(z, np.hypot(x, y)))


def longitude(x: Floats, y: Floats) -> Floats:
    """The longitude of body-fixed coordinates, eastwards in [0, 360) degrees."""
    return np.mod(np.rad2deg(np.arctan2(y, x)), 360.0)


def planetographic(planetocentric: Floats) -> Floats:
    """The planetographic latitude of a planetocentric one, both in degrees."""
    flattened = (EQUATORIAL_RADIUS / POLAR_RADIUS) ** 2
    return np.rad2deg(np.arctan(np.tan(np.deg2rad(planetocentric)) * flattened))
