"""Transformations from a layer's coordinates to those of its dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class AffineTransformation:
    """A 4 by 4 matrix by rows, with the translation in its last column."""

    matrix: Matrix
    unknown: dict[str, Any] = field(default_factory=dict, hash=False)

    def to_json(self) -> dict[str, Any]:
        """Give it as the properties file has it."""
        return {"type": "affine", "matrix": [list(row) for row in self.matrix], **self.unknown}


@dataclass(frozen=True)
class ThinPlateSplineTransformation:
    """Points of the layer, ``source``, and where they are in the dataset, ``target``."""

    source: Matrix
    target: Matrix
    unknown: dict[str, Any] = field(default_factory=dict, hash=False)

    def to_json(self) -> dict[str, Any]:
        """Give it as the properties file has it."""
        points = {"source": [list(point) for point in self.source], "target": [list(point) for point in self.target]}
        return {"type": "thin_plate_spline", "correspondences": points, **self.unknown}


@dataclass(frozen=True)
class OtherTransformation:
    """A transformation of a kind that is not known here, kept as it is."""

    record: dict[str, Any] = field(hash=False)

    def to_json(self) -> dict[str, Any]:
        """Give it as the properties file has it."""
        return dict(self.record)


Transformation = AffineTransformation | ThinPlateSplineTransformation | OtherTransformation


def read_transformation(record: Mapping[str, Any]) -> Transformation:
    """Read a transformation from the properties file."""
    rest = dict(record)
    kind = rest.pop("type", None)
    if kind == "affine" and "matrix" in rest:
        return AffineTransformation(_matrix(rest.pop("matrix")), rest)
    if kind == "thin_plate_spline" and "correspondences" in rest:
        points = rest.pop("correspondences")
        return ThinPlateSplineTransformation(_matrix(points["source"]), _matrix(points["target"]), rest)
    return OtherTransformation(dict(record))


def _matrix(rows: Sequence[Sequence[float]]) -> Matrix:
    return tuple(tuple(float(value) for value in row) for row in rows)
