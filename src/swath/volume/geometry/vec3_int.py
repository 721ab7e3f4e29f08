"""Vectors of three integers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Self

from swath.volume.errors import ArgumentError
from swath.volume.geometry.vec_int import XYZ, VecInt


class Vec3Int(VecInt):
    """A vector x, y, z of integers: ``Vec3Int(1, 2, 3)`` or ``Vec3Int((1, 2, 3))``.

    Raises ArgumentError for any other number of components.
    """

    def __new__(cls, *values: Any, axes: Iterable[str] | None = None, **named: int) -> Self:  # noqa: D102
        if axes is not None and tuple(axes) != XYZ:
            raise ArgumentError(f"a Vec3Int has the axes x, y, z, not {tuple(axes)}")
        if len(values) == 1 and isinstance(values[0], VecInt) and values[0].axes != XYZ:
            values = (values[0].get("x"), values[0].get("y"), values[0].get("z"))
        self = super().__new__(cls, *values, axes=None if named else _axes_of(values))
        if self.axes != XYZ:
            raise ArgumentError(f"a Vec3Int has the axes x, y, z, not {self.axes}")
        return self

    @classmethod
    def from_xyz(cls, x: int, y: int, z: int) -> Vec3Int:
        """Make a vector of its components."""
        return cls(x, y, z)

    @classmethod
    def from_vec_or_int(cls, value: Any) -> Vec3Int:
        """Make a vector of a vector, or of one number three times."""
        return cls(value, value, value) if isinstance(value, int) else cls(value)

    @classmethod
    def from_str(cls, text: str) -> Vec3Int:
        """Read ``1,2,3``, with or without parentheses; raises ArgumentError for another text."""
        if not re.fullmatch(r"\s*\(?\s*-?\d+\s*,\s*-?\d+\s*,\s*-?\d+\s*\)?\s*", text):
            raise ArgumentError(f"{text!r} is no vector", "give three whole numbers: 1,2,3")
        return cls(*(int(number) for number in re.findall(r"-?\d+", text)))

    @classmethod
    def full(cls, value: int, axes: Iterable[str] = XYZ) -> Vec3Int:
        """Give a vector of one value."""
        return cls((value,) * 3, axes=axes)

    @classmethod
    def zeros(cls, axes: Iterable[str] = XYZ) -> Vec3Int:
        """Give a vector of zeros."""
        return cls.full(0, axes)

    @classmethod
    def ones(cls, axes: Iterable[str] = XYZ) -> Vec3Int:
        """Give a vector of ones."""
        return cls.full(1, axes)

    def with_x(self, value: int) -> Self:
        """Give the vector with another x."""
        return self.with_replaced("x", value)

    def with_y(self, value: int) -> Self:
        """Give the vector with another y."""
        return self.with_replaced("y", value)

    def with_z(self, value: int) -> Self:
        """Give the vector with another z."""
        return self.with_replaced("z", value)

    def to_tuple(self) -> tuple[int, int, int]:
        """Give a plain tuple."""
        return self[0], self[1], self[2]

    def __repr__(self) -> str:
        return f"Vec3Int({self[0]},{self[1]},{self[2]})"


def _axes_of(values: tuple[Any, ...]) -> tuple[str, ...]:
    number = len(values[0]) if len(values) == 1 and hasattr(values[0], "__len__") else len(values)
    if number != 3:
        raise ArgumentError(f"{values!r} is not three numbers")
    return XYZ
