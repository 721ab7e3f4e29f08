"""What is known of one plane of a frame within a region: exact moments, order statistics, counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swath.kernels.frames import VALUES, histogram_sums, plane_histogram, values_at_ranks
from swath.sky.regions import Box

PLANES = ("R1", "G2", "G3", "B4")
_HOT_SIGMAS = 10
_FRACTIONS = (0.05, 0.1587, 0.5, 0.8413, 0.95)


@dataclass(frozen=True)
class PlaneStatistics:
    """The statistics of a plane within a box; values in counts of the sensor, the variance of the population.

    ``saturated`` counts the pixels at the white level or above, ``hot`` those more than ten robust standard deviations
    (half the distance of the percentiles 15.87 and 84.13, at least one count) above the median.
    """

    plane: str
    pixels: int
    total: int
    squares: int
    minimum: int
    maximum: int
    median: float
    p05: float
    p95: float
    saturated: int
    hot: int

    @property
    def mean(self) -> float:
        """The mean, rounded once."""
        return self.total / self.pixels

    @property
    def variance(self) -> float:
        """The variance of the population, from exact integers, rounded once."""
        return (self.pixels * self.squares - self.total * self.total) / (self.pixels * self.pixels)


def measure(
    frame: npt.NDArray[np.uint16], offsets: npt.NDArray[np.int64], box: Box, white: int
) -> list[PlaneStatistics]:
    """Measure a box in the four planes of a frame: uint16 (rows, columns), offsets int64 (4, 2)."""
    histogram = np.empty(VALUES, np.int64)
    found = []
    for plane, (row, column) in zip(PLANES, offsets, strict=True):
        bound = plane_histogram(frame, (int(row), int(column)), box.bounds, histogram)
        found.append(_statistics(plane, histogram[:bound], white))
    return found


def percentiles(histogram: npt.NDArray[np.int64], pixels: int, fractions: Sequence[float]) -> list[float]:
    """Give percentiles (0 to 1, ascending) of a histogram, between neighbours by their distance, as NumPy's default."""
    ranks = [fraction * (pixels - 1) for fraction in fractions]
    around = [(math.floor(rank), min(math.floor(rank) + 1, pixels - 1)) for rank in ranks]
    places = np.unique(np.array(around, np.int64))
    values = dict(zip(places.tolist(), values_at_ranks(histogram, places).tolist(), strict=True))
    return [
        float(values[below] + (values[above] - values[below]) * (rank - below))
        for rank, (below, above) in zip(ranks, around, strict=True)
    ]


def rounded(value: float, digits: int) -> float:
    """Round as NumPy rounds a double: the nearest whole number of the scaled value, halves to even."""
    return float(np.round(np.float64(value), digits))


def _statistics(plane: str, histogram: npt.NDArray[np.int64], white: int) -> PlaneStatistics:
    pixels, total, squares, minimum, maximum = (int(number) for number in histogram_sums(histogram))
    p05, low, median, high, p95 = percentiles(histogram, pixels, _FRACTIONS)
    limit = math.floor(median + _HOT_SIGMAS * max((high - low) / 2, 1.0)) + 1
    return PlaneStatistics(
        plane,
        pixels,
        total,
        squares,
        minimum,
        maximum,
        median,
        p05,
        p95,
        saturated=int(histogram[white:].sum()),
        hot=int(histogram[limit:].sum()),
    )
