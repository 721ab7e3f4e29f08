"""A picture of a volume: three slices through one place, at right angles, with all layers over one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from swath.errors import MissingExtraError, OutputError
from swath.volume.errors import AgreementError
from swath.volume.geometry import BoundingBox, Mag, Vec3Int

if TYPE_CHECKING:
    from swath.volume.dataset import Dataset
    from swath.volume.layer import Layer
    from swath.volume.mag_view import MagView

Pixels = npt.NDArray[Any]

_PLANES = (("x", "y", "z"), ("x", "z", "y"), ("z", "y", "x"))
"""Of each panel: the axis to the right, the axis downwards, and the one that the slice lies across."""
_GAP = 14
_OPACITY = 0.4


@dataclass(frozen=True)
class Slices:
    """What is shown: the place in finest voxels, the box around it, and the mag that each layer is read in."""

    at: Vec3Int
    box: BoundingBox
    layers: tuple[Layer, ...]
    mags: dict[str, Mag]


def choose_slices(
    dataset: Dataset,
    *,
    at: Any = None,
    layers: Iterable[str] | None = None,
    mag: Any = None,
    extent: Any = None,
    pixels: int = 512,
) -> Slices:
    """Choose what to show: the middle of the layers if no place is given, all of them if no extent in finest voxels.

    Without a mag, each layer is read in the finest one whose slices are not far larger than ``pixels``. Raises
    AgreementError where there is nothing to show, or the place lies outside.
    """
    chosen = [dataset.get_layer(name) for name in layers] if layers else list(dataset.layers.values())
    chosen = [layer for layer in chosen if layer.mags and not layer.bounding_box.is_empty()]
    if not chosen:
        raise AgreementError(f"{dataset} has no layer with voxels to show")
    whole = BoundingBox.empty()
    for layer in chosen:
        whole = whole.extended_by(BoundingBox(layer.bounding_box.topleft_xyz, layer.bounding_box.size_xyz))
    place = whole.center if at is None else Vec3Int(at)
    if not whole.contains(place):
        raise AgreementError(f"{tuple(place)} lies outside {whole}", "give a place in finest voxels")
    box = whole
    if extent is not None:
        size = Vec3Int.from_vec_or_int(extent)
        box = BoundingBox(place - size // 2, size).intersected_with(whole)
    mags = {layer.name: Mag(mag) if mag is not None else _mag_for(layer, box, pixels) for layer in chosen}
    return Slices(place, box, tuple(chosen), mags)


def _mag_for(layer: Layer, box: BoundingBox, pixels: int) -> Mag:
    mags = sorted(layer.mags, key=lambda mag: mag.to_list())
    for mag in mags:
        if max(box.size.x // mag.x, box.size.y // mag.y) <= 2 * pixels:
            return mag
    return mags[-1]


def draw(slices: Slices, voxel_size: Sequence[float], pixels: int = 512) -> Pixels:
    """Draw the three slices into one picture (rows, columns, 3) of uint8; the longest edge is ``pixels`` wide.

    Lines mark where the other slices lie. Lengths are to scale: a voxel is as long as it is in nanometres.
    """
    lengths = {axis: slices.box.size.get(axis) * voxel_size["xyz".index(axis)] for axis in "xyz"}
    per_nanometer = pixels / max(lengths.values())
    edge = {axis: max(1, round(length * per_nanometer)) for axis, length in lengths.items()}
    panels = [_panel(slices, right, down, across, edge) for right, down, across in _PLANES]
    picture = np.full((edge["y"] + _GAP + edge["z"], edge["x"] + _GAP + edge["z"], 3), 255, np.uint8)
    picture[: edge["y"], : edge["x"]] = panels[0]
    picture[edge["y"] + _GAP :, : edge["x"]] = panels[1]
    picture[: edge["y"], edge["x"] + _GAP :] = panels[2]
    return picture


def _panel(slices: Slices, right: str, down: str, across: str, edge: dict[str, int]) -> Pixels:
    """Draw one slice (rows, columns, 3): images added up by their colours, segments over them."""
    panel = np.zeros((edge[down], edge[right], 3), np.float32)
    for layer in sorted(slices.layers, key=lambda each: each.category):  # colour before segments
        plane = _plane(layer.get_mag(slices.mags[layer.name]), slices, right, down, across, edge)
        if layer.category == "segmentation":
            shown = plane[0] != 0
            colours = segment_colours(plane[0])
            panel[shown] = panel[shown] * (1 - _OPACITY) + colours[shown] * _OPACITY
        else:
            panel += _image(plane, layer)
    for axis, lines in ((right, panel.transpose(1, 0, 2)), (down, panel)):
        start, stop = slices.box.get_bounds(axis)
        lines[min(len(lines) - 1, (slices.at.get(axis) - start) * len(lines) // (stop - start))] = (255, 196, 0)
    return np.clip(panel, 0, 255).astype(np.uint8)


def _plane(view: MagView, slices: Slices, right: str, down: str, across: str, edge: dict[str, int]) -> Pixels:
    """Read a slice, and take the voxel nearest to each pixel: (c, rows, columns)."""
    factors = dict(zip("xyz", view.mag.to_tuple(), strict=True))
    at = slices.at.get(across) // factors[across] * factors[across]
    box = slices.box.align_with_mag(view.mag, ceil=True).with_bounds(across, at, factors[across])
    over = box.over(view.axes, {"c": (0, view.num_channels)})
    data = view.read_cxyz(absolute_bounding_box=over)
    axes = ["c", "x", "y", "z"]
    plane = data.transpose(0, axes.index(down), axes.index(right), axes.index(across))[..., 0]
    places = []
    for axis in (down, right):
        start, stop = slices.box.get_bounds(axis)
        middles = start + (np.arange(edge[axis]) + 0.5) * (stop - start) / edge[axis]
        places.append((middles.astype(np.int64) - box.get_bounds(axis)[0]) // factors[axis])
    return plane[:, places[0][:, None], places[1][None, :]]


def _image(plane: Pixels, layer: Layer) -> Pixels:
    """Colour an image (c, rows, columns) as its view says: (rows, columns, 3) of 0 to 255."""
    view = layer.default_view_configuration
    low, high = (view.intensity_range if view and view.intensity_range else None) or _range(plane)
    bright = np.clip((plane.astype(np.float32) - low) / max(high - low, 1e-9), 0, 1) * 255
    if len(plane) == 3:
        return np.moveaxis(bright, 0, 2)
    colour = np.array(view.color if view and view.color else (255, 255, 255), np.float32) / 255
    coloured: Pixels = bright[0][..., None] * colour
    return coloured


def _range(plane: Pixels) -> tuple[float, float]:
    """The range of values to show: all of 8 bits, else all that the slice has."""
    if plane.dtype == np.uint8:
        return 0.0, 255.0
    finite = plane[np.isfinite(plane)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)


def segment_colours(ids: Pixels) -> Pixels:
    """Give each segment id a colour that stays its own: (…, 3) of 40 to 255."""
    mixed = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    parts = [(mixed >> np.uint64(shift)) & np.uint64(0xFF) for shift in (56, 40, 24)]
    return 40 + np.stack(parts, axis=-1).astype(np.float32) * (215 / 255)


def write_picture(picture: Pixels, file: Path) -> None:
    """Write a picture; raises OutputError where that cannot be done."""
    try:
        from PIL import Image  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("pictures need Pillow", "pip install 'swath[volume]'") from error
    try:
        Image.fromarray(picture).save(file)
    except (OSError, ValueError) as error:
        raise OutputError(f"cannot write {file}: {error}", "give a .png in a directory that exists") from error
