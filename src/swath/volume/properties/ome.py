"""OME-NGFF metadata of Zarr layers: axes and voxel sizes for other readers."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

from swath.engine.files import write_atomically
from swath.volume.properties.layer_properties import LayerProperties
from swath.volume.properties.model import DatasetProperties

_ZARR2_GROUP = {"zarr_format": 2}


def write_ome_metadata(dataset: Path, properties: DatasetProperties) -> None:
    """Write group files and OME-NGFF metadata (0.4 for Zarr 2, 0.5 for Zarr 3) for the layers that lie in a dataset."""
    formats = {layer.data_format for layer in properties.layers}
    if "zarr" in formats:
        _write(dataset / ".zgroup", _ZARR2_GROUP)
    if "zarr3" in formats:
        _write(dataset / "zarr.json", {"zarr_format": 3, "node_type": "group"})
    for layer in properties.layers:
        folder = dataset / layer.name
        if layer.data_format not in ("zarr", "zarr3") or folder.is_symlink() or not folder.is_dir():
            continue
        scales = multiscales(layer, properties.voxel_size.to_nanometer())
        if layer.data_format == "zarr":
            _write(folder / ".zgroup", _ZARR2_GROUP)
            _write(folder / ".zattrs", {"multiscales": [{"version": "0.4", **scales}]})
        else:
            ome = {"version": "0.5", "multiscales": [scales]}
            _write(folder / "zarr.json", {"zarr_format": 3, "node_type": "group", "attributes": {"ome": ome}})


def multiscales(layer: LayerProperties, voxel_size: tuple[float, float, float]) -> dict[str, Any]:
    """Give the ``multiscales`` of a layer: the mags in its folder in the order in which they were added."""
    axes = array_axes(layer)
    lengths = dict(zip("xyz", voxel_size, strict=True))
    datasets = []
    for mag in layer.mags:
        if mag.path is not None and PurePosixPath(mag.path).parent != PurePosixPath(layer.name):
            continue
        factors = dict(zip("xyz", mag.mag.to_tuple(), strict=True))
        scale = [lengths[axis] * factors[axis] if axis in lengths else 1.0 for axis in axes]
        path = PurePosixPath(mag.path).name if mag.path else str(mag.mag)
        datasets.append({"path": path, "coordinateTransformations": [{"type": "scale", "scale": scale}]})
    return {"axes": [_axis(name) for name in axes], "datasets": datasets}


def array_axes(layer: LayerProperties) -> tuple[str, ...]:
    """Give the axes of a layer's arrays in the order in which they are stored."""
    order = layer.mags[0].axis_order if layer.mags else None
    places = dict(order or {axis: place for place, axis in enumerate("cxyz")})
    places |= {axis.name: axis.index for axis in layer.additional_axes}
    return tuple(sorted(places, key=lambda axis: places[axis]))


def _axis(name: str) -> dict[str, str]:
    kind = {"c": "channel", "t": "time"}.get(name, "space")
    return {"name": name, "type": kind} | ({"unit": "nanometer"} if kind == "space" else {})


def _write(file: Path, record: dict[str, Any]) -> None:
    """Write a file of JSON, if it does not say so already."""
    content = json.dumps(record, indent=4).encode()
    if not file.is_file() or file.read_bytes() != content:
        write_atomically(file, content)
