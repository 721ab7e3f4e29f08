"""A page with slices through a volume, and what is at the place."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swath.engine.files import write_atomically
from swath.volume.geometry import BoundingBox
from swath.volume.picture import Slices, choose_slices, draw, write_picture

if TYPE_CHECKING:
    from swath.volume.dataset import Dataset

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem;color:#222}table{border-collapse:collapse;margin:1rem 0}"
    "td,th{padding:.2rem .8rem;border-bottom:1px solid #ddd;text-align:left}img{max-width:100%}p{color:#555}"
)


def view(
    dataset: Dataset,
    file: str | Path,
    *,
    at: Any = None,
    layers: Iterable[str] | None = None,
    mag: Any = None,
    extent: Any = None,
    pixels: int = 512,
) -> Slices:
    """Draw orthogonal slices through a place into a picture, or into a page where the file is named ``.html``.

    Arguments as those of ``swath.volume.picture.choose_slices``; gives what is shown. Raises AgreementError where there
    is nothing to show, OutputError where the file cannot be written.
    """
    slices = choose_slices(dataset, at=at, layers=layers, mag=mag, extent=extent, pixels=pixels)
    picture = draw(slices, dataset.voxel_size, pixels)
    file = Path(file)
    if file.suffix.lower() not in (".html", ".htm"):
        write_picture(picture, file)
        return slices
    from PIL import Image  # noqa: PLC0415  (optional extra)

    png = io.BytesIO()
    Image.fromarray(picture).save(png, "PNG")
    write_atomically(file, _page(dataset, slices, png.getvalue()).encode())
    return slices


def values_at(slices: Slices) -> list[dict[str, Any]]:
    """Give what each layer has at the place: one record a layer, with the mag, and the voxel's value or values."""
    found = []
    for layer in slices.layers:
        shown = layer.get_mag(slices.mags[layer.name])
        corner = slices.at // shown.mag.to_vec3_int() * shown.mag.to_vec3_int()
        voxel = BoundingBox(corner, shown.mag.to_vec3_int()).over(shown.axes, {"c": (0, shown.num_channels)})
        values = shown.read_cxyz(absolute_bounding_box=voxel).reshape(-1).tolist()
        found.append(
            {
                "layer": layer.name,
                "category": layer.category,
                "dtype": layer.dtype.name,
                "mag": str(shown.mag),
                "value": values[0] if len(values) == 1 else values,
            }
        )
    return found


def _page(dataset: Dataset, slices: Slices, png: bytes) -> str:
    rows = values_at(slices)
    head = "".join(f"<th>{name}</th>" for name in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(value))}</td>" for value in row.values()) + "</tr>" for row in rows
    )
    x, y, z = slices.at
    size = ", ".join(f"{length:g}" for length in dataset.voxel_size)
    name = html.escape(dataset.name)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}</title><style>{_STYLE}</style>'
        f"<h1>{name}</h1><p>Place {x}, {y}, {z} in finest voxels of {size} nm. "
        f"Above left x to the right and y down; below it x and z; to its right z and y.</p>"
        f'<img alt="slices through {x}, {y}, {z}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'
        f"<table><tr>{head}</tr>{body}</table></html>\n"
    )
