"""WKW arrays: read by the ``wkw`` library, written shard by shard."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import wkw
from wkw.wkw import WKWException

from swath.engine.files import write_atomically
from swath.volume.errors import AgreementError, ArgumentError, ArrayError, DtypeError
from swath.volume.geometry import NDBoundingBox, Vec3Int
from swath.volume.stores.array_store import CXYZ, ArrayInfo, Voxels
from swath.volume.stores.local_store import LocalStore, write_error
from swath.volume.stores.wkw_header import LZ4, LZ4HC, RAW, VOXEL_TYPES, WkwHeader, read_block_ends, read_header
from swath.volume.stores.wkw_shard import Patch, write_shard

_CODECS = {"lz4": LZ4, "lz4hc": LZ4HC}
_LARGEST_PLACE = 2**32 - 1


class WkwDtypeError(DtypeError, WKWException):  # type: ignore[misc]
    """Data of another dtype than that of a WKW array."""


class WkwStore(LocalStore):
    """An array as a folder of WKW files."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._checked: dict[tuple[int, ...], tuple[int, int]] = {}
        self._opening = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["path"])  # type: ignore[misc]

    @classmethod
    def create(cls, path: Path, info: ArrayInfo) -> WkwStore:
        """Write the header of a new array; raises AgreementError for shapes that are not cubes."""
        for name in ("chunk_shape", "shard_shape"):
            if not getattr(info, name).is_uniform():
                raise AgreementError(f"`{name}` needs to be uniform for WKW storage. Got {getattr(info, name)}.")
        if info.axes != CXYZ:
            raise ArgumentError(f"WKW has no axes {info.axes}", "zarr and zarr3 have further axes")
        if info.dtype.name not in VOXEL_TYPES or not 1 <= info.num_channels * info.dtype.itemsize <= 255:
            raise ArgumentError(f"WKW has no voxels of {info.num_channels} channels of {info.dtype.name}")
        codec = info.codec or "lz4"
        if codec not in _CODECS:
            raise ArgumentError(f"WKW arrays are not compressed with {codec!r}", "give lz4 or lz4hc")
        block_type = _CODECS[codec] if info.compressed else RAW
        header = WkwHeader(info.chunk_shape.x, info.chunks_per_shard.x, block_type, info.dtype, info.num_channels)
        if (path / "header.wkw").exists():
            raise ArrayError(f"an array stands at {path}")
        write_atomically(path / "header.wkw", header.pack(0))
        return cls(path)

    @cached_property
    def header(self) -> WkwHeader:
        """The array's header."""
        return read_header(self.path)

    @property
    def info(self) -> ArrayInfo:
        """The array's form."""
        self._refresh()
        return self._info

    @cached_property
    def _info(self) -> ArrayInfo:
        header = self.header
        return ArrayInfo(
            data_format="wkw",
            dtype=header.dtype,
            num_channels=header.num_channels,
            chunk_shape=Vec3Int.full(header.block_len),
            shard_shape=Vec3Int.full(header.shard_len),
            compressed=header.compressed,
            codec={number: name for name, number in _CODECS.items()}.get(header.block_type),
        )

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes in the order in which they are stored."""
        return CXYZ

    @property
    def _metadata_file(self) -> str:
        return f"{self.path}/header.wkw"

    def _forget(self) -> None:
        with self._opening:
            for known in ("header", "_info", "_opened"):
                self.__dict__.pop(known, None)
            self._checked = {}

    def read(self, start: Sequence[int], shape: Sequence[int]) -> Voxels:
        """Read a box (c, x, y, z), in Fortran order."""
        return self._consistent(lambda: self._read(start, shape))

    def _read(self, start: Sequence[int], shape: Sequence[int]) -> Voxels:
        channels = slice(start[0], start[0] + shape[0])
        end = [at + length for at, length in zip(start, shape, strict=True)]
        if max(end) > _LARGEST_PLACE:
            raise AgreementError(f"WKW has no voxels beyond {_LARGEST_PLACE}")
        edge = self.header.shard_len
        for place in product(*(range(a // edge, -(-b // edge)) for a, b in zip(start[1:], end[1:], strict=True))):
            self._check(place)
        try:
            data: Voxels = self._handle.read(tuple(start[1:]), tuple(shape[1:]))
        except WKWException as error:
            raise ArrayError(f"{self.path} cannot be read at {tuple(start[1:])}: {error}") from error
        return data if shape[0] == self.header.num_channels else data[channels]

    def write(self, start: Sequence[int], data: Voxels) -> None:
        """Write a box (c, x, y, z)."""
        self._refresh()
        header = self.header
        if data.dtype != header.dtype:
            raise WkwDtypeError(f"Data elements must be of type {header.dtype.type}")
        if data.shape[0] != header.num_channels:
            raise AgreementError(f"the array has {header.num_channels} channels, the data {data.shape[0]}")
        first = np.array(start[1:], np.int64)
        for file, low, high in self._files(first, first + data.shape[1:]):
            part = data[:, *(slice(a, b) for a, b in zip(low - first, high - first, strict=True))]
            self._write_part(file, low, high, part)

    def _write_part(self, file: Path, low: Any, high: Any, part: Voxels) -> None:
        """Write what of a box lies in one file."""
        header = self.header
        if not header.compressed and file.exists() and np.any(high - low < header.shard_len):
            self._check(tuple((low // header.shard_len).tolist()))
            try:
                self._handle.write(tuple(low), np.asfortranarray(part))
            except WKWException as error:
                raise write_error(self.path, error) from error
            return
        corner = low % header.shard_len

        def read(first: Any, last: Any) -> Voxels:
            inside = (slice(a, b) for a, b in zip(first - corner, last - corner, strict=True))
            return part[:, *inside]

        write_shard(file, header, Patch(corner, corner + part.shape[1:], read))

    def grow(self, shape: Sequence[int]) -> None:
        """Do nothing: WKW has no bounds."""

    def shards(self) -> Iterator[NDBoundingBox]:
        """Yield the box of every file, along c, x, y, z."""
        places = []
        for file in self.path.glob("z*/y*/x*.wkw"):
            match = re.fullmatch(r"z(\d+)/y(\d+)/x(\d+)\.wkw", file.relative_to(self.path).as_posix())
            if match:
                places.append((int(match[3]), int(match[2]), int(match[1])))
        edge = self.header.shard_len
        for place in sorted(places):
            yield NDBoundingBox([0, *(at * edge for at in place)], [self.header.num_channels, *[edge] * 3], CXYZ)

    @property
    def _handle(self) -> Any:
        """The array, opened by the library once its header is known to be one."""
        with self._opening:
            handle = self.__dict__.get("_opened")
            if handle is None:
                _ = self.header
                handle = self.__dict__["_opened"] = wkw.Dataset.open(str(self.path))
        return handle

    def _files(self, low: Any, high: Any) -> Iterator[tuple[Path, Any, Any]]:
        """Yield the files that a box reaches into, and the part of it in each."""
        edge = self.header.shard_len
        low, high = np.asarray(low, np.int64), np.asarray(high, np.int64)
        ranges = [range(a // edge, -(-b // edge)) for a, b in zip(low, high, strict=True)]
        for x, y, z in product(*ranges):
            corner = np.array((x, y, z), np.int64) * edge
            file = self.path / f"z{z}" / f"y{y}" / f"x{x}.wkw"
            yield file, np.maximum(low, corner), np.minimum(high, corner + edge)

    def _check(self, place: tuple[int, ...]) -> None:
        """Raise ArrayError where the file at a place is damaged; one that did not change is looked at once."""
        x, y, z = place
        file = f"{self.path}/z{z}/y{y}/x{x}.wkw"
        try:
            stat = os.stat(file)  # noqa: PTH116  (each read does this, and a Path takes longer to make)
        except FileNotFoundError:
            return
        state = (stat.st_size, stat.st_mtime_ns)
        if self._checked.get(place) != state:
            read_block_ends(Path(file), self.header)
            self._checked[place] = state
