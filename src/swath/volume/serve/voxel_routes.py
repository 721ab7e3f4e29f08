"""Voxels: every layer as arrays of Zarr 2, and boxes as raw bytes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from swath.engine.executors import cpu_count
from swath.volume.geometry import BoundingBox, Vec3Int
from swath.volume.properties.ome import multiscales
from swath.volume.serve.errors import not_found, refused
from swath.volume.serve.files import ServedDataset
from swath.volume.serve.requests import answer, readable
from swath.volume.serve.streaming import streamed_properties
from swath.volume.serve.voxels import ServedMag, raw_bytes

_LARGEST_BOX = 4 << 30
"""Bytes that one request for a box may ask for."""

_ZARR_GROUP = {"zarr_format": 2}
_boxes = anyio.CapacityLimiter(2 * cpu_count() + 2)
"""Answers of boxes that are made at a time: each holds one slab in memory, however slow its reader is."""


def _properties(request: Request) -> Response:
    dataset = readable(request)
    record = streamed_properties(dataset)
    if record is None:
        raise not_found(f"a readable datasource-properties.json of {dataset.name}")
    return answer(record)


def _group(request: Request) -> Response:
    dataset = readable(request)
    if "layer" in request.path_params:
        _check_layer(dataset, request.path_params["layer"])
    return answer(_ZARR_GROUP)


def _attributes(request: Request) -> Response:
    dataset = readable(request)
    layer = _check_layer(dataset, request.path_params["layer"])
    assert dataset.dataset is not None  # noqa: S101  (it has a layer)
    scales = multiscales(dataset.dataset.properties.layer(layer), dataset.dataset.voxel_size)
    return answer({"multiscales": [{"version": "0.4", **scales}]})


def _check_layer(dataset: ServedDataset, layer: str) -> str:
    if dataset.dataset is None or layer not in dataset.dataset.layers:
        raise not_found(f"layer {layer!r}")
    return layer


def _mag(request: Request) -> ServedMag:
    return readable(request).mag(request.path_params["layer"], request.path_params["mag"])


def _array(request: Request) -> Response:
    return answer(_mag(request).zarr_metadata())


def _chunk(request: Request) -> Response:
    """Give a chunk such as ``0.3.2.1``; one that is all 0 is not there, as Zarr has it."""
    key = request.path_params["key"]
    mag = _mag(request)
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9})*", key) or key.count(".") != len(mag.axes) - 1:
        raise not_found(f"chunk {key!r}")
    content = mag.chunk_at([int(number) for number in key.split(".")])
    if content is None:
        raise not_found(f"chunk {key}")
    return Response(bytes(content), media_type="application/octet-stream")


async def _box(request: Request) -> Response:
    """Give a box as raw bytes, channel fastest, then x, y, z; its corner is in finest voxels, its size in the mag's."""
    mag, corner, size = await run_in_threadpool(_asked_box, request)
    length = mag.shape[0] * size.prod() * mag.dtype.itemsize
    if length > _LARGEST_BOX:
        raise refused(f"a box of {length} bytes is too much at once, {_LARGEST_BOX} are not")
    slabs = mag.slabs(corner, size)
    first = await run_in_threadpool(_read_next, mag, slabs)
    headers = {"Content-Length": str(length), "MISSING-BUCKETS": "[]"}
    return StreamingResponse(_answers(mag, first, slabs), headers=headers, media_type="application/octet-stream")


def _asked_box(request: Request) -> tuple[ServedMag, Vec3Int, Vec3Int]:
    query = request.query_params
    mag = readable(request).mag(request.path_params["layer"], query.get("mag", "1"))
    try:
        corner = Vec3Int(*(int(query[axis]) for axis in "xyz"))
        size = Vec3Int(*(int(query[name]) for name in ("width", "height", "depth")))
    except (KeyError, ValueError):
        raise refused("give mag, x, y, z, width, height and depth") from None
    if min(*corner, *size) < 0 or min(size) == 0 or max(*corner, *size) >= 1 << 40:
        raise refused("a box has a corner from 0 on, and lengths from 1 on")
    factors = mag.view.mag.to_vec3_int()
    return mag, BoundingBox(corner // factors, size).topleft, size


def _read_next(mag: ServedMag, slabs: Iterator[tuple[list[int], list[int]]]) -> memoryview | None:
    box = next(slabs, None)
    return None if box is None else raw_bytes(mag.read(*box))


async def _answers(
    mag: ServedMag, first: memoryview | None, slabs: Iterator[tuple[list[int], list[int]]]
) -> AsyncIterator[memoryview]:
    async with _boxes:
        content = first
        while content is not None:
            yield content
            content = await run_in_threadpool(_read_next, mag, slabs)


_ZARR = "/data/zarr/{id}"
ROUTES = [
    Route(f"{_ZARR}/datasource-properties.json", _properties),
    Route(f"{_ZARR}/.zgroup", _group),
    Route(f"{_ZARR}/{{layer}}/.zgroup", _group),
    Route(f"{_ZARR}/{{layer}}/.zattrs", _attributes),
    Route(f"{_ZARR}/{{layer}}/{{mag}}/.zarray", _array),
    Route(f"{_ZARR}/{{layer}}/{{mag}}/{{key}}", _chunk),
    Route("/data/datasets/{id}/layers/{layer}/data", _box),
]
