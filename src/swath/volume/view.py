"""A box of voxels of one mag, to read and to write."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from swath.volume.chunk_work import each_chunk, map_chunks, zipped_chunks
from swath.volume.errors import AgreementError, ArgumentError, ReadOnlyError
from swath.volume.geometry import BoundingBox, Mag, NDBoundingBox, Vec3Int
from swath.volume.paths import STATISTICS_FOLDER
from swath.volume.regions import Region
from swath.volume.stores import ArrayInfo, ArrayStore

if TYPE_CHECKING:
    from swath.volume.slices import SliceWriter

Voxels = npt.NDArray[Any]


class View:
    """A box of voxels of one mag: offsets, sizes and boxes are in finest voxels (Mag 1), arrays in voxels of the mag.

    A view pickles, and opens its array again in the process that gets it.
    """

    def __init__(
        self, store: ArrayStore, mag: Mag, bounding_box: NDBoundingBox, num_channels: int, *, read_only: bool = False
    ) -> None:
        self._store = store
        self._mag = mag
        self._bounding_box = bounding_box
        self._num_channels = num_channels
        self._read_only = read_only

    @property
    def mag(self) -> Mag:
        """The mag whose voxels it shows."""
        return self._mag

    @property
    def bounding_box(self) -> Any:
        """Its box in finest voxels: a BoundingBox, or an NDBoundingBox where the layer has further axes."""
        return self._bounding_box

    @property
    def size(self) -> Any:
        """The size of its box in finest voxels."""
        return self.bounding_box.size

    @property
    def topleft(self) -> Any:
        """The corner of its box in finest voxels."""
        return self.bounding_box.topleft

    @property
    def normalized_bounding_box(self) -> NDBoundingBox:
        """Its box along the axes of arrays that are read, channels included."""
        return self.bounding_box.over(self.axes, {"c": self._channels()})  # type: ignore[no-any-return]

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes of arrays that are read: as they are stored, and of c, x, y, z those that the array lacks."""
        stored = self._store.axes
        missing = tuple(axis for axis in "xyz" if axis not in stored)
        return (() if "c" in stored else ("c",)) + stored + missing

    @property
    def info(self) -> ArrayInfo:
        """The form of the array on disk: dtype, chunks, shards, compression."""
        return self._store.info

    @property
    def store(self) -> ArrayStore:
        """The array on disk."""
        return self._store

    @property
    def path(self) -> Path:
        """Where the array is."""
        return self._store.path

    @property
    def read_only(self) -> bool:
        """Whether it refuses to be written."""
        return self._read_only

    @property
    def num_channels(self) -> int:
        """Channels of a voxel."""
        return self._num_channels

    def get_dtype(self) -> Any:
        """Give the dtype of one channel."""
        return self.info.dtype

    def read(
        self,
        size: Any = None,
        *,
        relative_offset: Any = None,
        absolute_offset: Any = None,
        relative_bounding_box: NDBoundingBox | None = None,
        absolute_bounding_box: NDBoundingBox | None = None,
    ) -> Voxels:
        """Read a box, the whole view if none is given: (c, x, y, z) in Fortran order, or along all stored axes.

        What was never written, or lies outside, is 0. A size without an offset is, as ever, in voxels of the mag.
        Raises AgreementError for a box that is empty, not aligned with the mag, or given twice; ArrayError where the
        array is missing or damaged.
        """
        region = Region(relative_offset, absolute_offset, size, relative_bounding_box, absolute_bounding_box)
        box = region.in_finest_voxels(self.mag).within(self.normalized_bounding_box)
        _check_place(box)
        return self._read_voxels(box.in_mag(self.mag))

    def read_xyz(self, *, channel: int = 0, **region: Any) -> Voxels:
        """Read a box of one channel: (x, y, z); arguments as those of ``read``."""
        return self.read_cxyz(**region)[channel]  # type: ignore[no-any-return]

    def read_cxyz(self, size: Any = None, **region: Any) -> Voxels:
        """Read a box as (c, x, y, z), whatever the order in which axes are stored; arguments as those of ``read``.

        Raises AgreementError where the box has several places along a further axis.
        """
        data = self.read(size, **region)
        further = [place for place, axis in enumerate(self.axes) if axis not in "cxyz"]
        if any(data.shape[place] != 1 for place in further):
            raise AgreementError(f"{self} has several places along the axes {self.axes}", "give a box of one place")
        data = data.squeeze(tuple(further))
        axes = [axis for axis in self.axes if axis in "cxyz"]
        return data.transpose([axes.index(axis) for axis in "cxyz"])

    def write(
        self,
        data: Voxels,
        *,
        allow_unaligned: bool = False,
        relative_offset: Any = None,
        absolute_offset: Any = None,
        relative_bounding_box: NDBoundingBox | None = None,
        absolute_bounding_box: NDBoundingBox | None = None,
    ) -> None:
        """Write (x, y, z), (c, x, y, z) or an array along all stored axes, at the view's corner if no place is given.

        Shards are written whole: a box that cuts one is refused unless ``allow_unaligned``, and then reads, merges and
        replaces it. Raises ReadOnlyError, ArgumentError for a shape that is not the box's or a box that cuts a shard,
        AgreementError for a box outside the view or other channels, DtypeError for another dtype.
        """
        region = Region(relative_offset, absolute_offset, None, relative_bounding_box, absolute_bounding_box)
        data, box = self._place(data, region)
        if not self.normalized_bounding_box.contains_bbox(box):
            raise AgreementError(f"the box {box} lies outside {self}", "write within the view")
        self._check_alignment(box, allow_unaligned=allow_unaligned)
        self._write_voxels(box.in_mag(self.mag), data)

    def get_view(
        self,
        size: Any = None,
        *,
        relative_offset: Any = None,
        absolute_offset: Any = None,
        relative_bounding_box: NDBoundingBox | None = None,
        absolute_bounding_box: NDBoundingBox | None = None,
        read_only: bool | None = None,
    ) -> View:
        """Give a view of a box; one that may be written must lie within this one. A size alone is as that of ``read``.

        Raises AgreementError where it does not, or is not aligned with the mag, or where this view is read-only.
        """
        region = Region(relative_offset, absolute_offset, size, relative_bounding_box, absolute_bounding_box)
        box = region.in_finest_voxels(self.mag).within(self.normalized_bounding_box)
        read_only = self.read_only if read_only is None else read_only
        if self.read_only and not read_only:
            raise AgreementError(f"{self} is read-only, so that no view of it can be written")
        _check_place(box)
        box.in_mag(self.mag)
        if not read_only:
            if not self.normalized_bounding_box.contains_bbox(box):
                raise AgreementError(f"the box {box} of a view to write lies outside {self}")
            if not self._is_aligned(box):
                warnings.warn(f"[WARNING] the box {box} cuts shards of {self.info.shard_shape}", stacklevel=2)
        return self._sub_view(box, read_only=read_only)

    def chunk(self, chunk_shape: Any, chunk_border_alignments: Any = None, read_only: bool = False) -> Iterator[View]:
        """Yield the views of a shape, in finest voxels, that make up this one; see ``BoundingBox.chunk``."""
        for box in self.normalized_bounding_box.chunk(chunk_shape, chunk_border_alignments):
            yield self._sub_view(box, read_only=read_only or self.read_only)

    def for_each_chunk(
        self,
        func_per_chunk: Callable[[tuple[View, int]], None],
        chunk_shape: Any = None,
        executor: Executor | None = None,
        *,
        progress_desc: str | None = None,
    ) -> None:
        """Call a function with each chunk, as ``(view, number)``; a chunk is a shard if no shape is given.

        ``executor`` is any ``concurrent.futures.Executor``; threads of this process if None.
        Raises AgreementError for a shape that is no multiple of what may be written on its own.
        """
        each_chunk(self, func_per_chunk, chunk_shape, executor, progress_desc)

    def map_chunk(
        self,
        func_per_chunk: Callable[[View], Any],
        chunk_shape: Any = None,
        executor: Executor | None = None,
        *,
        progress_desc: str | None = None,
    ) -> list[Any]:
        """Call a function with each chunk, and give its results in order; see ``for_each_chunk``."""
        return map_chunks(self, func_per_chunk, chunk_shape, executor, progress_desc)

    def for_zipped_chunks(
        self,
        func_per_chunk: Callable[[tuple[View, View, int]], None],
        target_view: View,
        source_chunk_shape: Any = None,
        target_chunk_shape: Any = None,
        executor: Executor | None = None,
        *,
        progress_desc: str | None = None,
    ) -> None:
        """Call a function with each chunk of this view and its like in another, as ``(source, target, number)``.

        Raises AgreementError where the chunks of the two do not correspond.
        """
        zipped_chunks(
            self, func_per_chunk, target_view, source_chunk_shape, target_chunk_shape, executor, progress_desc
        )

    def content_is_equal(
        self, other: View, chunk_shape: Any = None, executor: Executor | None = None, **_: Any
    ) -> bool:
        """Say whether two views hold the same voxels."""
        if self.bounding_box.size != other.bounding_box.size or self.mag != other.mag:
            return False
        offset = other.normalized_bounding_box.topleft - self.normalized_bounding_box.topleft

        def equal(mine: View) -> bool:
            box = mine.normalized_bounding_box.offset(offset)
            return bool(np.array_equal(mine.read(), other.read(absolute_bounding_box=box)))

        shape = chunk_shape or self.info.shard_shape.pairmax(other.info.shard_shape) * self.mag.to_vec3_int()
        read_only = self._sub_view(self.normalized_bounding_box, read_only=True)
        return all(map_chunks(read_only, equal, shape, executor, None))

    def get_buffered_slice_reader(
        self,
        buffer_size: int | None = None,
        dimension: int = 2,
        *,
        relative_bounding_box: NDBoundingBox | None = None,
        absolute_bounding_box: NDBoundingBox | None = None,
    ) -> AbstractContextManager[Iterator[Voxels]]:
        """Give a context whose iterator yields slices across x, y or z (0, 1, 2), read ``buffer_size`` at a time."""
        from swath.volume.slices import slice_reader  # noqa: PLC0415  (it builds on views)

        box = Region(None, None, None, relative_bounding_box, absolute_bounding_box).within(
            self.normalized_bounding_box
        )
        return slice_reader(self, box, dimension, buffer_size)

    def get_buffered_slice_writer(
        self,
        buffer_size: int | None = None,
        dimension: int = 2,
        *,
        relative_offset: Any = None,
        absolute_offset: Any = None,
        relative_bounding_box: NDBoundingBox | None = None,
        absolute_bounding_box: NDBoundingBox | None = None,
        allow_unaligned: bool = False,
    ) -> AbstractContextManager[SliceWriter]:
        """Give a context whose ``send`` takes slices across an axis, (x, y) or (c, x, y), and writes many at a time."""
        from swath.volume.slices import slice_writer  # noqa: PLC0415  (it builds on views)

        region = Region(relative_offset, absolute_offset, None, relative_bounding_box, absolute_bounding_box)
        corner = region.corner(self.normalized_bounding_box)
        return slice_writer(self, Vec3Int(corner), dimension, buffer_size, allow_unaligned=allow_unaligned)

    def _channels(self) -> tuple[int, int]:
        return 0, self._num_channels

    def _sub_view(self, box: NDBoundingBox, *, read_only: bool) -> View:
        plain = box.over(self.bounding_box.axes, {})
        if not any(axis not in "xyz" for axis in plain.axes):
            plain = BoundingBox(box.topleft_xyz, box.size_xyz)
        return View(self._store, self.mag, plain, self._num_channels, read_only=read_only)

    def _read_voxels(self, box: NDBoundingBox) -> Voxels:
        """Read a box in voxels of the mag."""
        stored = box.over(self._store.axes, {})
        data = self._store.read(stored.topleft, stored.size)
        return self._with_all_axes(data)

    def _with_all_axes(self, data: Voxels) -> Voxels:
        for place, axis in enumerate(self.axes):
            if axis not in self._store.axes:
                data = np.expand_dims(data, place)
        return data

    def _write_voxels(self, box: NDBoundingBox, data: Voxels) -> None:
        """Write a box in voxels of the mag."""
        dataset = self.path.parent.parent  # what may be written lies in the folder of its layer
        if (dataset / STATISTICS_FOLDER).exists():
            from swath.volume.statistics_store import forget_written  # noqa: PLC0415  (Parquet)

            forget_written(dataset, self.path.parent.name, str(self.mag))
        missing = tuple(place for place, axis in enumerate(self.axes) if axis not in self._store.axes)
        stored = box.over(self._store.axes, {})
        self._store.write(stored.topleft, data.squeeze(missing))

    def _place(self, data: Voxels, region: Region) -> tuple[Voxels, NDBoundingBox]:
        """Give data along all axes, and its box in finest voxels; raises where one does not go with the other."""
        if self.read_only:
            raise ReadOnlyError(f"{self} is read-only, the changes will not be saved!")
        data = self._along_axes(np.asarray(data))
        view = self.normalized_bounding_box
        channels = view.get_shape("c")
        if data.shape[self.axes.index("c")] != channels:
            raise AgreementError(
                f"the number of channels is {channels}, but the data has the shape {data.shape}",
                "give (c, x, y, z) with as many channels",
            )
        factors = dict(zip("xyz", self.mag.to_tuple(), strict=True))
        size = {a: length * factors.get(a, 1) for a, length in zip(self.axes, data.shape, strict=True)}
        if region.box_given:
            box = region.within(view)
            if tuple(box.size) != tuple(size.values()):
                raise ArgumentError(
                    f"the data has the shape {data.shape}, which is not that of {box} in mag {self.mag}"
                )
        else:
            corner = region.corner(view)
            box = view
            for axis in self.axes:
                box = box.with_bounds(axis, corner.get(axis) if axis in corner.axes else None, size[axis])
        _check_place(box)
        return data, box

    def _along_axes(self, data: Voxels) -> Voxels:
        """Give data with all axes, where channels or others of one place were left out."""
        if data.ndim == len(self.axes):
            return data
        without = [axis for axis in self.axes if axis != "c"]
        if data.ndim == len(without):
            return np.expand_dims(data, self.axes.index("c"))
        if data.ndim in (3, 4):  # (c,) x, y, z at one place of the further axes
            given = ("c", "x", "y", "z")[4 - data.ndim :]
            order = [given.index(axis) for axis in self.axes if axis in given]
            data = data.transpose(order)
            for place, axis in enumerate(self.axes):
                if axis not in given:
                    data = np.expand_dims(data, place)
            return data
        raise ArgumentError(f"data of the shape {data.shape} does not go with the axes {self.axes}")

    def _is_aligned(self, box: NDBoundingBox) -> bool:
        whole = box.align_with_mag(self.info.shard_shape * self.mag.to_vec3_int(), ceil=True)
        return whole.intersected_with(self.normalized_bounding_box, dont_assert=True) == box

    def _check_alignment(self, box: NDBoundingBox, *, allow_unaligned: bool) -> None:
        if allow_unaligned or self._is_aligned(box):
            return
        said = f"the box {box} cuts shards of {self.info.shard_shape} voxels in {self}"
        if self.info.data_format == "wkw" and not self.info.compressed:
            warnings.warn(f"{said}; writers of other boxes of the same blocks must wait", UserWarning, stacklevel=4)
            return
        raise ArgumentError(said, "write whole shards, or pass allow_unaligned=True")

    def __repr__(self) -> str:
        return f"View(mag={self.mag}, bounding_box={self.bounding_box})"


def _check_place(box: NDBoundingBox) -> None:
    if box.is_empty():
        raise AgreementError(
            f"The size ({box.size!r} in mag1) contains a zero. All dimensions must be strictly larger than '0'."
        )
    if not box.topleft.is_positive():
        raise AgreementError(f"The offset ({box.topleft!r} in mag1) must not contain negative dimensions.")
