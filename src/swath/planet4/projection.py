"""From positions in an observation to positions on Mars: a polynomial through the centres of its tiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swath.planet4.mars import EQUATORIAL_RADIUS

Floats = npt.NDArray[np.float64]

_Terms = tuple[tuple[int, int], ...]

_AFFINE: _Terms = ((0, 0), (1, 0), (0, 1))
_QUADRATICS: tuple[_Terms, ...] = (
    (*_AFFINE, (2, 0), (1, 1), (0, 2)),
    (*_AFFINE, (1, 1), (0, 2)),
    (*_AFFINE, (2, 0), (1, 1)),
)
"""Exponents of x and y in each term: of all quadratic terms, and without one for images two tiles wide or high."""

_METRES = 1000.0


@dataclass(frozen=True)
class Projection:
    """Body-fixed coordinates as polynomials of positions in an observation.

    ``terms`` are exponents of x and y, ``coefficients`` have shape (terms, 3), for positions that are shifted by
    ``origin`` and divided by ``scale``.
    ``residual`` is the root mean square of what the fit leaves, in m, for x, y and z. ``points`` are the tile centres.
    """

    origin: Floats
    scale: Floats
    terms: _Terms
    coefficients: Floats
    residual: Floats
    points: int

    @classmethod
    def fit(cls, positions: Floats, coordinates: Floats) -> Projection | None:
        """Fit to tile centres: ``positions`` in px, shape (points, 2), ``coordinates`` in km, shape (points, 3).

        The least squares of a quadratic polynomial, or of an affine one where the centres do not decide a quadratic;
        None where they do not decide even that.
        """
        origin = positions.mean(axis=0)
        spread = np.abs(positions - origin).max(axis=0)
        scale = np.where(spread > 0, spread, 1.0)
        for terms in (*_QUADRATICS, _AFFINE):
            matrix = _matrix((positions - origin) / scale, terms)
            coefficients, _, rank, _ = np.linalg.lstsq(matrix, coordinates, rcond=None)
            if rank == len(terms):
                left = (matrix @ coefficients - coordinates) * _METRES
                residual: Floats = np.sqrt((left**2).mean(axis=0))
                return cls(origin, scale, terms, np.asarray(coefficients, np.float64), residual, len(positions))
        return None

    def place(self, positions: Floats) -> Floats:
        """Body-fixed coordinates in km, shape (positions, 3), of positions in px, shape (positions, 2)."""
        placed: Floats = _matrix((positions - self.origin) / self.scale, self.terms) @ self.coefficients
        return placed


def _matrix(positions: Floats, terms: _Terms) -> Floats:
    u, v = positions[:, 0], positions[:, 1]
    return np.stack([u**i * v**j for i, j in terms], axis=1)


def ground_azimuth(angle: Floats, north_azimuth: Floats) -> Floats:
    """The direction of a marking on the ground, clockwise from north in [0, 360) degrees."""
    azimuth: Floats = np.mod(angle - north_azimuth, 360.0)
    return azimuth


def places_of_offsets(
    offsets: Floats, origin: tuple[float, float], north_azimuth: float, map_scale: float
) -> tuple[Floats, Floats]:
    """Longitudes and latitudes, in degrees, of points at some px from one whose place is known, on a sphere.

    ``offsets`` have shape (points, 2), ``origin`` is the longitude and latitude of the known one, ``map_scale`` is in
    m/px. Source of the direct problem on a sphere: J. P. Snyder, "Map projections", 1987, equations 5-5 and 5-6.
    """
    azimuth = np.deg2rad(north_azimuth)
    right, down = map_scale * offsets[:, 0], map_scale * offsets[:, 1]
    east = -np.sin(azimuth) * right + np.cos(azimuth) * down
    north = np.cos(azimuth) * right + np.sin(azimuth) * down
    arc, towards = np.hypot(east, north) / (EQUATORIAL_RADIUS * _METRES), np.arctan2(east, north)
    longitude, latitude = np.deg2rad(origin)
    sine = np.sin(latitude) * np.cos(arc) + np.cos(latitude) * np.sin(arc) * np.cos(towards)
    turned = np.arctan2(
        np.sin(arc) * np.sin(towards), np.cos(latitude) * np.cos(arc) - np.sin(latitude) * np.sin(arc) * np.cos(towards)
    )
    return np.mod(np.rad2deg(longitude + turned), 360.0), np.rad2deg(np.arcsin(sine))
