"""The shapes of chunks and shards that a mag gets."""

from __future__ import annotations

import os
from typing import Any

from swath.volume.errors import AgreementError, ArgumentError
from swath.volume.geometry import Vec3Int

DEFAULT_CHUNK = Vec3Int(32, 32, 32)
DEFAULT_SHARD = Vec3Int(1024, 1024, 1024)
FLAT_SHARD = Vec3Int(4096, 4096, 32)
"""The shard of a flat Zarr 3 layer, of no more slices than a chunk."""


def choose_shapes(
    data_format: str,
    chunk_shape: Any = None,
    shard_shape: Any = None,
    chunks_per_shard: Any = None,
    *,
    depth: int | None = None,
) -> tuple[Vec3Int, Vec3Int]:
    """Choose the shapes of a chunk and of a shard: those given, else the defaults of the format.

    ``depth`` is that of the layer, where a flat one gets flat shards. Raises ArgumentError for lengths that are no
    powers of two or where shards are given twice, AgreementError where the format has no such shards.
    """
    if shard_shape is not None and chunks_per_shard is not None:
        raise ArgumentError("shard_shape and chunks_per_shard say the same", "give one of them")
    chunk = DEFAULT_CHUNK if chunk_shape is None else Vec3Int.from_vec_or_int(chunk_shape)
    shard = _shard(data_format, chunk, shard_shape, chunks_per_shard, depth)
    for name, shape in (("chunk", chunk), ("shard", shard)):
        if any(length < 1 or length & (length - 1) for length in shape):
            raise ArgumentError(f"The {name} shape must be a power of two. Got {shape}.")
    if any(shard % chunk):
        raise ArgumentError(f"The shard_shape {shard} must be a multiple of the chunk_shape {chunk}.")
    if data_format == "zarr" and chunk != shard:
        raise AgreementError("Zarr (version 2) doesn't support sharding, use Zarr3 instead.")
    if data_format == "wkw":
        for name, shape in (("chunk_shape", chunk), ("chunks_per_shard", shard // chunk)):
            if not shape.is_uniform():
                raise AgreementError(f"`{name}` needs to be uniform for WKW storage. Got {shape}.")
    return chunk, shard


def _shard(data_format: str, chunk: Vec3Int, shard_shape: Any, chunks_per_shard: Any, depth: int | None) -> Vec3Int:
    if shard_shape is not None:
        return Vec3Int.from_vec_or_int(shard_shape)
    if chunks_per_shard is not None:
        return chunk * Vec3Int.from_vec_or_int(chunks_per_shard)
    if data_format == "zarr":
        return chunk
    if "WK_DEFAULT_CHUNKS_PER_SHARD" in os.environ:
        return chunk * int(os.environ["WK_DEFAULT_CHUNKS_PER_SHARD"])
    flat = data_format == "zarr3" and depth is not None and depth <= FLAT_SHARD.z
    return (FLAT_SHARD if flat else DEFAULT_SHARD).pairmax(chunk)


def default_data_format() -> str:
    """Give the format of new layers: that of the environment, else zarr3."""
    return os.environ.get("WK_DEFAULT_DATA_FORMAT", "zarr3")
