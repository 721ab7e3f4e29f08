"""Zarr 2 and Zarr 3 arrays, through tensorstore."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import tensorstore as ts

from swath.engine.executors import cpu_count
from swath.volume.errors import AgreementError, ArrayError, DtypeError
from swath.volume.geometry import NDBoundingBox, Vec3Int
from swath.volume.stores.array_store import CXYZ, ArrayInfo, Voxels
from swath.volume.stores.local_store import LocalStore, write_error
from swath.volume.stores.zarr_layout import layout_of
from swath.volume.stores.zarr_metadata import (
    METADATA_FILES,
    is_compressed,
    make_metadata,
    named_axes,
    read_metadata,
    rounded_up,
)
from swath.volume.stores.zarr_reader import ZarrReader

Box = Sequence[int]

_LARGEST_CHUNK = 1 << 35
"""Bytes of a chunk beyond which metadata lie: tensorstore makes room for a chunk, or ends the process."""


class ZarrStore(LocalStore):
    """An array as a folder of Zarr; ``axes`` is the order of its axes where the properties file says it."""

    def __init__(self, path: Path | str, data_format: str, axes: tuple[str, ...] | None = None) -> None:
        self.path = Path(path)
        self.data_format = data_format
        self._given_axes = axes
        self._opening = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "data_format": self.data_format, "axes": self._given_axes}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    @classmethod
    def create(cls, path: Path, info: ArrayInfo) -> ZarrStore:
        """Make an empty array; its shape is rounded up to whole shards."""
        spec = {**_spec(path, info.data_format), "metadata": make_metadata(info), "create": True}
        try:
            ts.open(spec, context=_context()).result()
        except ValueError as error:
            raise ArrayError(f"cannot make an array at {path}: {error}") from error
        return cls(path, info.data_format, info.axes)

    @property
    def _metadata_file(self) -> str:
        return f"{self.path}/{METADATA_FILES[self.data_format]}"

    def _forget(self) -> None:
        with self._opening:
            for known in ("metadata", "_reader", "_opened"):
                self.__dict__.pop(known, None)

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """The array's metadata as it stands on disk when it was first asked for."""
        return read_metadata(self.path, self.data_format)

    @property
    def info(self) -> ArrayInfo:
        """The array's form."""
        self._refresh()
        array, axes = self._array, self.axes
        chunk = dict(zip(axes, array.chunk_layout.read_chunk.shape, strict=True))
        shard = dict(zip(axes, array.chunk_layout.write_chunk.shape, strict=True))
        return ArrayInfo(
            data_format=self.data_format,
            dtype=array.dtype.numpy_dtype,
            num_channels=dict(zip(axes, array.shape, strict=True)).get("c", 1),
            chunk_shape=Vec3Int(*(chunk.get(axis, 1) for axis in "xyz")),
            shard_shape=Vec3Int(*(shard.get(axis, 1) for axis in "xyz")),
            compressed=is_compressed(self.metadata),
            axes=axes,
            shape=tuple(array.shape),
        )

    def read(self, start: Sequence[int], shape: Sequence[int]) -> Voxels:
        """Read a box along the array's axes, in Fortran order."""
        return self._consistent(lambda: self._clipped(start, shape, self._read_inside))

    def read_alone(self, start: Sequence[int], shape: Sequence[int]) -> Voxels:
        """Read a box block by block, where the layout is the usual one."""
        return self._consistent(lambda: self._clipped(start, shape, self._alone(start, shape)))

    def _alone(self, start: Box, shape: Box) -> Callable[[Box, Box], Voxels]:
        """Choose what reads a box with one thread."""
        reader = self._reader
        if reader is None or (start[0], shape[0]) != (0, reader.channels):
            return self._read_inside
        return reader.read

    def _clipped(self, start: Sequence[int], shape: Sequence[int], read: Callable[[Box, Box], Voxels]) -> Voxels:
        """Read a box as far as it lies in the array; ``read`` takes start and shape."""
        low = [max(0, at) for at in start]
        ends = [min(at + length, end) for at, length, end in zip(start, shape, self._array.shape, strict=True)]
        high = [max(a, b) for a, b in zip(low, ends, strict=True)]
        data = read(low, [b - a for a, b in zip(low, high, strict=True)])
        if data.shape == tuple(shape):
            return data
        whole = np.zeros(shape, data.dtype, order="F")
        whole[tuple(slice(a - s, b - s) for a, b, s in zip(low, high, start, strict=True))] = data
        return whole

    def _read_inside(self, start: Box, shape: Box) -> Voxels:
        """Read a box that lies in the array."""
        inside = tuple(slice(at, at + length) for at, length in zip(start, shape, strict=True))
        try:
            data: Voxels = self._array[inside].read(order="F").result()
        except ValueError as error:
            raise ArrayError(f"{self.path} cannot be read: {error}") from error
        return data

    @cached_property
    def _reader(self) -> ZarrReader | None:
        """What reads with less work than tensorstore; None where the layout is not the usual one."""
        if self.axes != CXYZ:
            return None
        info = self.info
        layout = layout_of(self.metadata, info.chunk_shape, info.shard_shape)
        return None if layout is None else ZarrReader(self.path, layout, info.dtype, info.num_channels)

    def write(self, start: Sequence[int], data: Voxels) -> None:
        """Write a box along the array's axes; raises AgreementError where it lies outside the array."""
        self._refresh()
        array = self._array
        if not np.can_cast(data.dtype, dtype := array.dtype.numpy_dtype, "safe"):
            raise DtypeError(f"Cannot cast array data from {data.dtype!r} to {dtype!r} according to the rule 'safe'")
        end = [at + length for at, length in zip(start, data.shape, strict=True)]
        if min(start) < 0 or any(at > length for at, length in zip(end, array.shape, strict=True)):
            raise AgreementError(f"the box {tuple(start)} to {tuple(end)} lies outside {self.path}, {array.shape}")
        shard = array.chunk_layout.write_chunk.shape
        box = NDBoundingBox(start, data.shape, self.axes)
        for part in box.chunk(shard, shard):
            inside = tuple(slice(a, b) for a, b in zip(part.topleft, part.bottomright, strict=True))
            try:
                array[inside].write(data[part.to_slices(tuple(start))].astype(dtype, copy=False)).result()
            except ValueError as error:
                raise write_error(self.path, error) from error

    def grow(self, shape: Sequence[int]) -> None:
        """Make room for ``shape`` voxels along the array's axes, rounded up to whole shards."""
        array = self._array
        wanted = rounded_up(shape, array.chunk_layout.write_chunk.shape)
        grown = [max(now, then) for now, then in zip(array.shape, wanted, strict=True)]
        if grown != list(array.shape):
            resized = array.resize(exclusive_max=grown, resize_metadata_only=True, expand_only=True).result()
            self.__dict__["_opened"] = resized

    def shards(self) -> Iterator[NDBoundingBox]:
        """Yield the box of every file, along the array's axes."""
        axes = self.axes
        shard = self._array.chunk_layout.write_chunk.shape
        places = [place for key in self._array.kvstore.list().result() if (place := _place(key, len(axes)))]
        for place in sorted(places):
            yield NDBoundingBox([at * edge for at, edge in zip(place, shard, strict=True)], shard, axes)

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes in the order in which they are stored."""
        axes = self._given_axes or named_axes(self.metadata, self.path)
        if len(axes) != len(self.metadata["shape"]):
            raise ArrayError(f"{self.path} has {len(self.metadata['shape'])} axes, its dataset says {axes}")
        return axes

    @property
    def _array(self) -> Any:
        with self._opening:
            array = self.__dict__.get("_opened")
            if array is None:
                _ = self.metadata
                try:
                    array = ts.open(_spec(self.path, self.data_format), open=True, context=_context()).result()
                except ValueError as error:
                    raise ArrayError(f"{self.path} is no {self.data_format} array: {error}") from error
                edges: Any = array.chunk_layout.read_chunk.shape
                chunk = math.prod(edges) * array.dtype.numpy_dtype.itemsize
                if chunk > _LARGEST_CHUNK:
                    raise ArrayError(f"{self.path} is said to have chunks of {chunk} bytes each")
                self.__dict__["_opened"] = array
        return array


@cache
def _context() -> Any:
    """The threads that all arrays of this process share."""
    return ts.Context({"data_copy_concurrency": {"limit": cpu_count()}, "file_io_concurrency": {"limit": cpu_count()}})


def _spec(path: Path, data_format: str) -> dict[str, Any]:
    return {"driver": data_format, "kvstore": {"driver": "file", "path": f"{path.absolute()}/"}}


def _place(key: bytes, axes: int) -> tuple[int, ...] | None:
    """Read the place of a shard off the name of its file; None for another file."""
    numbers = re.findall(r"\d+", text := key.decode(errors="replace"))
    if len(numbers) != axes or not re.fullmatch(r"(c[./])?\d+([./]\d+)*", text):
        return None
    return tuple(int(number) for number in numbers)
