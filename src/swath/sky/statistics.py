"""What is known of one plane of a frame within a region: exact moments, order statistics, counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swath.kernels.frames import box_histograms, histogram_numbers
from swath.sky.regions import Box

PLANES = ("R1", "G2", "G3", "B4")


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
    histograms = box_histograms(frame, box.bounds)
    return plane_statistics(histograms[offsets @ (2, 1)], white)


def plane_statistics(histograms: npt.NDArray[np.uint32], white: int) -> list[PlaneStatistics]:
    """Give the statistics of R1, G2, G3 and B4 from the histograms of their values, uint32 (4, values)."""
    numbers, quantiles = histogram_numbers(histograms, white)
    found = []
    for plane, counted, (p05, _, median, _, p95) in zip(PLANES, numbers.tolist(), quantiles.tolist(), strict=True):
        pixels, total, squares, minimum, maximum, saturated, hot = counted
        found.append(PlaneStatistics(plane, pixels, total, squares, minimum, maximum, median, p05, p95, saturated, hot))
    return found


def rounded(value: float, digits: int) -> float:
    """Round as NumPy rounds a double: the nearest whole number of the scaled value, halves to even."""
    return float(np.round(np.float64(value), digits))
