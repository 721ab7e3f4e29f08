"""The metadata of Zarr arrays: read from their files, and made for new ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from swath.volume.errors import AgreementError, ArrayError
from swath.volume.geometry import Vec3Int
from swath.volume.stores.array_store import ArrayInfo

METADATA_FILES = {"zarr": ".zarray", "zarr3": "zarr.json"}
_PLAIN_CODECS = ("transpose", "bytes", "endian", "crc32c", "sharding_indexed")
_AXES = {2: ("x", "y"), 3: ("x", "y", "z"), 4: ("c", "x", "y", "z")}


def read_metadata(array: Path, data_format: str) -> dict[str, Any]:
    """Read the metadata of an array; raises ArrayError where it is missing or damaged."""
    file = array / METADATA_FILES[data_format]
    try:
        record = json.loads(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise ArrayError(f"Could not open {data_format} array at {array}. `{file.name}` not found.") from None
    except ValueError as error:
        raise ArrayError(f"{file} is no JSON: {error}") from error
    if not isinstance(record, dict) or not {"shape", "zarr_format"} <= record.keys():
        raise ArrayError(f"{file} is not the metadata of a Zarr array")
    return record


def named_axes(metadata: dict[str, Any], source: object) -> tuple[str, ...]:
    """Name the axes of an array: by its metadata, else by their number; raises ArrayError where that is not known."""
    names = metadata.get("dimension_names")
    if names and all(names):
        return tuple("c" if name == "channel" else str(name) for name in names)
    number = len(metadata["shape"])
    if number not in _AXES:
        raise ArrayError(f"{source} has {number} axes without names")
    return _AXES[number]


def is_compressed(metadata: dict[str, Any]) -> bool:
    """Say whether chunks are compressed."""
    if metadata["zarr_format"] == 2:
        return metadata.get("compressor") is not None
    return any(codec["name"] not in _PLAIN_CODECS for codec in chunk_codecs(metadata))


def chunk_codecs(metadata: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the codecs of a chunk: those within a shard, if there are shards."""
    codecs: list[dict[str, Any]] = metadata.get("codecs", [])
    for codec in codecs:
        if codec["name"] == "sharding_indexed":
            return list(codec["configuration"]["codecs"])
    return codecs


def by_axis(shape: Vec3Int, axes: Sequence[str], channels: int) -> list[int]:
    """Lay a shape x, y, z out along an array's axes: all channels together, one place of any other axis."""
    lengths = {"c": channels, "x": shape.x, "y": shape.y, "z": shape.z}
    return [lengths.get(axis, 1) for axis in axes]


def rounded_up(shape: Sequence[int], shard: Sequence[int]) -> list[int]:
    """Round a shape up to whole shards."""
    return [max(1, -(-length // edge)) * edge for length, edge in zip(shape, shard, strict=True)]


def make_metadata(info: ArrayInfo) -> dict[str, Any]:
    """Make the metadata of a new array, without those keys that the library fills in."""
    chunk = by_axis(info.chunk_shape, info.axes, info.num_channels)
    shard = by_axis(info.shard_shape, info.axes, info.num_channels)
    shape = rounded_up(info.shape or shard, shard)
    if info.data_format == "zarr":
        if chunk != shard:
            raise AgreementError("Zarr (version 2) doesn't support sharding, use Zarr3 instead.")
        compressor = {"id": "zstd", "level": 5} if info.compressed else None
        dtype = info.dtype.newbyteorder("<").str
        return {
            "shape": shape, "chunks": chunk, "dtype": dtype, "order": "F", "fill_value": 0, "filters": None,
            "compressor": compressor, "dimension_separator": "/",
        }  # fmt: skip
    return {
        "shape": shape,
        "data_type": info.dtype.name,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shard}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": 0,
        "dimension_names": list(info.axes),
        "codecs": _codecs(info, chunk, shard),
    }


def _codecs(info: ArrayInfo, chunk: list[int], shard: list[int]) -> list[dict[str, Any]]:
    """Make the codecs: Fortran order, little endian, zstd; within shards where a shard is more than a chunk."""
    codecs = info.codec or plain_codecs(len(chunk), compressed=info.compressed)
    if chunk == shard:
        return list(codecs)
    little = {"name": "bytes", "configuration": {"endian": "little"}}
    sharding = {"chunk_shape": chunk, "codecs": codecs, "index_codecs": [little, {"name": "crc32c"}]}
    return [{"name": "sharding_indexed", "configuration": sharding}]


def plain_codecs(axes: int, *, compressed: bool) -> list[dict[str, Any]]:
    """Give the codecs of a chunk as WEBKNOSSOS writes them."""
    codecs: list[dict[str, Any]] = [
        {"name": "transpose", "configuration": {"order": list(reversed(range(axes)))}},
        {"name": "bytes", "configuration": {"endian": "little"}},
    ]
    return codecs + ([{"name": "zstd", "configuration": {"level": 5, "checksum": True}}] if compressed else [])
