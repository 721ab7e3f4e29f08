"""From positions in an observation to positions on Mars: a polynomial through the centres of its tiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

QUADRATIC, AFFINE = 6, 3
"""Numbers of terms."""

_METRES = 1000.0


@dataclass(frozen=True)
class Projection:
    """Body-fixed coordinates as polynomials of positions in an observation.

    ``coefficients`` have shape (terms, 3), for positions that are shifted by ``origin`` and divided by ``scale``.
    ``residual`` is the root mean square of what the fit leaves, in m, for x, y and z. ``points`` are the tile centres.
    """

    origin: Floats
    scale: Floats
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
        for terms in (QUADRATIC, AFFINE):
            matrix = _matrix((positions - origin) / scale, terms)
            coefficients, _, rank, _ = np.linalg.lstsq(matrix, coordinates, rcond=None)
            if rank == terms:
                left = (matrix @ coefficients - coordinates) * _METRES
                residual: Floats = np.sqrt((left**2).mean(axis=0))
                return cls(origin, scale, np.asarray(coefficients, np.float64), residual, len(positions))
        return None

    def place(self, positions: Floats) -> Floats:
        """Body-fixed coordinates in km, shape (positions, 3), of positions in px, shape (positions, 2)."""
        placed: Floats = _matrix((positions - self.origin) / self.scale, len(self.coefficients)) @ self.coefficients
        return placed


def _matrix(positions: Floats, terms: int) -> Floats:
    u, v = positions[:, 0], positions[:, 1]
    return np.stack([np.ones_like(u), u, v, u * u, u * v, v * v][:terms], axis=1)


def ground_azimuth(angle: Floats, north_azimuth: Floats) -> Floats:
    """The direction of a marking on the ground, clockwise from north in [0, 360) degrees."""
    azimuth: Floats = np.mod(angle - north_azimuth, 360.0)
    return azimuth
