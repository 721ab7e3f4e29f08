"""A layer, or a mag, of arrays that are on disk already."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from swath.volume.errors import AgreementError, VolumeError
from swath.volume.geometry import BoundingBox, Mag
from swath.volume.stores import ArrayInfo, open_store
from swath.volume.stores.array_store import CXYZ

if TYPE_CHECKING:
    from swath.volume.dataset import Dataset
    from swath.volume.layer import Layer

_MARKS = {"wkw": "header.wkw", "zarr": ".zarray", "zarr3": "zarr.json"}


def add_layer_for_existing_files(dataset: Dataset, layer_name: str, category: str, **overrides: Any) -> Layer:
    """Add a layer of the arrays that lie in its folder: dtype, channels and format are those of the first mag.

    Its box is that of the files of its finest mag, unless ``bounding_box`` is given. Folders that are no mag are
    skipped. Raises AgreementError where the layer is there, or its folder has no mag.
    """
    if layer_name in dataset.layers:
        raise AgreementError(f"layer {layer_name} is there already")
    found = _find_mags(dataset.path / layer_name)
    if not found:
        raise AgreementError(f"Could not find any valid mags in {dataset.path / layer_name}. Cannot add layer.")
    info = next(iter(found.values())).info
    settings = {"dtype": info.dtype, "num_channels": info.num_channels, "data_format": info.data_format} | overrides
    box = settings.pop("bounding_box", None)
    layer = dataset.add_layer(layer_name, category, **settings)
    for mag, store in found.items():
        layer.register_mag(mag, store.path, cube_length=_cube(store.info), axes=_along(store.info, layer))
    files = list(layer.get_finest_mag().get_bounding_boxes_on_disk())
    if box is None:
        box = BoundingBox.empty()
        for file in files:
            box = box.extended_by(file)
    layer.bounding_box = box
    return layer


def _find_mags(folder: Path) -> dict[Mag, Any]:
    """Find the arrays in the folder of a layer, by their mags."""
    found = {}
    for place in sorted(folder.iterdir()) if folder.is_dir() else []:
        try:
            mag = Mag(place.name)
        except VolumeError:
            continue
        data_format = next((name for name, mark in _MARKS.items() if (place / mark).is_file()), None)
        if data_format is not None:
            found[mag] = open_store(place, data_format)
    return dict(sorted(found.items(), key=lambda item: item[0].to_list()))


def _cube(info: ArrayInfo) -> int | None:
    return info.shard_shape.x if info.data_format == "wkw" else None


def _along(info: ArrayInfo, layer: Layer) -> tuple[str, ...]:
    """Give an array's axes; raises AgreementError for one with axes that the layer does not have."""
    known = {*CXYZ, *(axis.name for axis in layer.additional_axes)}
    if not set(info.axes) <= known:
        raise AgreementError(f"the array has the axes {info.axes}, which layer {layer.name} has not")
    return info.axes
