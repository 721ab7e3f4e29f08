"""Regions of interest: where in a plane to measure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swath.errors import UsageError
from swath.sky.rejects import FrameError

DEFAULT_WIDTH, DEFAULT_HEIGHT = 500, 400


@dataclass(frozen=True)
class Box:
    """A half-open box in pixels of a plane: columns x1 to x2, rows y1 to y2."""

    x1: int
    x2: int
    y1: int
    y2: int

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        """The bounds as x1, x2, y1, y2."""
        return self.x1, self.x2, self.y1, self.y2

    @property
    def text(self) -> str:
        """The box as AZOTEA writes it."""
        return f"[{self.x1}:{self.x2},{self.y1}:{self.y2}]"

    def within(self, rows: int, columns: int) -> Box:
        """The part of the box that lies in a plane."""
        return Box(self.x1, min(self.x2, columns), self.y1, min(self.y2, rows))


@dataclass(frozen=True)
class Region:
    """A named region, sizes in pixels of a plane; centred where its corner is 0, 0."""

    name: str = "centre"
    x0: int = 0
    y0: int = 0
    width: int = DEFAULT_WIDTH
    height: int = DEFAULT_HEIGHT

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or self.x0 < 0 or self.y0 < 0:
            raise UsageError(
                f"region {self.name!r} is {self.width} x {self.height} at {self.x0}, {self.y0}",
                "give a width and a height of at least 1, and a corner that is not negative",
            )

    def place(self, rows: int, columns: int) -> Box:
        """Place the region in a plane of so many rows and columns.

        Raises FrameError where it begins outside the plane, or is centred and larger than it.
        """
        x1, y1 = self.x0, self.y0
        if x1 == 0 and y1 == 0:
            x1, y1 = int(columns / 2 - self.width // 2), int(rows / 2 - self.height // 2)
        if not (0 <= x1 < columns and 0 <= y1 < rows):
            raise FrameError(
                "region outside the plane",
                f"{self.width} x {self.height} at column {x1}, row {y1} of a plane of {columns} x {rows}",
            )
        return Box(x1, x1 + self.width, y1, y1 + self.height)


def parse_region(text: str) -> Region:
    """Read ``[NAME=]WIDTH,HEIGHT`` (centred) or ``[NAME=]X0,Y0,WIDTH,HEIGHT``; raises UsageError for another text."""
    name, _, numbers = text.rpartition("=")
    try:
        values = [int(number) for number in numbers.split(",")]
    except ValueError:
        values = []
    corner_and_size = {2: [0, 0, *values], 4: values}.get(len(values))
    if corner_and_size is None:
        raise UsageError(f"{text!r} is no region", "give WIDTH,HEIGHT or X0,Y0,WIDTH,HEIGHT, with NAME= before it")
    return Region(name or "centre", *corner_and_size)


@dataclass(frozen=True)
class PlacedRegion:
    """A region in the planes of a sensor: ``asked`` is its box, ``box`` as much of it as lies in all four planes."""

    name: str
    asked: Box
    box: Box


def plane_size(sensor: tuple[int, int], offsets: npt.NDArray[np.int64]) -> tuple[int, int]:
    """Give the rows and columns that all four planes of a sensor have; ``offsets`` are their first pixels, (4, 2)."""
    rows, columns = ((np.array(sensor) - offsets + 1) // 2).min(axis=0)
    return int(rows), int(columns)


def place_regions(
    regions: Iterable[Region], sensor: tuple[int, int], offsets: npt.NDArray[np.int64]
) -> list[PlacedRegion]:
    """Place regions in a sensor of so many rows and columns, centred ones by the size of its plane G2.

    Raises FrameError where one lies outside.
    """
    rows, columns = (int(size) for size in (np.array(sensor) - offsets[1] + 1) // 2)
    asked = [(region.name, region.place(rows, columns)) for region in regions]
    return [PlacedRegion(name, box, box.within(*plane_size(sensor, offsets))) for name, box in asked]
