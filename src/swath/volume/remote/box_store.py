"""Arrays on a server whose boxes are asked for whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from swath.volume.errors import AgreementError, ArrayError
from swath.volume.geometry import Mag, NDBoundingBox, Vec3Int
from swath.volume.remote.connection import Connection
from swath.volume.remote.read_only import ReadOnlyStore
from swath.volume.stores.array_store import CXYZ, ArrayInfo, Voxels


class BoxStore(ReadOnlyStore):
    """A mag whose boxes are asked for whole, one request each: what downloads use. Axes are c, x, y, z."""

    def __init__(self, connection: Connection, path: str, mag: Mag, info: ArrayInfo) -> None:
        self.connection = connection
        self.place = path
        self.mag = mag
        self.path = f"{connection.base}{path}"  # type: ignore[assignment]  # an address, which a Path would spoil
        self._info = info

    @property
    def info(self) -> ArrayInfo:
        """The array's form."""
        return self._info

    @property
    def axes(self) -> tuple[str, ...]:
        """c, x, y, z."""
        return CXYZ

    def read(self, start: Sequence[int], shape: Sequence[int]) -> Voxels:
        """Read a box of all channels, in Fortran order; raises ArrayError where the answer is none of that size."""
        corner = Vec3Int(*start[1:]) * self.mag.to_vec3_int()
        width, height, depth = shape[1:]
        query = {
            "mag": self.mag.to_long_layer_name(),
            **dict(zip("xyz", corner, strict=True)),
            "width": width,
            "height": height,
            "depth": depth,
        }
        answer = self.connection.get(self.place, query)
        missing = next((v for k, v in answer.headers.items() if k.lower() == "missing-buckets"), "[]")
        if missing != "[]":
            raise AgreementError(f"{self.path}: the server could not read the blocks {missing[:200]}")
        dtype = self._info.dtype.newbyteorder("<")
        if len(answer.content) != int(np.prod(shape, dtype=np.int64)) * dtype.itemsize:
            raise ArrayError(f"{self.path}: {len(answer.content)} bytes came, which is no box of {tuple(shape)}")
        return np.frombuffer(answer.content, dtype).reshape(shape, order="F").astype(self._info.dtype, copy=False)

    def shards(self) -> Iterator[NDBoundingBox]:
        """Yield the box of the whole array: what of it holds data is known to the server alone."""
        yield NDBoundingBox([0] * 4, [self._info.num_channels, *self._info.shard_shape], CXYZ)
