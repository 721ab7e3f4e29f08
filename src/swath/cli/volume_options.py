"""The options of the commands on volumes, and how their texts are read."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swath.errors import UsageError

if TYPE_CHECKING:
    from swath.volume.geometry import BoundingBox


class DataFormat(StrEnum):
    """How arrays are stored."""

    wkw = "wkw"
    zarr = "zarr"
    zarr3 = "zarr3"


DatasetPath = Annotated[Path, typer.Argument(help="Folder of a dataset.")]
NewDataset = Annotated[Path, typer.Option("-o", "--output", help="Folder of the new dataset.")]
ChunkShape = Annotated[str | None, typer.Option(help="Voxels of a chunk: 32 or 32,32,32.")]
ShardShape = Annotated[str | None, typer.Option(help="Voxels of a shard: 256 or 256,256,256.")]
DataFormatOption = Annotated[DataFormat | None, typer.Option("--data-format", help="Format of the arrays.")]
CodecOption = Annotated[
    str | None,
    typer.Option(help="Of WKW lz4 or lz4hc, of Zarr zstd-1 to zstd-22; later ones are smaller and slower."),
]
Box = Annotated[str, typer.Option("--bbox", help="Box in finest voxels: X,Y,Z,WIDTH,HEIGHT,DEPTH.")]


def read_numbers(text: str, option: str) -> tuple[int, int, int]:
    """Read ``N`` or ``X,Y,Z``; raises UsageError for another text."""
    parts = text.split(",")
    try:
        numbers = [int(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) == 1:
        numbers *= 3
    if len(numbers) != 3:
        raise UsageError(f"{option} {text!r} is not understood", "give one whole number, or three: 64,64,32")
    return numbers[0], numbers[1], numbers[2]


def read_lengths(text: str) -> tuple[float, float, float]:
    """Read the lengths of a voxel; raises UsageError where they are not one or three."""
    try:
        lengths = [float(part) for part in text.split(",")]
    except ValueError:
        lengths = []
    if len(lengths) == 1:
        lengths *= 3
    if len(lengths) != 3 or not all(0 < length < float("inf") for length in lengths):
        raise UsageError(f"--voxel-size {text!r} is not understood", "give three lengths: 11.24,11.24,28")
    return lengths[0], lengths[1], lengths[2]


def stored_as(
    data_format: DataFormat | None = None, chunk_shape: str | None = None, shard_shape: str | None = None, **form: Any
) -> dict[str, Any]:
    """Give the form of arrays that was asked for, as the library takes it; further settings go through as they are."""
    given = {"chunk_shape": chunk_shape, "shard_shape": shard_shape}
    shapes = {
        name: read_numbers(text, "--" + name.replace("_", "-")) for name, text in given.items() if text is not None
    }
    return {**form, **({"data_format": data_format.value} if data_format else {}), **shapes}


def read_box(text: str) -> BoundingBox:
    """Read ``X,Y,Z,WIDTH,HEIGHT,DEPTH``; raises UsageError for another text."""
    from swath.volume.errors import VolumeError  # noqa: PLC0415
    from swath.volume.geometry import BoundingBox  # noqa: PLC0415

    try:
        return BoundingBox.from_csv(text)
    except VolumeError as error:
        raise UsageError(error.message, error.hint) from error
