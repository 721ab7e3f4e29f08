"""Which box a call means: by offset and size, or by a box, from the view's corner or from the dataset's."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

from swath.volume.errors import AgreementError
from swath.volume.geometry import Mag, NDBoundingBox, Vec3Int, VecInt


@dataclass(frozen=True)
class Region:
    """The arguments of a call, in finest voxels; at most one place and one size may be given."""

    relative_offset: Any = None
    absolute_offset: Any = None
    size: Any = None
    relative_bounding_box: NDBoundingBox | None = None
    absolute_bounding_box: NDBoundingBox | None = None

    @property
    def offset_given(self) -> bool:
        """Whether an offset says the place."""
        return self.relative_offset is not None or self.absolute_offset is not None

    @property
    def box_given(self) -> bool:
        """Whether a box says place and size."""
        return self.relative_bounding_box is not None or self.absolute_bounding_box is not None

    def in_finest_voxels(self, mag: Mag) -> Region:
        """Take a size without an offset for what it is in every generation of the interface: voxels of the mag."""
        if self.size is None or self.offset_given or self.box_given:
            return self
        warnings.warn(
            "[DEPRECATION] a size without an offset is in voxels of the mag: give an offset, and finest voxels",
            DeprecationWarning,
            stacklevel=3,
        )
        return replace(self, size=Vec3Int.from_vec_or_int(self.size) * mag.to_vec3_int())

    def within(self, view: NDBoundingBox) -> NDBoundingBox:
        """Give the box over the axes of ``view``; the whole view where nothing is given.

        Raises AgreementError where the arguments contradict each other or leave the size open.
        """
        self._check()
        if self.box_given:
            return self._of_box(view)
        if not self.offset_given:
            return view if self.size is None else _with(view, view.topleft_xyz, self.size)
        if self.size is None:
            raise AgreementError("an offset was given without a size", "give size, or a bounding box")
        return _with(view, self.corner(view), self.size)

    def corner(self, view: NDBoundingBox) -> VecInt:
        """Give the corner over the axes of ``view``, or along x, y, z where the offset has three numbers."""
        self._check()
        if self.box_given:
            return self._of_box(view).topleft  # type: ignore[no-any-return]
        if self.absolute_offset is not None:
            return _vector(self.absolute_offset, view)
        if self.relative_offset is None:
            return view.topleft  # type: ignore[no-any-return]
        offset = _vector(self.relative_offset, view)
        return offset + (view.topleft_xyz if len(offset) == 3 else view.topleft)

    def _of_box(self, view: NDBoundingBox) -> NDBoundingBox:
        given = self.absolute_bounding_box
        if given is None:
            assert self.relative_bounding_box is not None  # noqa: S101  (what box_given says)
            given = self.relative_bounding_box
            shift = [view.get_bounds(a)[0] if a in view.axes and a != "c" else 0 for a in given.axes]
            given = given.offset(VecInt(shift, axes=given.axes))
        return given.over(view.axes, _bounds(view))

    def _check(self) -> None:
        places = (self.relative_offset, self.absolute_offset, self.relative_bounding_box, self.absolute_bounding_box)
        if sum(place is not None for place in places) > 1:
            raise AgreementError("the place is given more than once", "give one offset or one bounding box")
        if self.box_given and self.size is not None:
            raise AgreementError("the size is given twice", "a bounding box has one already")


def _bounds(view: NDBoundingBox) -> dict[str, tuple[int, int]]:
    return {axis: view.get_bounds(axis) for axis in view.axes}


def _vector(values: Any, view: NDBoundingBox) -> VecInt:
    """Read a vector along x, y, z, or along all axes of a view, with channels or without."""
    if isinstance(values, VecInt):
        return values
    values = tuple(values)
    if len(values) == 3:
        return Vec3Int(values)
    axes = view.axes if len(values) == len(view.axes) else tuple(axis for axis in view.axes if axis != "c")
    return VecInt(values, axes=axes)


def _with(view: NDBoundingBox, corner: Any, size: Any) -> NDBoundingBox:
    """Give a view's box with another corner and size along the axes that these have."""
    return NDBoundingBox(view.topleft.updated(corner), view.size.updated(_vector(size, view)), view.axes)
