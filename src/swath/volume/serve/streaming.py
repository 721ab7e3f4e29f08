"""The properties of a dataset as they are served: as stored, and as those of the Zarr 2 arrays that are streamed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from swath.volume.properties import DatasetProperties, LayerProperties, MagProperties
from swath.volume.serve.files import ServedDataset
from swath.volume.serve.organization import ORGANIZATION


def stored_properties(dataset: ServedDataset) -> dict[str, Any]:
    """Give the properties with those mags that can be read; or, where the file cannot be, what is wrong with it."""
    if dataset.dataset is None:
        return {"id": {"name": dataset.name, "team": ORGANIZATION}, "status": dataset.problem}
    properties = dataset.dataset.properties
    return _with_layers(properties, [_readable(dataset, layer) for layer in properties.layers])


def streamed_properties(dataset: ServedDataset) -> dict[str, Any] | None:
    """Give the properties of the arrays that are streamed; None where the file cannot be read."""
    if dataset.dataset is None:
        return None
    properties = dataset.dataset.properties
    return _with_layers(properties, [_streamed(dataset, layer) for layer in properties.layers])


def _with_layers(properties: DatasetProperties, layers: list[LayerProperties]) -> dict[str, Any]:
    record = replace(properties, layers=layers).to_json()
    record["id"] = {**record["id"], "team": ORGANIZATION}
    return record


def _readable(dataset: ServedDataset, layer: LayerProperties) -> LayerProperties:
    seen = [mag for mag in layer.mags if (layer.name, mag.mag) in dataset.mags]
    return replace(layer, mags=[replace(mag, path=_place(dataset, layer.name, mag)) for mag in seen])


def _place(dataset: ServedDataset, layer: str, mag: MagProperties) -> str:
    """Say where an array lies from its dataset, and nothing of where that lies on the server."""
    path = os.path.relpath(dataset.mags[layer, mag.mag].view.path, dataset.path)
    return f"./{Path(path).as_posix()}"


def _streamed(dataset: ServedDataset, layer: LayerProperties) -> LayerProperties:
    mags = []
    axes: tuple[str, ...] = ("c", "x", "y", "z")
    for mag in _readable(dataset, layer).mags:
        axes = dataset.mags[layer.name, mag.mag].axes
        path = f"./{layer.name}/{mag.mag.to_long_layer_name()}"
        order = {axis: place for place, axis in enumerate(axes) if axis in "cxyz"}
        mags.append(replace(mag, path=path, cube_length=None, channel_index=None, axis_order=order))
    further = [replace(axis, index=axes.index(axis.name)) for axis in layer.additional_axes if axis.name in axes]
    return replace(layer, mags=mags, data_format="zarr", additional_axes=further, attachments={})
