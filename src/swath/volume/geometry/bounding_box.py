"""Boxes of voxels along x, y, z."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from swath.volume.errors import ArgumentError
from swath.volume.geometry.nd_bounding_box import NDBoundingBox
from swath.volume.geometry.vec3_int import Vec3Int


@dataclass(frozen=True, eq=False, repr=False)
class BoundingBox(NDBoundingBox):
    """A half-open box ``BoundingBox(topleft, size)`` of voxels along x, y, z; a negative size is flipped."""

    @staticmethod
    def _vector(values: Any, axes: tuple[str, ...]) -> Vec3Int:
        return values if type(values) is Vec3Int else Vec3Int(values, axes=axes)

    @classmethod
    def empty(cls) -> BoundingBox:
        """Give the box without a voxel at 0, 0, 0."""
        return cls(Vec3Int.zeros(), Vec3Int.zeros())

    @classmethod
    def from_wkw_dict(cls, box: Mapping[str, Any]) -> BoundingBox:
        """Read ``{"topLeft": [x, y, z], "width": …, "height": …, "depth": …}``."""
        return cls(box["topLeft"], (box["width"], box["height"], box["depth"]))

    @classmethod
    def from_config_dict(cls, box: Mapping[str, Any]) -> BoundingBox:
        """Read ``{"topleft": [x, y, z], "size": [x, y, z]}``."""
        return cls(box["topleft"], box["size"])

    @classmethod
    def from_tuple6(cls, numbers: Iterable[int]) -> BoundingBox:
        """Make a box of corner and size in one tuple."""
        numbers = tuple(numbers)
        return cls(numbers[:3], numbers[3:])

    @classmethod
    def from_tuple2(cls, pair: tuple[Any, Any]) -> BoundingBox:
        """Make a box of corner and size."""
        return cls(*pair)

    @classmethod
    def from_points(cls, points: Iterable[Any]) -> BoundingBox:
        """Make the smallest box around points."""
        places = np.array([tuple(point) for point in points])
        corner = places.min(axis=0)
        return cls(corner, places.max(axis=0) - corner + 1)

    @classmethod
    def from_csv(cls, text: str) -> BoundingBox:
        """Read six numbers with commas between; raises ArgumentError for another text."""
        try:
            numbers = [int(number) for number in text.split(",")]
        except ValueError:
            numbers = []
        if len(numbers) != 6:
            raise ArgumentError(f"{text!r} is no box", "give six whole numbers: x,y,z,width,height,depth")
        return cls.from_tuple6(numbers)

    @classmethod
    def from_checkpoint_name(cls, text: str) -> BoundingBox:
        """Read six numbers with underscores between; raises ArgumentError for another text."""
        if not re.fullmatch(r"-?\d+(_-?\d+){5}", text):
            raise ArgumentError(f"{text!r} is no box", "give six whole numbers: x_y_z_width_height_depth")
        return cls.from_tuple6(int(number) for number in text.split("_"))

    def to_wkw_dict(self) -> dict[str, Any]:
        """Give the box as the properties file has it."""
        width, height, depth = self.size
        return {"topLeft": list(self.topleft), "width": width, "height": height, "depth": depth}

    def to_config_dict(self) -> dict[str, Any]:
        """Give ``{"topleft": …, "size": …}``."""
        return {"topleft": list(self.topleft), "size": list(self.size)}

    def to_tuple6(self) -> tuple[int, int, int, int, int, int]:
        """Give corner and size in one tuple."""
        return (*self.topleft.to_tuple(), *self.size.to_tuple())

    def to_csv(self) -> str:
        """Give the six numbers with commas between."""
        return ",".join(str(number) for number in self.to_tuple6())

    def to_checkpoint_name(self) -> str:
        """Give the six numbers with underscores between."""
        return "_".join(str(number) for number in self.to_tuple6())

    def __repr__(self) -> str:
        return f"BoundingBox(topleft={tuple(self.topleft)}, size={tuple(self.size)})"
