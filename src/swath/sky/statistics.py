"""What is known of one plane of a frame within a region: exact moments, order statistics, counts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swath.kernels.frames import VALUES, plane_sums, value_at_rank
from swath.sky.regions import Box

PLANES = ("R1", "G2", "G3", "B4")
_HOT_SIGMAS = 10


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
    histogram = np.zeros((len(PLANES), VALUES), np.int64)
    sums = plane_sums(frame, offsets, np.array(box.bounds, np.int64), histogram)
    return [
        _statistics(plane, [int(number) for number in sums[i]], histogram[i], white) for i, plane in enumerate(PLANES)
    ]


def percentile(histogram: npt.NDArray[np.int64], pixels: int, fraction: float) -> float:
    """Give a percentile (0 to 1) of a histogram, between neighbours by their distance, as NumPy's default does."""
    rank = fraction * (pixels - 1)
    below = math.floor(rank)
    low = value_at_rank(histogram, below)
    high = value_at_rank(histogram, min(below + 1, pixels - 1))
    return float(low + (high - low) * (rank - below))


def rounded(value: float, digits: int) -> float:
    """Round as NumPy rounds a double: the nearest whole number of the scaled value, halves to even."""
    return float(np.round(np.float64(value), digits))


def _statistics(plane: str, sums: list[int], histogram: npt.NDArray[np.int64], white: int) -> PlaneStatistics:
    pixels, total, squares = sums
    median = percentile(histogram, pixels, 0.5)
    spread = (percentile(histogram, pixels, 0.8413) - percentile(histogram, pixels, 0.1587)) / 2
    limit = min(math.floor(median + _HOT_SIGMAS * max(spread, 1.0)) + 1, VALUES)
    return PlaneStatistics(
        plane,
        pixels,
        total,
        squares,
        minimum=value_at_rank(histogram, 0),
        maximum=value_at_rank(histogram, pixels - 1),
        median=median,
        p05=percentile(histogram, pixels, 0.05),
        p95=percentile(histogram, pixels, 0.95),
        saturated=int(histogram[white:].sum()),
        hot=int(histogram[limit:].sum()),
    )
