"""What is made of uploaded files before they become a dataset: its name, its links, and nothing that leads outside."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from swath.volume.errors import VolumeError
from swath.volume.paths import check_layer_name
from swath.volume.properties import LayerProperties, MagProperties
from swath.volume.properties.model import read_properties, write_properties
from swath.volume.serve.errors import refused
from swath.volume.serve.files import ServedFolder
from swath.volume.serve.upload import Reservation


def complete(files: Path, reservation: Reservation, folder: ServedFolder) -> None:
    """Write the properties of an uploaded dataset anew; raises RequestError where they are none, or lead outside."""
    try:
        properties, _ = read_properties(files)
    except VolumeError as error:
        raise refused(f"the files are no dataset: {error.message.replace(str(files), 'the upload')}") from error
    linked = [_linked(link, folder, reservation.name) for link in reservation.links]
    names = {layer.name for layer in linked}
    own = [layer for layer in properties.layers if layer.name not in names]
    for layer in own:
        layer.mags = [_within(files, layer.name, mag) for mag in layer.mags]
        _check_attachments(layer)
    properties.layers = own + linked
    properties.name = reservation.name
    write_properties(files, properties)


def _within(files: Path, layer: str, mag: MagProperties) -> MagProperties:
    """Give a mag whose array lies in the upload, if need be by its name; raises RequestError where it does not."""
    own = [f"./{layer}/{name}" for name in (mag.mag.to_layer_name(), mag.mag.to_long_layer_name())]
    given = [mag.path] if isinstance(mag.path, str) and _stays_inside(mag.path) else []
    for path in given + own:
        if (files / path).is_dir():
            return replace(mag, path=path)
    raise refused(f"mag {mag.mag} of layer {layer!r} has no files in the upload")


def _stays_inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return not path.startswith("/") and ".." not in parts and "\\" not in path and ":" not in path


def _check_attachments(layer: LayerProperties) -> None:
    for path in _paths(layer.attachments):
        if not _stays_inside(path):
            raise refused(f"an attachment of layer {layer.name!r} lies at {path!r}, outside of the upload")


def _paths(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["path"]] if isinstance(value.get("path"), str) else []
        return own + [path for each in value.values() for path in _paths(each)]
    return [path for each in value for path in _paths(each)] if isinstance(value, list) else []


def _linked(link: dict[str, Any], folder: ServedFolder, name: str) -> LayerProperties:
    """Give a layer that refers to one of another dataset."""
    source = folder.find(link["datasetId"])
    layer_name = link["layerName"]
    if source.dataset is None or layer_name not in source.dataset.layers:
        raise refused(f"there is no layer {layer_name!r} in dataset {source.name!r} to link")
    new = folder.root / name
    properties = LayerProperties.from_json(source.dataset.properties.layer(layer_name).to_json())
    properties.name = _checked_name(link.get("newLayerName") or layer_name)
    properties.attachments = {}
    for mag in properties.mags:
        array = source.mag(layer_name, str(mag.mag)).view.path
        mag.path = Path(os.path.relpath(array, new)).as_posix()
    return properties


def _checked_name(name: str) -> str:
    try:
        check_layer_name(name)
    except VolumeError as error:
        raise refused(error.message) from None
    return name
