"""Whole-numbered vectors with named axes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from swath.volume.errors import ArgumentError

XYZ = ("x", "y", "z")


class VecInt(tuple[int, ...]):
    """A vector of integers, a tuple that adds, multiplies and divides by component.

    ``VecInt(1, 2, 3, 4, axes=("t", "x", "y", "z"))``, ``VecInt((1, 2, 3))`` or ``VecInt(t=1, x=2, y=3, z=4)``. Without
    axes, three components are x, y, z, and four c, x, y, z. Raises ArgumentError for components that are not whole.
    """

    axes: tuple[str, ...]

    def __new__(cls, *values: Any, axes: Iterable[str] | None = None, **named: int) -> Self:  # noqa: D102
        components = _components(values if not named else tuple(named.values()))
        self = super().__new__(cls, components)
        self.axes = tuple(axes) if axes is not None else (tuple(named) or default_axes(values, len(components)))
        if len(self.axes) != len(components):
            raise ArgumentError(f"{len(components)} components do not go with the axes {self.axes}")
        return self

    def __getnewargs_ex__(self) -> tuple[tuple[tuple[int, ...]], dict[str, Any]]:
        return (tuple(self),), {"axes": self.axes}

    @classmethod
    def full(cls, value: int, axes: Iterable[str] = XYZ) -> VecInt:
        """Give a vector of one value."""
        axes = tuple(axes)
        return VecInt((value,) * len(axes), axes=axes)

    @classmethod
    def zeros(cls, axes: Iterable[str] = XYZ) -> VecInt:
        """Give a vector of zeros."""
        return VecInt.full(0, axes)

    @classmethod
    def ones(cls, axes: Iterable[str] = XYZ) -> VecInt:
        """Give a vector of ones."""
        return VecInt.full(1, axes)

    @property
    def x(self) -> int:
        """The component x."""
        return self.get("x")

    @property
    def y(self) -> int:
        """The component y."""
        return self.get("y")

    @property
    def z(self) -> int:
        """The component z."""
        return self.get("z")

    def get(self, axis: str) -> int:
        """Give the component of an axis; raises ArgumentError for an axis that it has not."""
        if axis not in self.axes:
            raise ArgumentError(f"{self!r} has no axis {axis!r}")
        return self[self.axes.index(axis)]

    def with_replaced(self, axis: str, value: int) -> Self:
        """Give the vector with another value for an axis."""
        return self._like(value if name == axis else own for name, own in zip(self.axes, self, strict=True))

    def updated(self, other: VecInt) -> Self:
        """Give the vector with the values of another along the axes that both have."""
        given = dict(zip(other.axes, other, strict=True))
        return self._like(given.get(axis, own) for axis, own in zip(self.axes, self, strict=True))

    def to_np(self) -> npt.NDArray[np.int64]:
        """Give an array."""
        return np.array(self, dtype=np.int64)

    def to_list(self) -> list[int]:
        """Give a list."""
        return list(self)

    def to_tuple(self) -> tuple[int, ...]:
        """Give a plain tuple."""
        return tuple(self)

    def is_positive(self, strictly_positive: bool = False) -> bool:
        """Say whether no component is negative, or none is zero either."""
        return all(value > 0 if strictly_positive else value >= 0 for value in self)

    def is_uniform(self) -> bool:
        """Say whether all components are equal."""
        return len(set(self)) <= 1

    def contains(self, value: int) -> bool:
        """Say whether a component has a value."""
        return value in tuple(self)

    def prod(self) -> int:
        """Give the product of the components."""
        product = 1
        for value in self:
            product *= value
        return product

    def pairmax(self, other: Any) -> Self:
        """Give the larger of each two components."""
        return self._each(other, max)

    def pairmin(self, other: Any) -> Self:
        """Give the smaller of each two components."""
        return self._each(other, min)

    def ceildiv(self, other: Any) -> Self:
        """Divide and round up."""
        return self._each(other, lambda own, by: -(-own // by))

    def __add__(self, other: Any) -> Self:
        return self._each(other, lambda own, by: own + by)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Self:
        return self._each(other, lambda own, by: own - by)

    def __rsub__(self, other: Any) -> Self:
        return self._each(other, lambda own, by: by - own)

    def __mul__(self, other: Any) -> Self:
        return self._each(other, lambda own, by: own * by)

    __rmul__ = __mul__

    def __floordiv__(self, other: Any) -> Self:
        return self._each(other, lambda own, by: own // by)

    def __mod__(self, other: Any) -> Self:
        return self._each(other, lambda own, by: own % by)

    def __neg__(self) -> Self:
        return self._like(-value for value in self)

    def __repr__(self) -> str:
        return f"VecInt({','.join(str(value) for value in self)}, axes={self.axes})"

    def _like(self, values: Iterable[int]) -> Self:
        made = tuple.__new__(type(self), values)  # known to be whole, and as many as the axes
        made.axes = self.axes
        return made

    def _each(self, other: Any, operation: Callable[[int, int], int]) -> Self:
        if isinstance(other, VecInt):
            others: tuple[int, ...] = other
        else:
            others = _components((other,)) if hasattr(other, "__len__") else (int(other),) * len(self)
        if len(others) != len(self):
            raise ArgumentError(f"{self!r} and {other!r} differ in length")
        return self._like(operation(own, by) for own, by in zip(self, others, strict=True))


def _components(values: tuple[Any, ...]) -> tuple[int, ...]:
    """Read the components of one vector, or of single numbers; raises ArgumentError where they are not whole."""
    if len(values) == 1 and hasattr(values[0], "__len__"):
        values = tuple(values[0])
    try:
        components = tuple(map(int, values))
    except (TypeError, ValueError):
        raise ArgumentError(f"{values!r} is not a vector of integers") from None
    if components != values:
        raise ArgumentError(f"{values!r} has components that are not whole")
    return components


def default_axes(values: tuple[Any, ...], number: int) -> tuple[str, ...]:
    """Name the axes of a vector that was given without: those of the vector that it is made of, else x, y, z."""
    if len(values) == 1 and isinstance(values[0], VecInt):
        return values[0].axes
    known = {1: ("x",), 2: ("x", "y"), 3: XYZ, 4: ("c", *XYZ)}
    if number not in known:
        raise ArgumentError(f"a vector of {number} components needs axes")
    return known[number]
