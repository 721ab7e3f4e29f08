"""A mouse's track over frames: angles without jumps, outliers replaced, frames of low likelihood smoothed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swath.depth.features import Features, Floats

MAD_OF_NORMAL = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""


@dataclass
class Unwrapper:
    """Takes the half turns out of the orientations of an ellipse, frame after frame, across any pieces.

    As ``np.unwrap`` of twice the angle; frames without a mouse are passed over.
    """

    last: float | None = None
    correction: float = 0.0

    def unwrap(self, orientation: Floats) -> Floats:
        """Give the angles of the next frames, (n,), radians."""
        there = ~np.isnan(orientation)
        out = orientation.copy()
        doubled = 2 * orientation[there]
        if not len(doubled):
            return out
        steps = np.diff(doubled, prepend=doubled[0] if self.last is None else self.last)
        turned = np.mod(steps + np.pi, 2 * np.pi) - np.pi
        turned[(turned == -np.pi) & (steps > 0)] = np.pi
        corrections = np.where(np.abs(steps) < np.pi, 0, turned - steps)
        total = np.cumsum(np.concatenate([[self.correction], corrections]))[1:]
        self.last, self.correction = float(doubled[-1]), float(total[-1])
        out[there] = (doubled + total) / 2
        return out


def hampel(series: Floats, span: int, sig: float) -> Floats:
    """Replace outliers of a series, (n,), by the median of the ``span`` values around them (Pearson 2002).

    An outlier lies more than ``sig`` standard deviations from that median, estimated by 1.4826 times the median
    absolute deviation. NaN is passed over; beyond the ends is nothing.
    """
    median, deviation = _medians(series, span)
    outlier = np.abs(series - median) > sig * MAD_OF_NORMAL * deviation
    return np.where(outlier, median, series)


def peer_hampel(series: Floats, span: int, sig: float) -> Floats:
    """Replace outliers as moseq2-extract does, whose threshold has the median itself added to it."""
    median, deviation = _medians(series, span)
    outlier = np.abs(series - median) > median + sig * deviation
    return np.where(outlier, median, series)


def _medians(series: Floats, span: int) -> tuple[Floats, Floats]:
    half = span // 2
    padded = np.concatenate([np.full(half, np.nan), series, np.full(half, np.nan)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, span)[: len(series)]
    median = nan_median(windows)
    return median, nan_median(np.abs(windows - median[:, None]))


def nan_median(windows: Floats) -> Floats:
    """Give the median of each row, (n, k), of the values that are not NaN; NaN where there is none."""
    ordered = np.sort(windows, axis=1)
    count = (~np.isnan(ordered)).sum(axis=1)
    row = np.arange(len(ordered))
    low, high = ordered[row, np.maximum(count - 1, 0) // 2], ordered[row, count // 2 % ordered.shape[1]]
    return np.where(count > 0, np.where(count % 2 == 1, low, (low + high) / 2), np.nan)


def smoothed_by_likelihood(features: Features, likelihood: Floats, clips: tuple[float, float]) -> Features:
    """Smooth the features of a whole session, forwards and then backwards, where the model is unlikely.

    ``likelihood``, (n,), is the mean log-likelihood of each frame. A frame keeps its own values at the higher of the
    ``clips`` and above, those of its neighbour at the lower one and below, and a mixture between.
    """
    low, high = clips
    weights = np.clip((likelihood - low) / (high - low), 0, 1)
    return Features(
        _smoothed(features.centroid, weights),
        _smoothed(features.orientation[:, None], weights)[:, 0],
        _smoothed(features.axis_length, weights),
    )


def _smoothed(values: Floats, weights: Floats) -> Floats:
    values = np.stack([_filled(column) for column in values.T], axis=1)
    for i in range(2, len(values)):
        values[i] = (1 - weights[i]) * values[i - 1] + weights[i] * values[i]
    for i in range(len(values) - 2, -1, -1):
        values[i] = (1 - weights[i]) * values[i + 1] + weights[i] * values[i]
    return values


def _filled(column: Floats) -> Floats:
    """Fill frames without a mouse by the nearest with one; of two equally near the earlier one."""
    there = np.flatnonzero(~np.isnan(column))
    if not len(there):
        return column.copy()
    after = np.searchsorted(there, np.arange(len(column))).clip(0, len(there) - 1)
    before = np.maximum(after - 1, 0)
    frame = np.arange(len(column))
    earlier = frame - there[before] <= np.abs(there[after] - frame)
    nearest: npt.NDArray[np.int64] = np.where(
        (there[after] == frame) | ~earlier | (after == before), there[after], there[before]
    )
    return column[nearest]
