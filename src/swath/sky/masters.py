"""Master dark frames: the mean or the median of a stack of dark frames, pixel by pixel, in bounded memory."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint16]
Floats = npt.NDArray[np.float32]

_VALUES_AT_ONCE = 1 << 22
_MEDIAN_EXCESS = math.pi / 2


@dataclass(frozen=True)
class Master:
    """A master dark of one plane in one region: ``level`` in counts, float32 (rows, columns).

    ``variance`` is that of a pixel of it, in counts², averaged over the pixels; NaN for a single frame.
    """

    level: Floats
    variance: float


class MeanStack:
    """A stack that is averaged; only sums are kept, exact integers: one a pixel, and one of all squares.

    The variance of a pixel is the sample variance of the stack over its number.
    """

    def __init__(self) -> None:
        self._number = 0
        self._total = np.zeros(0, np.uint32)
        self._squares = 0

    def add(self, frame: Pixels) -> None:
        """Add a frame, uint16 (rows, columns), of one shape with the others; 65,536 frames do not overflow."""
        if not self._number:
            self._total = np.zeros(frame.shape, np.uint32)
        self._number += 1
        self._total += frame
        for row in frame:
            self._squares += int(np.square(row, dtype=np.int64).sum())

    def master(self) -> Master:
        """The master dark of the frames so far, one at least."""
        number, total = self._number, self._total
        level = np.divide(total, number, dtype=np.float64).astype(np.float32)
        if number == 1:
            return Master(level, math.nan)
        of_sums = sum(int(np.square(row, dtype=np.uint64).sum()) for row in total)
        spread = (self._squares * number - of_sums) / number
        return Master(level, float(spread / (number - 1) / number / total.size))


class MedianStack:
    """A stack whose median is taken; the frames wait on the disk meanwhile.

    The variance of a pixel is that of a mean times π/2, as for a normal distribution.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (open as long as the stack lives)
        self._number = 0
        self._shape: tuple[int, ...] = ()

    def add(self, frame: Pixels) -> None:
        """Add a frame, uint16 (rows, columns), of one shape with the others."""
        self._shape = frame.shape
        self._number += 1
        self._file.write(np.ascontiguousarray(frame).data)

    def master(self) -> Master:
        """The master dark of the frames so far, one at least."""
        self._file.flush()
        number, size = self._number, math.prod(self._shape)
        waiting = np.memmap(self._file, np.uint16, "r", shape=(number, size))
        level, spread, step = np.empty(size, np.float32), 0.0, max(1, _VALUES_AT_ONCE // number)
        for start in range(0, size, step):
            part = waiting[:, start : start + step].astype(np.float64)
            level[start : start + step] = np.median(part, axis=0)
            spread += float(part.var(axis=0, ddof=1).sum()) if number > 1 else math.nan
        del waiting
        self._file.close()
        return Master(level.reshape(self._shape), _MEDIAN_EXCESS * spread / number / size)


STACKS: Mapping[str, type[MeanStack | MedianStack]] = {"mean": MeanStack, "median": MedianStack}
"""How dark frames are stacked, by name."""


@dataclass(frozen=True)
class Subtracted:
    """What is left of a plane of a light frame without its master dark, in counts and counts²."""

    dark_mean: float
    dark_variance: float
    signal: float
    signal_variance: float


def subtract(light: Pixels, master: Master) -> Subtracted:
    """Subtract a master dark from a plane, pixel by pixel.

    The variance is that of the differences, over the population; it holds the noise of the master, ``dark_variance``.
    """
    difference = np.subtract(light, master.level, dtype=np.float64)
    dark = float(master.level.mean(dtype=np.float64))
    signal = float(difference.mean())
    difference -= signal
    variance = float(np.einsum("ij,ij->", difference, difference)) / difference.size
    return Subtracted(dark, master.variance if math.isfinite(master.variance) else 0.0, signal, variance)
