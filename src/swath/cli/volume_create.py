"""``swath volume create`` and ``info``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from swath.cli import options
from swath.cli.output import print_object, print_rows
from swath.cli.volume_options import DatasetPath, read_lengths

_COLUMNS = ("layer", "category", "dtype", "channels", "format", "mag", "box", "chunk", "shard", "compressed", "files")


def create(
    dataset: Annotated[Path, typer.Argument(help="Folder to make.")],
    voxel_size: Annotated[str, typer.Option(help="Lengths of a voxel: X,Y,Z.")],
    unit: Annotated[str, typer.Option(help="Unit of the lengths, such as nanometer, micrometer or mm.")] = "nanometer",
    name: Annotated[str | None, typer.Option(help="Name [default: that of the folder].")] = None,
) -> None:
    """Make an empty dataset.

    Example: swath volume create retina --voxel-size 11.24,11.24,28
    """
    from swath.volume import Dataset, VoxelSize  # noqa: PLC0415

    made = Dataset(dataset, voxel_size_with_unit=VoxelSize(read_lengths(voxel_size), unit), name=name)
    typer.echo(f"made {made.path}: {made.name}")


def info(dataset: DatasetPath, form: options.FormatOption = options.Format.table) -> None:
    """List layers and mags: what they hold, where, and how it is stored.

    Example: swath volume info retina --format json
    """
    from swath.volume import Dataset  # noqa: PLC0415

    opened = Dataset.open(dataset, read_only=True)
    rows = [row for layer in opened.layers.values() for row in _rows(layer)]
    if form is options.Format.json:
        size = opened.voxel_size_with_unit
        return print_object({"name": opened.name, "voxel_size": size.to_json(), "mags": rows})
    if form is options.Format.table:
        typer.echo(f"{opened.name}: voxels of {', '.join(f'{length:g}' for length in opened.voxel_size)} nm")
    print_rows(rows, _COLUMNS, form.value)
    return None


def _rows(layer: Any) -> list[dict[str, Any]]:
    """Describe the mags of a layer, a record each; one record for a layer without."""
    box = layer.bounding_box
    known = {
        "layer": layer.name,
        "category": layer.category,
        "dtype": layer.dtype.name,
        "channels": layer.num_channels,
        "format": layer.data_format,
        "box": f"{','.join(map(str, box.topleft))} + {','.join(map(str, box.size))}",
    }
    empty: dict[str, Any] = dict.fromkeys(_COLUMNS)
    return [empty | known | _mag(mag) for mag in layer.mags.values()] or [empty | known]


def _mag(mag: Any) -> dict[str, Any]:
    from swath.volume.errors import ArrayError  # noqa: PLC0415

    try:
        form = mag.info
        return {
            "mag": str(mag.mag),
            "chunk": ",".join(map(str, form.chunk_shape)),
            "shard": ",".join(map(str, form.shard_shape)),
            "compressed": form.compressed,
            "files": sum(1 for _ in mag.get_bounding_boxes_on_disk()),
        }
    except ArrayError as error:
        return {"mag": str(mag.mag), "chunk": f"unreadable: {error.message}"}
