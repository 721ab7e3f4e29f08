"""Layers of one dataset taken into another."""

from __future__ import annotations

import copy
import os
import shutil
from collections.abc import Iterable
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swath.engine.run import Running
from swath.volume.copying.arrays import copy_tree
from swath.volume.copying.attachments import copy_attachments, refer_to_attachments
from swath.volume.copying.mags import add_copy_mag, add_mag_as_ref, make_symlink
from swath.volume.errors import NameTakenError
from swath.volume.geometry import BoundingBox, NDBoundingBox
from swath.volume.layer import Layer
from swath.volume.paths import check_layer_name, path_in_properties
from swath.volume.properties import LayerProperties
from swath.volume.segmentation_layer import SegmentationLayer
from swath.volume.statistics_store import largest_segment

if TYPE_CHECKING:
    from swath.volume.dataset import Dataset


def add_copy_layer(
    dataset: Dataset,
    foreign: Layer | str | Path,
    new_name: str | None = None,
    *,
    chunk_shape: Any = None,
    shard_shape: Any = None,
    chunks_per_shard: Any = None,
    data_format: str | None = None,
    compress: Any = None,
    codec: Any = None,
    bounding_box: NDBoundingBox | None = None,
    exists_ok: bool = False,
    executor: Executor | None = None,
    running: Running | None = None,
) -> Layer:
    """Copy a layer with all its mags, its box, views, transformations and attachments.

    What is not given is as the layer has it. With ``bounding_box``, in finest voxels, only what lies in it is copied.
    With ``exists_ok`` the mags that a layer of the name lacks are added.
    """
    source = _opened(foreign)
    layer = _like(dataset, source, new_name, data_format=data_format, box=bounding_box, exists_ok=exists_ok)
    for view in source.mags.values():
        if view.mag not in layer.mags:
            add_copy_mag(
                layer,
                view,
                extend_layer_bounding_box=False,
                chunk_shape=chunk_shape,
                shard_shape=shard_shape,
                chunks_per_shard=chunks_per_shard,
                compress=compress,
                codec=codec,
                executor=executor,
                running=running,
            )
    copy_attachments(source, layer)
    if isinstance(layer, SegmentationLayer) and layer.largest_segment_id and layer.bounding_box != source.bounding_box:
        layer.largest_segment_id = largest_segment(dataset.path, layer.name) or 0
    return layer


def add_fs_copy_layer(dataset: Dataset, foreign: Layer | str | Path, new_name: str | None = None) -> Layer:
    """Copy the folder of a layer as it is."""
    source = _opened(foreign)
    name = _free_name(dataset, source, new_name)
    growing = dataset.path / f".{name}.partial"
    copy_tree(source.path, growing)
    growing.rename(dataset.path / name)
    return dataset.register_layer(_in_folder(dataset, source, name))


def add_symlink_layer(
    dataset: Dataset, foreign: Layer | str | Path, make_relative: bool = False, new_name: str | None = None
) -> Layer:
    """Add a layer by a symbolic link to its folder; later changes of its box do not show here."""
    source = _opened(foreign)
    name = _free_name(dataset, source, new_name)
    make_symlink(dataset.path / name, source.path, relative_to=dataset.path if make_relative else None)
    return dataset.register_layer(_in_folder(dataset, source, name))


def add_layer_as_ref(dataset: Dataset, foreign: Layer | str | Path, new_name: str | None = None) -> Layer:
    """Add a layer whose arrays stay where they are, by their paths; they are read-only here."""
    source = _opened(foreign)
    layer = _like(dataset, source, new_name)
    for view in source.mags.values():
        add_mag_as_ref(layer, view, extend_layer_bounding_box=False)
    refer_to_attachments(source, layer)
    return layer


def delete_layer(dataset: Dataset, layer: Layer) -> None:
    """Delete the folder of a layer that is no longer entered; of a link, only the link goes."""
    folder = dataset.path / layer.name
    if folder.is_symlink():
        folder.unlink()
    elif folder.is_dir():
        shutil.rmtree(folder)


def rename_layer_folder(dataset: Dataset, old: str, new: str, properties: LayerProperties) -> None:
    """Rename the folder of a layer, and the paths to what lies in it."""
    folder = dataset.path / old
    if folder.exists() or folder.is_symlink():
        folder.rename(dataset.path / new)
    for mag in properties.mags:
        if mag.path is not None and not os.path.isabs(mag.path):  # noqa: PTH117  (a path of the properties file)
            parts = Path(mag.path).parts
            if parts[:1] == (old,):
                mag.path = f"./{Path(new, *parts[1:]).as_posix()}"
    properties.attachments = _renamed(properties.attachments, f"./{old}/", f"./{new}/")


def _renamed(value: Any, old: str, new: str) -> Any:
    """Rename the beginning of paths in a record of JSON."""
    if isinstance(value, dict):
        return {
            key: new + each.removeprefix(old)
            if key == "path" and isinstance(each, str) and each.startswith(old)
            else _renamed(each, old, new)
            for key, each in value.items()
        }
    return [_renamed(each, old, new) for each in value] if isinstance(value, list) else value


def _opened(foreign: Layer | str | Path) -> Layer:
    if isinstance(foreign, Layer):
        return foreign
    from swath.volume.dataset import Dataset  # noqa: PLC0415  (datasets build on this)

    path = Path(foreign)
    return Dataset.open(path.parent, read_only=True).get_layer(path.name)


def _free_name(dataset: Dataset, source: Layer, new_name: str | None) -> str:
    dataset.check_writable()
    name = new_name or source.name
    check_layer_name(name)
    if name in dataset.layers:
        raise NameTakenError(f"Adding layer {name} failed. There is already a layer with this name")
    return name


def _like(
    dataset: Dataset,
    source: Layer,
    new_name: str | None,
    *,
    data_format: str | None = None,
    box: NDBoundingBox | None = None,
    exists_ok: bool = False,
) -> Layer:
    """Enter a layer with the properties of another one, without mags and attachments."""
    name = new_name or source.name
    if exists_ok and name in dataset.layers:
        return dataset.get_layer(name)
    name = _free_name(dataset, source, new_name)
    properties = copy.deepcopy(source.properties)
    properties.name, properties.mags, properties.attachments = name, [], {}
    properties.data_format = data_format or properties.data_format
    if box is not None:
        inside = BoundingBox(box.topleft_xyz, box.size_xyz)
        properties.bounding_box = properties.bounding_box.intersected_with(inside, dont_assert=True)
    return dataset.register_layer(properties)


def _in_folder(dataset: Dataset, source: Layer, name: str) -> LayerProperties:
    """Give the properties of a layer for a copy of its whole folder, or for a link to it."""
    properties = copy.deepcopy(source.properties)
    properties.name = name
    for mag in properties.mags:
        view = source.mags[mag.mag]
        inside = view.path.parent == source.path
        mag.path = f"./{name}/{view.path.name}" if inside else path_in_properties(dataset.path, view.path.resolve())
    properties.attachments = _renamed(properties.attachments, f"./{source.name}/", f"./{name}/")
    return properties


def like_layer(dataset: Dataset, source: Layer, name: str) -> Layer:
    """Enter a layer with the properties of another one, without mags and attachments."""
    return _like(dataset, source, name)


def without(layers: Iterable[Layer], ignored: Iterable[str] | None) -> list[Layer]:
    """Leave layers out by their names."""
    names = set(ignored or ())
    return [layer for layer in layers if layer.name not in names]
