"""Boxes of voxels over any axes."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Self

import numpy as np

from swath.volume.errors import AgreementError, ArgumentError
from swath.volume.geometry.mag import Mag
from swath.volume.geometry.vec3_int import Vec3Int
from swath.volume.geometry.vec_int import XYZ, VecInt


@dataclass(frozen=True)
class NDBoundingBox:
    """A half-open box: ``topleft`` and ``size`` along ``axes``; a negative size is flipped.

    ``name``, ``is_visible`` and ``color`` are those of a box drawn by a user.
    """

    topleft: Any
    size: Any
    axes: tuple[str, ...] = XYZ
    name: str | None = None
    is_visible: bool = True
    color: tuple[float, float, float, float] | None = None

    def __post_init__(self) -> None:
        axes = tuple(self.axes)
        topleft, size = self._vector(self.topleft, axes), self._vector(self.size, axes)
        negative = [value < 0 for value in size]
        if any(negative):
            topleft = self._vector([t + s if n else t for t, s, n in zip(topleft, size, negative, strict=True)], axes)
            size = self._vector([abs(value) for value in size], axes)
        object.__setattr__(self, "axes", axes)
        object.__setattr__(self, "topleft", topleft)
        object.__setattr__(self, "size", size)

    @staticmethod
    def _vector(values: Any, axes: tuple[str, ...]) -> VecInt:
        return values if type(values) is VecInt and values.axes == axes else VecInt(values, axes=axes)

    @property
    def bottomright(self) -> Any:
        """The first place behind the box."""
        return self.topleft + self.size

    @property
    def topleft_xyz(self) -> Vec3Int:
        """The corner along x, y, z; 0 along an axis that is not there."""
        return Vec3Int(*(self._component(self.topleft, axis, 0) for axis in XYZ))

    @property
    def size_xyz(self) -> Vec3Int:
        """The size along x, y, z; 1 along an axis that is not there."""
        return Vec3Int(*(self._component(self.size, axis, 1) for axis in XYZ))

    @property
    def bottomright_xyz(self) -> Vec3Int:
        """The first place behind the box, along x, y, z."""
        return self.topleft_xyz + self.size_xyz

    @property
    def center(self) -> Any:
        """The middle, rounded down."""
        return self.topleft + self.size // 2

    def _component(self, vector: Any, axis: str, default: int) -> int:
        return int(vector[self.axes.index(axis)]) if axis in self.axes else default

    def get_bounds(self, axis: str) -> tuple[int, int]:
        """Give the half-open range along an axis; raises ArgumentError for one that it has not."""
        if axis not in self.axes:
            raise ArgumentError(f"{self!r} has no axis {axis!r}")
        place = self.axes.index(axis)
        start = self.topleft[place]
        return start, start + self.size[place]

    def get_shape(self, axis: str) -> int:
        """Give the size along an axis."""
        start, stop = self.get_bounds(axis)
        return stop - start

    def with_name(self, name: str | None) -> Self:
        """Give the box with another name."""
        return replace(self, name=name)

    def with_is_visible(self, is_visible: bool) -> Self:
        """Give the box shown or hidden."""
        return replace(self, is_visible=is_visible)

    def with_color(self, color: tuple[float, float, float, float] | None) -> Self:
        """Give the box in another colour: red, green, blue, alpha from 0 to 1."""
        return replace(self, color=color)

    def with_topleft(self, topleft: Any) -> Self:
        """Give a box of the same size elsewhere."""
        return replace(self, topleft=topleft)

    def with_size(self, size: Any) -> Self:
        """Give a box of another size at the same corner."""
        return replace(self, size=size)

    def with_bottomright(self, bottomright: Any) -> Self:
        """Give a box that ends elsewhere."""
        return replace(self, size=self._vector(bottomright, self.axes) - self.topleft)

    def with_topleft_xyz(self, topleft: Any) -> Self:
        """Give the box with another corner along x, y, z."""
        return self._with_xyz(Vec3Int(topleft), self.size_xyz)

    def with_size_xyz(self, size: Any) -> Self:
        """Give the box with another size along x, y, z."""
        return self._with_xyz(self.topleft_xyz, Vec3Int(size))

    def with_bounds(self, axis: str, new_topleft: int | None = None, new_size: int | None = None) -> Self:
        """Give the box with another range along an axis."""
        start, stop = self.get_bounds(axis)
        start, size = (start if new_topleft is None else new_topleft), (stop - start if new_size is None else new_size)
        return replace(self, topleft=self.topleft.with_replaced(axis, start), size=self.size.with_replaced(axis, size))

    def with_bounds_x(self, new_topleft_x: int | None = None, new_size_x: int | None = None) -> Self:
        """Give the box with another range along x."""
        return self.with_bounds("x", new_topleft_x, new_size_x)

    def with_bounds_y(self, new_topleft_y: int | None = None, new_size_y: int | None = None) -> Self:
        """Give the box with another range along y."""
        return self.with_bounds("y", new_topleft_y, new_size_y)

    def with_bounds_z(self, new_topleft_z: int | None = None, new_size_z: int | None = None) -> Self:
        """Give the box with another range along z."""
        return self.with_bounds("z", new_topleft_z, new_size_z)

    def _with_xyz(self, topleft: Vec3Int, size: Vec3Int) -> Self:
        box = self
        for axis, start, length in zip(XYZ, topleft, size, strict=True):
            if axis in self.axes:
                box = box.with_bounds(axis, start, length)
        return box

    def over(self, axes: Iterable[str], others: Mapping[str, tuple[int, int]]) -> NDBoundingBox:
        """Give the box over other axes; ``others`` has the half-open ranges along those that it has not.

        An axis that neither has is 0 to 1.
        """
        axes = tuple(axes)
        if axes == self.axes and type(self) is NDBoundingBox:
            return self
        bounds = [self.get_bounds(axis) if axis in self.axes else others.get(axis, (0, 1)) for axis in axes]
        return NDBoundingBox([start for start, _ in bounds], [stop - start for start, stop in bounds], axes)

    def offset(self, vector: Any) -> Self:
        """Give the box moved by a vector."""
        return self.with_topleft(self.topleft + vector)

    def translate(self, vector: Any) -> Self:
        """Give the box moved by a vector."""
        return self.offset(vector)

    def is_empty(self) -> bool:
        """Say whether it holds no voxel."""
        return not self.size.is_positive(strictly_positive=True)

    def volume(self) -> int:
        """Give the number of voxels."""
        return int(self.size.prod())

    def contains(self, coordinate: Any) -> bool:
        """Say whether a point is inside."""
        point = tuple(coordinate)
        return all(t <= p < b for t, p, b in zip(self.topleft, point, self.bottomright, strict=True))

    def contains_bbox(self, inner: NDBoundingBox) -> bool:
        """Say whether a box lies within this one."""
        within = inner.intersected_with(self, dont_assert=True)
        return (tuple(within.topleft), tuple(within.size)) == (tuple(inner.topleft), tuple(inner.size))

    def intersected_with(self, other: NDBoundingBox, dont_assert: bool = False) -> Self:
        """Give the part that two boxes share; raises AgreementError where there is none, or gives an empty box."""
        topleft = self.topleft.pairmax(other.topleft)
        size = (self.bottomright.pairmin(other.bottomright) - topleft).pairmax(0)
        shared = replace(self, topleft=topleft, size=size)
        if not dont_assert and shared.is_empty():
            raise AgreementError(f"No intersection between bounding boxes {self!r} and {other!r}.")
        return shared

    def extended_by(self, other: NDBoundingBox) -> Self:
        """Give the smallest box around two; an empty one adds nothing."""
        if other.is_empty():
            return self
        if self.is_empty():
            return replace(self, topleft=other.topleft, size=other.size)
        topleft = self.topleft.pairmin(other.topleft)
        return replace(self, topleft=topleft, size=self.bottomright.pairmax(other.bottomright) - topleft)

    def padded_with_margins(self, margins_left: Any, margins_right: Any = None) -> Self:
        """Give the box with margins; those of the end are those of the beginning if not given."""
        left = self._vector(margins_left, self.axes)
        right = left if margins_right is None else self._vector(margins_right, self.axes)
        return replace(self, topleft=self.topleft - left, size=self.size + left + right)

    def _factors(self, factors: Any) -> VecInt:
        """Give a factor for each axis: those of x, y, z, and 1 for the others."""
        by_axis = dict(zip(XYZ, Vec3Int.from_vec_or_int(_plain(factors)), strict=True))
        return VecInt([by_axis.get(axis, 1) for axis in self.axes], axes=self.axes)

    def in_mag(self, mag: Any) -> Self:
        """Give the box in voxels of a mag; raises AgreementError where it is not aligned with it."""
        mag = Mag(mag)
        if mag.max_dim == 1:
            return self
        factors = self._factors(mag)
        for what, value in (("topleft", self.topleft), ("bottomright", self.bottomright)):
            if any(value % factors):
                raise AgreementError(
                    f"{what} {value!r} is not aligned with the mag {mag}. Use BoundingBox.align_with_mag()."
                )
        return replace(self, topleft=self.topleft // factors, size=self.size // factors)

    def from_mag_to_mag1(self, mag: Any) -> Self:
        """Give a box in voxels of a mag in the finest voxels."""
        factors = self._factors(Mag(mag))
        return replace(self, topleft=self.topleft * factors, size=self.size * factors)

    def align_with_mag(self, mag: Any, ceil: bool = False) -> Self:
        """Give the box aligned with a mag or a vector: the largest within, or the smallest around with ``ceil``."""
        if isinstance(mag, Mag) and mag.max_dim == 1:
            return self
        factors = self._factors(mag)
        if ceil:
            topleft, end = self.topleft // factors * factors, self.bottomright.ceildiv(factors) * factors
        else:
            topleft, end = self.topleft.ceildiv(factors) * factors, self.bottomright // factors * factors
        return replace(self, topleft=topleft, size=(end - topleft).pairmax(0))

    def chunk(self, chunk_shape: Any, chunk_border_alignments: Any = None) -> Generator[Self, None, None]:
        """Cut into boxes of a shape, the last axis fastest, with borders at multiples of the alignment.

        Three numbers are along x, y, z; along other axes a piece is as long as the box, along n numbers each its own.
        Raises AgreementError where the shape is no multiple of the alignment.
        """
        shape = self._chunk_vector(chunk_shape)
        start = self.topleft
        if chunk_border_alignments is not None:
            alignment = self._chunk_vector(chunk_border_alignments)
            if any(s % a and axis in XYZ for s, a, axis in zip(shape, alignment, self.axes, strict=True)):
                raise AgreementError(f"{shape!r} is not a multiple of the alignment {alignment!r}")
            start = self.topleft // alignment * alignment
        steps = [range(s, e, c) for s, e, c in zip(start, self.bottomright, shape, strict=True)]
        for corner in product(*steps):
            piece = replace(self, topleft=self._vector(corner, self.axes), size=shape)
            yield piece.intersected_with(self, dont_assert=True)

    def _chunk_vector(self, shape: Any) -> VecInt:
        vector = _plain(shape)
        if not isinstance(vector, int) and len(vector) == len(self.axes):
            given = self._vector(tuple(vector), self.axes)
        else:
            by_axis = dict(zip(XYZ, Vec3Int.from_vec_or_int(vector), strict=True))
            whole = zip(self.axes, self.size, strict=True)
            given = self._vector([by_axis.get(axis, max(1, length)) for axis, length in whole], self.axes)
        if not given.is_positive(strictly_positive=True):
            raise AgreementError(f"{given!r} is no shape: it has a length below 1")
        return given

    def to_slices(self, offset: Any = None) -> tuple[slice, ...]:
        """Give slices for an array that begins at ``offset``, 0 if not given."""
        start = self.topleft if offset is None else self.topleft - self._vector(offset, self.axes)
        return tuple(slice(s, s + length) for s, length in zip(start, self.size, strict=True))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NDBoundingBox):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        return self.axes, tuple(self.topleft), tuple(self.size)

    def __repr__(self) -> str:
        return f"NDBoundingBox(topleft={tuple(self.topleft)}, size={tuple(self.size)}, axes={self.axes})"


def _plain(factors: Any) -> Any:
    if isinstance(factors, Mag):
        return factors.to_vec3_int()
    return int(factors) if np.ndim(factors) == 0 else factors
