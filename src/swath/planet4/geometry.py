"""The shapes of markings: centres, areas and outlines of fans and blotches, and positions in an observation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

TILE_WIDTH, TILE_HEIGHT = 840, 648
"""Pixels of a tile."""

X_STRIDE, Y_STRIDE = 740, 548
"""Pixels from a tile to the next: a tile less an overlap of 100."""

_ARC_POINTS = 100
_QUARTER_POINTS = 16


def in_observation(position: Floats, tile: Floats, stride: int) -> Floats:
    """Where a position in a tile is in its observation; ``tile`` counts from 1."""
    return position + stride * (tile - 1)


def tile_centre(tile: Floats, stride: int) -> Floats:
    """Where the centre of a tile is in its observation, along x or y."""
    size = TILE_WIDTH if stride == X_STRIDE else TILE_HEIGHT
    return in_observation(np.full(np.shape(tile), size / 2), tile, stride)


def rotated(x: Floats, y: Floats, degrees: Floats) -> tuple[Floats, Floats]:
    """Turn vectors by angles."""
    cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return cosine * x - sine * y, sine * x + cosine * y


def arm_length(distance: Floats, spread: Floats) -> Floats:
    """The length of a fan's straight sides; ``distance`` reaches to the end of its round."""
    half = np.deg2rad(spread / 2)
    length: Floats = distance / (np.cos(half) + np.sin(half))
    return length


def round_radius(distance: Floats, spread: Floats) -> Floats:
    """The radius of the half circle at a fan's end."""
    radius: Floats = arm_length(distance, spread) * np.sin(np.deg2rad(spread / 2))
    return radius


def fan_centres(fans: Mapping[str, Floats], x: str = "image_x", y: str = "image_y") -> Floats:
    """The middle of the axis from each fan's base to its end, shape (fans, 2)."""
    half = 0.5 * (arm_length(fans["distance"], fans["spread"]) + round_radius(fans["distance"], fans["spread"]))
    along = np.deg2rad(fans["angle"])
    return np.stack([fans[x] + half * np.cos(along), fans[y] + half * np.sin(along)], axis=1)


def fan_areas(distance: Floats, spread: Floats) -> Floats:
    """The area of fans: a triangle and a half circle."""
    arm, radius = arm_length(distance, spread), round_radius(distance, spread)
    return np.sqrt(arm**2 - radius**2) * radius + 0.5 * np.pi * radius**2


def blotch_areas(radius_1: Floats, radius_2: Floats) -> Floats:
    """The area of blotches."""
    return np.pi * radius_1 * radius_2


def fan_arms(fans: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """The two straight sides of each fan as vectors from its base, shape (fans, 2) each."""
    arm = arm_length(fans["distance"], fans["spread"])
    sides = (rotated(arm, np.zeros_like(arm), fans["angle"] + sign * fans["spread"] / 2) for sign in (-1, 1))
    first, second = (np.stack(side, axis=1) for side in sides)
    return first, second


def fan_outlines(fans: Mapping[str, Floats], x: str = "x", y: str = "y") -> Floats:
    """The outline of each fan, shape (fans, 102, 2): the second arm's end, the base, then the round from the first."""
    first, second = fan_arms(fans)
    base = np.stack([fans[x], fans[y]], axis=1)
    middle, half = base + second + 0.5 * (first - second), 0.5 * (first - second)
    start = np.arctan2(half[:, 1], half[:, 0])
    radius = np.hypot(half[:, 0], half[:, 1])
    turn = start[:, None] + np.linspace(0.0, np.pi, _ARC_POINTS)
    arc = middle[:, None, :] + radius[:, None, None] * np.stack([np.cos(turn), np.sin(turn)], axis=2)
    return np.concatenate([(base + second)[:, None, :], base[:, None, :], arc], axis=1)


def blotch_outlines(blotches: Mapping[str, Floats], x: str = "x", y: str = "y") -> Floats:
    """The outline of each blotch, shape (blotches, 64, 2): sixteen points a quarter, from the longer axis on."""
    turn = -np.arange(4 * _QUARTER_POINTS) * (np.pi / 2 / _QUARTER_POINTS)
    along, across = np.cos(turn) * blotches["radius_1"][:, None], np.sin(turn) * blotches["radius_2"][:, None]
    right, down = rotated(along, across, blotches["angle"][:, None])
    return np.stack([right + blotches[x][:, None], down + blotches[y][:, None]], axis=2)
