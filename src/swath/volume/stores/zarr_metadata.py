"""The metadata of Zarr arrays: read from their files, and made for new ones."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swath.volume.errors import AgreementError, ArgumentError, ArrayError
from swath.volume.geometry import Vec3Int
from swath.volume.stores.array_store import ArrayInfo

METADATA_FILES = {"zarr": ".zarray", "zarr3": "zarr.json"}
DEFAULT_LEVEL = 1
"""Of zstd: three times as fast as the 5 of WEBKNOSSOS, and a fifth larger on disk."""
_KEYS = {"name": "default", "configuration": {"separator": "/"}}
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
    if not isinstance(record, dict) or not isinstance(record.get("shape"), list) or "zarr_format" not in record:
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


@dataclass(frozen=True)
class Zarr3Config:
    """Codecs of the chunks of a Zarr 3 array, and how the names of its files are made, in place of the usual ones."""

    codecs: tuple[dict[str, Any], ...] | None = None
    chunk_key_encoding: dict[str, Any] | None = None


def make_metadata(info: ArrayInfo) -> dict[str, Any]:
    """Make the metadata of a new array, without those keys that the library fills in."""
    chunk = by_axis(info.chunk_shape, info.axes, info.num_channels)
    shard = by_axis(info.shard_shape, info.axes, info.num_channels)
    shape = rounded_up(info.shape or shard, shard)
    if info.data_format == "zarr":
        if chunk != shard:
            raise AgreementError("Zarr (version 2) doesn't support sharding, use Zarr3 instead.")
        dtype = info.dtype.newbyteorder("<").str
        return {
            "shape": shape,
            "chunks": chunk,
            "dtype": dtype,
            "order": "F",
            "fill_value": 0,
            "filters": None,
            "compressor": {"id": "zstd", "level": zstd_level(info.codec)} if info.compressed else None,
            "dimension_separator": "/",
        }
    config = info.codec if isinstance(info.codec, Zarr3Config) else Zarr3Config()
    return {
        "shape": shape,
        "data_type": info.dtype.name,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shard}},
        "chunk_key_encoding": config.chunk_key_encoding or _KEYS,
        "fill_value": 0,
        "dimension_names": list(info.axes),
        "codecs": _codecs(info, config, chunk, shard),
    }


def _codecs(info: ArrayInfo, config: Zarr3Config, chunk: list[int], shard: list[int]) -> list[dict[str, Any]]:
    """Make the codecs: those that were given, else the usual ones; within shards where a shard is more than a chunk."""
    level = zstd_level(None if info.codec is config else info.codec) if info.compressed else None
    codecs = list(config.codecs) if config.codecs is not None else plain_codecs(len(chunk), level)
    if chunk == shard:
        return codecs
    little = {"name": "bytes", "configuration": {"endian": "little"}}
    sharding = {"chunk_shape": chunk, "codecs": codecs, "index_codecs": [little, {"name": "crc32c"}]}
    return [{"name": "sharding_indexed", "configuration": sharding}]


def plain_codecs(axes: int, level: int | None) -> list[dict[str, Any]]:
    """Give the codecs of a chunk as WEBKNOSSOS writes them: Fortran order, little endian, zstd of a level if any."""
    codecs: list[dict[str, Any]] = [
        {"name": "transpose", "configuration": {"order": list(reversed(range(axes)))}},
        {"name": "bytes", "configuration": {"endian": "little"}},
    ]
    return codecs + ([{"name": "zstd", "configuration": {"level": level, "checksum": True}}] if level else [])


def zstd_level(codec: Any) -> int:
    """Read the level of ``zstd-5``, the default if None; raises ArgumentError for what Zarr arrays have not."""
    if codec is None:
        return DEFAULT_LEVEL
    match = re.fullmatch(r"zstd-(\d+)", str(codec))
    if match is None or not 1 <= int(match[1]) <= 22:
        raise ArgumentError(f"Zarr arrays are not compressed with {codec!r}", "give zstd-1 to zstd-22")
    return int(match[1])
