"""Magnifications: how many finest voxels one voxel covers along each axis."""

from __future__ import annotations

import re
from functools import total_ordering
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.volume.errors import AgreementError, ArgumentError
from swath.volume.geometry.vec3_int import Vec3Int


@total_ordering
class Mag:
    """A magnification: ``Mag(2)``, ``Mag("2-2-1")`` or ``Mag((2, 2, 1))``.

    Mags are equal where all three factors are, but ordered by their largest factor alone, as WEBKNOSSOS does.
    Raises ArgumentError for what is no mag, AgreementError for a factor that is not a power of two.
    """

    __slots__ = ("_vec",)

    def __init__(self, mag: Any) -> None:
        self._vec = _read(mag)
        for factor in self._vec:
            if factor < 1 or factor & (factor - 1):
                raise AgreementError(f"Mag components must be power of 2, got {factor} in {self._vec!r}.")

    @property
    def x(self) -> int:
        """The factor along x."""
        return self._vec[0]

    @property
    def y(self) -> int:
        """The factor along y."""
        return self._vec[1]

    @property
    def z(self) -> int:
        """The factor along z."""
        return self._vec[2]

    @property
    def max_dim(self) -> int:
        """The largest factor."""
        return max(self._vec)

    @property
    def max_dim_log2(self) -> int:
        """The binary logarithm of the largest factor."""
        return self.max_dim.bit_length() - 1

    def to_list(self) -> list[int]:
        """Give a list."""
        return list(self._vec)

    def to_tuple(self) -> tuple[int, int, int]:
        """Give a tuple."""
        return self._vec.to_tuple()

    def to_np(self) -> npt.NDArray[np.int64]:
        """Give an array."""
        return self._vec.to_np()

    def to_vec3_int(self) -> Vec3Int:
        """Give a vector."""
        return self._vec

    def to_layer_name(self) -> str:
        """Give the short name, that of the folder: ``2`` or ``2-2-1``."""
        return str(self.x) if self._vec.is_uniform() else self.to_long_layer_name()

    def to_long_layer_name(self) -> str:
        """Give the name with all factors: ``2-2-2``."""
        return f"{self.x}-{self.y}-{self.z}"

    def as_np(self) -> npt.NDArray[np.int64]:
        """Give an array."""
        return self.to_np()

    def __str__(self) -> str:
        return self.to_layer_name()

    def __repr__(self) -> str:
        return f"Mag({self.to_layer_name()})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mag) and tuple(self._vec) == tuple(other._vec)

    def __lt__(self, other: Any) -> bool:
        return self.max_dim < Mag(other).max_dim

    def __le__(self, other: Any) -> bool:
        return self.max_dim <= Mag(other).max_dim

    def __gt__(self, other: Any) -> bool:
        return self.max_dim > Mag(other).max_dim

    def __ge__(self, other: Any) -> bool:
        return self.max_dim >= Mag(other).max_dim

    def __hash__(self) -> int:
        return hash(tuple(self._vec))

    def __mul__(self, other: Any) -> Mag:
        return Mag(self._vec * _vector(other))

    def __floordiv__(self, other: Any) -> Mag:
        return Mag(self._vec // _vector(other))


def _vector(value: Any) -> Any:
    return value.to_vec3_int() if isinstance(value, Mag) else value


def _read(mag: Any) -> Vec3Int:
    if isinstance(mag, Mag):
        return mag.to_vec3_int()
    if isinstance(mag, str) and re.fullmatch(r"\d+(-\d+-\d+)?", mag):
        factors = [int(factor) for factor in mag.split("-")]
        return Vec3Int(*(factors * 3 if len(factors) == 1 else factors))
    if not isinstance(mag, str):
        try:
            return Vec3Int.full(int(mag)) if np.ndim(mag) == 0 and int(mag) == mag else Vec3Int(mag)
        except (TypeError, ValueError):
            pass
    raise ArgumentError(f"Mag must be int or a vector3 of ints or a string shaped like e.g. 2-2-1. Got: {mag}")
