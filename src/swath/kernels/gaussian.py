"""A Gaussian over (x, y, height) of a mouse's pixels: likelihoods, and its fit by expectation maximisation."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled

Floats = npt.NDArray[np.float64]


@compiled
def precision(cov: Floats, out: Floats) -> float:
    """Put the inverse of a symmetric (3, 3) into ``out``, and give the constant of its log density; NaN without one.

    The density is exp(constant - d' out d / 2) of the difference d to the mean.
    """
    a, b, c = cov[0, 0], cov[0, 1], cov[0, 2]
    d, e, f = cov[1, 1], cov[1, 2], cov[2, 2]
    i00, i01, i02 = d * f - e * e, c * e - b * f, b * e - c * d
    determinant = a * i00 + b * i01 + c * i02
    if not (determinant > 0.0 and a > 0.0 and a * d - b * b > 0.0):
        return np.nan
    out[0, 0], out[0, 1], out[0, 2] = i00 / determinant, i01 / determinant, i02 / determinant
    out[1, 0], out[1, 1], out[1, 2] = out[0, 1], (a * f - c * c) / determinant, (b * c - a * e) / determinant
    out[2, 0], out[2, 1], out[2, 2] = out[0, 2], out[1, 2], (a * d - b * b) / determinant
    return -0.5 * (3 * math.log(2 * math.pi) + math.log(determinant))


@compiled
def log_likelihoods(frame: npt.NDArray[np.float64], mean: Floats, cov: Floats, out: Floats) -> bool:
    """Put the log density of every pixel's (x, y, height) into ``out``, float64 (rows, columns).

    ``frame`` are heights, (rows, columns); ``mean`` (3,), ``cov`` (3, 3). False where the covariance is not positive
    definite: ``out`` is then NaN.
    """
    inverse = np.empty((3, 3))
    constant = precision(cov, inverse)
    if math.isnan(constant):
        out[:] = np.nan
        return False
    for y in range(frame.shape[0]):
        dy = y - mean[1]
        for x in range(frame.shape[1]):
            dx, dz = x - mean[0], frame[y, x] - mean[2]
            square = dx * (inverse[0, 0] * dx + 2 * (inverse[0, 1] * dy + inverse[0, 2] * dz))
            square += dy * (inverse[1, 1] * dy + 2 * inverse[1, 2] * dz) + dz * inverse[2, 2] * dz
            out[y, x] = constant - 0.5 * square
    return True


@compiled
def fit_gaussian(
    points: Floats, mean: Floats, cov: Floats, ridge: float, tolerance: float, rounds: int
) -> tuple[bool, Floats, Floats]:
    """Fit a Gaussian to points, (n, 3), weighted by its own density, from a mean (3,) and a covariance (3, 3).

    In each round the weights are the densities over their sum; ``ridge`` is added to the variances. It ends when the
    sum of the logarithms of the weights rises by less than ``tolerance`` of itself. False where the densities vanish
    or the covariance is none.
    """
    weights = np.empty(len(points))
    inverse = np.empty((3, 3))
    before = 0.0
    for _ in range(rounds):
        constant = precision(cov, inverse)
        if math.isnan(constant) or not _weigh(points, mean, inverse, constant, weights):
            return False, mean, cov
        mean, cov = _moments(points, weights, ridge)
        likelihood = 0.0
        for weight in weights:
            likelihood += math.log(weight + 1e-300)
        if 0.0 <= likelihood - before < tolerance * abs(before):
            break
        before = likelihood
    return not (np.isnan(mean).any() or np.isnan(cov).any()), mean, cov


@compiled
def _weigh(points: Floats, mean: Floats, inverse: Floats, constant: float, weights: Floats) -> bool:
    total = 0.0
    for i in range(len(points)):
        dx, dy, dz = points[i, 0] - mean[0], points[i, 1] - mean[1], points[i, 2] - mean[2]
        square = dx * (inverse[0, 0] * dx + 2 * (inverse[0, 1] * dy + inverse[0, 2] * dz))
        square += dy * (inverse[1, 1] * dy + 2 * inverse[1, 2] * dz) + dz * inverse[2, 2] * dz
        weights[i] = math.exp(constant - 0.5 * square)
        total += weights[i]
    if not total > 0.0:
        return False
    for i in range(len(points)):
        weights[i] /= total
    return True


@compiled
def _moments(points: Floats, weights: Floats, ridge: float) -> tuple[Floats, Floats]:
    mean = np.zeros(3)
    for i in range(len(points)):
        for k in range(3):
            mean[k] += weights[i] * points[i, k]
    cov = np.zeros((3, 3))
    for i in range(len(points)):
        for k in range(3):
            for j in range(k + 1):
                cov[k, j] += weights[i] * (points[i, k] - mean[k]) * (points[i, j] - mean[j])
    for k in range(3):
        cov[k, k] += ridge
        for j in range(k):
            cov[j, k] = cov[k, j]
    return mean, cov
