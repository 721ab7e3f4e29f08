"""The cleaning of markings: what is dropped and what is turned, for Panoptes data and for those of the old site."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.planet4.drawings import BLOTCH, FAN, NONE

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Kinds = npt.NDArray[np.int8]
Geometry = Mapping[str, Floats]

OTHER = 3
"""A marking of another kind, such as the old site's ``interesting``; after FAN, BLOTCH and NONE."""

_NEEDED = {FAN: ("x", "y", "distance", "angle", "spread"), BLOTCH: ("x", "y", "radius_1", "radius_2")}
_MARGIN = 25
_WIDTH, _HEIGHT = 840, 648
_ALMOST = 1e-5
_DEFAULT_SIZE, _DEFAULT_SPREAD, _QUARTER = 10.0, 2.01745, 90.0


@dataclass(frozen=True)
class Rules:
    """A cleaning: tests that a marking must pass, by what one that fails is called, and turnings of angles."""

    tests: tuple[tuple[str, Callable[[Kinds, Geometry], Mask]], ...]
    turnings: tuple[Callable[[Kinds, Geometry], dict[str, Floats]], ...]


@dataclass(frozen=True)
class Cleaned:
    """Which markings stay, their geometry with x_angle and y_angle, and how many fail each test first."""

    kept: Mask
    geometry: dict[str, Floats]
    dropped: dict[str, int]


def clean(kinds: Kinds, geometry: Geometry, rules: Rules) -> Cleaned:
    """Clean markings by the rules."""
    kept, dropped = np.ones(kinds.size, np.bool_), {}
    for name, test in rules.tests:
        passed = kept & test(kinds, geometry)
        dropped[name] = int(kept.sum() - passed.sum())
        kept = passed
    left = {name: values[kept] for name, values in geometry.items()}
    for turn in rules.turnings:
        left = turn(kinds[kept], left)
    return Cleaned(kept, left | direction(left["angle"]), dropped)


def kinds_of(markings: pa.ChunkedArray) -> Kinds:
    """FAN, BLOTCH, NONE or OTHER by the names of the kinds."""
    known = pa.array(["fan", "blotch", "none"], markings.type)
    kinds: Kinds = pc.fill_null(pc.index_in(markings, known), OTHER).to_numpy().astype(np.int8)
    return kinds


def is_complete(kinds: Kinds, geometry: Geometry) -> Mask:
    """Which markings have all the numbers that their kind needs; a blotch may lack its angle."""
    complete = np.ones(kinds.size, np.bool_)
    for kind, names in _NEEDED.items():
        for name in names:
            complete &= (kinds != kind) | ~np.isnan(geometry[name])
    return complete


def is_drawn(kinds: Kinds, geometry: Geometry) -> Mask:
    """Which markings are not what a click without a drag leaves; some bounds are one-sided, as in the production."""
    x, y = np.abs(geometry["x"]) < _ALMOST, np.abs(geometry["y"]) < _ALMOST
    angle, spread, distance = geometry["angle"], geometry["spread"], geometry["distance"]
    first, second = geometry["radius_1"], geometry["radius_2"]
    at_corner = x & y & (np.abs(angle) < _ALMOST) & (np.abs(distance - _DEFAULT_SIZE) < _ALMOST)
    upright = np.abs(angle) - _QUARTER < _ALMOST
    small = upright & (spread - _DEFAULT_SPREAD < _ALMOST) & (distance - _DEFAULT_SIZE < _ALMOST)
    round_one = x & y & (first - _DEFAULT_SIZE < _ALMOST) & (np.abs(second - _DEFAULT_SIZE) < _ALMOST)
    left: Mask = np.where(kinds == FAN, at_corner | small, np.where(kinds == BLOTCH, round_one, x & y))
    return ~left


def is_in_frame(kinds: Kinds, geometry: Geometry) -> Mask:
    """Which markings lie within 25 px of the tile, edges included; those of kind none always do."""
    x, y = geometry["x"], geometry["y"]
    inside = (x >= -_MARGIN) & (x <= _WIDTH + _MARGIN) & (y >= -_MARGIN) & (y <= _HEIGHT + _MARGIN)
    kept: Mask = inside | (kinds == NONE)
    return kept


def is_within_frame(kinds: Kinds, geometry: Geometry) -> Mask:
    """The same, edges left out."""
    x, y = geometry["x"], geometry["y"]
    inside = (x > -_MARGIN) & (x < _WIDTH + _MARGIN) & (y > -_MARGIN) & (y < _HEIGHT + _MARGIN)
    kept: Mask = inside | (kinds == NONE)
    return kept


def normalise_blotches(kinds: Kinds, geometry: Geometry) -> dict[str, Floats]:
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


def normalise_fans(kinds: Kinds, geometry: Geometry) -> dict[str, Floats]:
    """Bring the angle of each fan into [0, 360)."""
    angle = geometry["angle"]
    return {**geometry, "angle": np.where(kinds == FAN, np.mod(angle, 360), angle)}


def direction(angle: Floats) -> dict[str, Floats]:
    """The cosine and sine of angles in degrees, as x_angle and y_angle."""
    radians = np.deg2rad(angle)
    return {"x_angle": np.cos(radians), "y_angle": np.sin(radians)}


PANOPTES = Rules((("incomplete", is_complete), ("out of frame", is_in_frame)), (normalise_blotches,))
"""What p4tools 0.23.0 does with markings of Panoptes."""

ZOONIVERSE_V1 = Rules(
    (("incomplete", is_complete), ("not drawn", is_drawn), ("out of frame", is_in_frame)),
    (normalise_blotches, normalise_fans),
)
"""What p4tools 0.23.0 does with markings of the old site."""

LEGACY = Rules(
    (("incomplete", is_complete), ("not drawn", is_drawn), ("out of frame", is_within_frame)),
    (normalise_blotches, normalise_fans),
)
"""What planet4 0.11.2 does with markings of the old site."""

RULES = {"panoptes": PANOPTES, "zooniverse-v1": ZOONIVERSE_V1, "legacy": LEGACY}
"""The cleanings by name."""
