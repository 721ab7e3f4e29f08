"""Units of length, and the size of a voxel in one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from swath.volume.errors import ArgumentError

_INCH = 2.54e7
_SPELLINGS = {"um": "µm", "\u03bcm": "µm", "A": "Å"}
_PARSEC = 3.0856775814913673e25


class LengthUnit(Enum):
    """A unit of length: its name, its symbol, and its nanometres."""

    YOCTOMETER = ("yoctometer", "ym", 1e-15)
    ZEPTOMETER = ("zeptometer", "zm", 1e-12)
    ATTOMETER = ("attometer", "am", 1e-9)
    FEMTOMETER = ("femtometer", "fm", 1e-6)
    PICOMETER = ("picometer", "pm", 1e-3)
    ANGSTROM = ("angstrom", "Å", 0.1)
    NANOMETER = ("nanometer", "nm", 1.0)
    MICROMETER = ("micrometer", "µm", 1e3)
    MILLIMETER = ("millimeter", "mm", 1e6)
    CENTIMETER = ("centimeter", "cm", 1e7)
    DECIMETER = ("decimeter", "dm", 1e8)
    METER = ("meter", "m", 1e9)
    DECAMETER = ("decameter", "dam", 1e10)
    HECTOMETER = ("hectometer", "hm", 1e11)
    KILOMETER = ("kilometer", "km", 1e12)
    MEGAMETER = ("megameter", "Mm", 1e15)
    GIGAMETER = ("gigameter", "Gm", 1e18)
    TERAMETER = ("terameter", "Tm", 1e21)
    PETAMETER = ("petameter", "Pm", 1e24)
    EXAMETER = ("exameter", "Em", 1e27)
    ZETTAMETER = ("zettameter", "Zm", 1e30)
    YOTTAMETER = ("yottameter", "Ym", 1e33)
    INCH = ("inch", "in", _INCH)
    FOOT = ("foot", "ft", 12 * _INCH)
    YARD = ("yard", "yd", 36 * _INCH)
    MILE = ("mile", "mi", 63360 * _INCH)
    PARSEC = ("parsec", "pc", _PARSEC)

    @property
    def nanometers(self) -> float:
        """Nanometres in one of it."""
        return self.value[2]

    @classmethod
    def of(cls, unit: str | LengthUnit) -> LengthUnit:
        """Find a unit by its name or its symbol; raises ArgumentError for another text."""
        if isinstance(unit, LengthUnit):
            return unit
        name = _SPELLINGS.get(unit, unit)
        for known in cls:
            if name in known.value[:2]:
                return known
        raise ArgumentError(f"{unit!r} is no unit of length", "such as nanometer, micrometer or mm")

    def __str__(self) -> str:
        return str(self.value[0])


@dataclass(frozen=True, init=False)
class VoxelSize:
    """The size of a finest voxel: three lengths ``factor`` in ``unit``."""

    factor: tuple[float, float, float]
    unit: LengthUnit

    def __init__(self, factor: Iterable[float], unit: str | LengthUnit = LengthUnit.NANOMETER) -> None:
        lengths = tuple(float(length) for length in factor)
        if len(lengths) != 3:
            raise ArgumentError(f"a voxel has three lengths, not {lengths}")
        object.__setattr__(self, "factor", lengths)
        object.__setattr__(self, "unit", LengthUnit.of(unit))

    def to_nanometer(self) -> tuple[float, float, float]:
        """Give the lengths in nanometres."""
        x, y, z = (length * self.unit.nanometers for length in self.factor)
        return x, y, z

    def to_json(self) -> dict[str, Any]:
        """Give it as the properties file has it."""
        return {"factor": list(self.factor), "unit": str(self.unit)}
