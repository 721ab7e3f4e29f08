"""The cleaning of markings, as the catalogue production does it for Panoptes data."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from swath.planet4.drawings import BLOTCH, FAN

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_NEEDED = {FAN: ("x", "y", "distance", "angle", "spread"), BLOTCH: ("x", "y", "radius_1", "radius_2")}
_MARGIN = 25
_WIDTH, _HEIGHT = 840, 648


def is_complete(kinds: npt.NDArray[np.int8], geometry: Mapping[str, Floats]) -> Mask:
    """Which markings have all the numbers that their kind needs; a blotch may lack its angle."""
    complete = np.ones(kinds.size, np.bool_)
    for kind, names in _NEEDED.items():
        for name in names:
            complete &= (kinds != kind) | ~np.isnan(geometry[name])
    return complete


def is_in_frame(kinds: npt.NDArray[np.int8], geometry: Mapping[str, Floats]) -> Mask:
    """Which fans and blotches lie within 25 px of the tile, edges included; markings of kind none always do."""
    x, y = geometry["x"], geometry["y"]
    inside = (x >= -_MARGIN) & (x <= _WIDTH + _MARGIN) & (y >= -_MARGIN) & (y <= _HEIGHT + _MARGIN)
    kept: Mask = inside | ((kinds != FAN) & (kinds != BLOTCH))
    return kept


def normalise_blotches(kinds: npt.NDArray[np.int8], geometry: Mapping[str, Floats]) -> dict[str, Floats]:
    """Make each blotch's first radius the longer one, turning it by 90 degrees, and bring its angle into [0, 180)."""
    blotch = kinds == BLOTCH
    swapped = blotch & (geometry["radius_1"] < geometry["radius_2"])
    angle = np.where(swapped, geometry["angle"] + 90, geometry["angle"])
    return {
        **geometry,
        "radius_1": np.where(swapped, geometry["radius_2"], geometry["radius_1"]),
        "radius_2": np.where(swapped, geometry["radius_1"], geometry["radius_2"]),
        "angle": np.where(blotch, np.mod(angle, 180), angle),
    }


def direction(angle: Floats) -> dict[str, Floats]:
    """The cosine and sine of angles in degrees, as x_angle and y_angle."""
    radians = np.deg2rad(angle)
    return {"x_angle": np.cos(radians), "y_angle": np.sin(radians)}
