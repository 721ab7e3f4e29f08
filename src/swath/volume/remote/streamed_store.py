"""Arrays on a server that are streamed, chunk by chunk, as Zarr 2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import tensorstore as ts

from swath.volume.errors import ArrayError
from swath.volume.geometry import NDBoundingBox, Vec3Int
from swath.volume.remote.connection import Connection
from swath.volume.remote.errors import RemoteError
from swath.volume.remote.read_only import ReadOnlyStore
from swath.volume.stores.array_store import ArrayInfo, Voxels
from swath.volume.stores.zarr_store import ZarrStore

_REQUESTS_AT_ONCE = 16


class StreamedStore(ReadOnlyStore, ZarrStore):
    """A mag that is streamed: read-only, and known by its address. What the server does not have is 0."""

    def __init__(self, connection: Connection, path: str, axes: tuple[str, ...] | None) -> None:
        super().__init__(Path(), "zarr", axes)
        self.connection = connection
        self.place = path
        self.path = f"{connection.base}{path}"  # type: ignore[assignment]  # an address, which a Path would spoil

    def __getstate__(self) -> dict[str, Any]:
        return {"connection": self.connection, "path": self.place, "axes": self._given_axes}

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """The array's metadata; raises ArrayError where the server has none."""
        try:
            record = self.connection.get(f"{self.place}/.zarray").json()
        except RemoteError as error:
            raise ArrayError(error.message, error.hint) from error
        if not isinstance(record, dict) or not {"shape", "zarr_format"} <= record.keys():
            raise ArrayError(f"{self.path} is no Zarr array")
        return record

    def read(self, start: Sequence[int], shape: Sequence[int]) -> Voxels:
        """Read a box along the array's axes, in Fortran order; raises ArrayError where the server fails."""
        try:
            return super().read(start, shape)
        except ArrayError as error:  # its text and that of its cause may hold the token
            raise ArrayError(self._without_token(error.message)) from None

    @cached_property
    def _reader(self) -> None:
        """There are no files to read block by block."""
        return

    def _state(self) -> None:
        """What is on the server is opened once."""
        return

    def shards(self) -> Iterator[NDBoundingBox]:
        """Yield the box of the whole array: which chunks there are is known to the server alone."""
        yield NDBoundingBox([0] * len(self.axes), self.info.shape, self.axes)

    @property
    def info(self) -> ArrayInfo:
        """The array's form; all of it counts as one shard."""
        info = super().info
        lengths = dict(zip(info.axes, info.shape or (), strict=True))
        whole = Vec3Int(*(lengths.get(axis, 1) for axis in "xyz")).pairmax(1)
        return replace(info, shard_shape=whole.ceildiv(info.chunk_shape) * info.chunk_shape)

    @property
    def _array(self) -> Any:
        with self._opening:
            array = self.__dict__.get("_opened")
            if array is None:
                array = self.__dict__["_opened"] = self._open()
        return array

    def _open(self) -> Any:
        token = self.connection.token
        store = {
            "driver": "http",
            "base_url": self.path,
            "headers": [f"X-Auth-Token: {token}"] if token else [],
        }
        context = ts.Context(
            {
                "http_request_concurrency": {"limit": _REQUESTS_AT_ONCE},
                "http_request_retries": {"max_retries": 5, "initial_delay": "500ms", "max_delay": "5s"},
            }
        )
        spec = {"driver": "zarr", "kvstore": store, "metadata": self.metadata}
        try:
            return ts.open(spec, open=True, assume_metadata=True, context=context).result()
        except ValueError as error:
            said = f"{self.path} is no Zarr array: {error}"
        raise ArrayError(self._without_token(said))

    def _without_token(self, text: str) -> str:
        token = self.connection.token
        said = text.replace(token, "…") if token else text
        return said.partition(" [tensorstore_spec=")[0]
