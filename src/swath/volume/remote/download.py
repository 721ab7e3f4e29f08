"""Downloading a dataset: its arrays are copied box by box, as local ones are, and go on where they were cut off."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from swath.engine.executors import Workers
from swath.engine.files import sync_directory, write_atomically
from swath.engine.run import Running
from swath.volume.copying.arrays import fill_with_copy
from swath.volume.dataset import Dataset
from swath.volume.errors import DatasetExistsError, NoSuchNameError
from swath.volume.filling.arrays import NewArray
from swath.volume.filling.source import Source, source_of
from swath.volume.geometry import BoundingBox, Mag, Vec3Int
from swath.volume.layer import Layer
from swath.volume.mag_view import MagView
from swath.volume.properties.model import FILE_NAME
from swath.volume.remote.addresses import Located, locate
from swath.volume.remote.box_store import BoxStore
from swath.volume.remote.connection import step
from swath.volume.remote.dataset import RemoteDataset
from swath.volume.remote.errors import RemoteError
from swath.volume.shapes import DEFAULT_CHUNK, default_data_format
from swath.volume.stores import ArrayInfo

_SHARD = Vec3Int(512, 512, 512)
REQUESTS_AT_ONCE = 4
"""Boxes that are asked for at a time, where nothing else is said."""

_MARK = ".download.json"
"""File that says, in an unfinished download, what is downloaded."""


@dataclass(frozen=True)
class DownloadSettings:
    """What decides a downloaded array."""

    source: str
    created: int
    box: str
    form: str


def download(
    dataset_name_or_url: str | None = None,
    organization_id: str | None = None,
    sharing_token: str | None = None,
    webknossos_url: str | None = None,
    dataset_id: str | None = None,
    **settings: Any,
) -> Dataset:
    """Download a dataset, named as for ``open_remote``; ``settings`` are those of ``download_located``."""
    at = locate(dataset_name_or_url, organization_id, sharing_token, webknossos_url, dataset_id)
    return download_located(at, **settings)


def download_located(
    at: Located,
    *,
    bbox: BoundingBox | None = None,
    layers: str | Iterable[str] | None = None,
    mags: Iterable[Any] | None = None,
    path: str | Path | None = None,
    exist_ok: bool = False,
    data_format: str | None = None,
    executor: Executor | None = None,
    running: Running | None = None,
) -> Dataset:
    """Download a dataset that was found, and give it.

    ``bbox`` in finest voxels, ``layers`` and ``mags`` choose parts; ``path`` is the name and id of the dataset if not
    given. A dataset that stands there is given as it is, with a warning; with ``exist_ok`` it is replaced once the new
    one is whole. Cut off and called again, it goes on where it was. Raises DatasetExistsError where something else
    stands there, NoSuchNameError for a layer or mag that is not there, RemoteError where the server fails.
    """
    remote = RemoteDataset.located(at)
    info = remote.info
    target = Path(path) if path is not None else Path(f"{info['name']}-{at.identity}".replace("/", "_"))
    if target.exists() and not (target / FILE_NAME).is_file():
        raise DatasetExistsError(f"{target} exists and is no dataset", "choose another path")
    if target.exists() and not exist_ok:
        warnings.warn(f"{target} already exists, skipping download.", stacklevel=3)
        return Dataset.open(target)
    if "status" in info["dataSource"]:
        raise RemoteError(f"The dataset {at.identity} is unusable: {info['dataSource']['status']}")
    chosen = _chosen(remote, layers, mags)
    asked = {
        "url": remote.url,
        "box": str(bbox),
        "format": data_format or default_data_format(),
        "mags": _names(chosen),
    }
    growing = _begin(target, asked)
    dataset = _taken_up(growing, remote, str(info["name"]))
    how = _running(executor, running)
    for layer, views in chosen.items():
        _download_layer(dataset, layer, views, bbox, str(asked["format"]), info["created"], how)
    return _put(growing, target)


def _running(executor: Executor | None, running: Running | None) -> Running:
    """Say how to run: threads, more than processors, for they wait for the server most of the time."""
    chosen = running or Running(Workers("threads", REQUESTS_AT_ONCE))
    return chosen if executor is None else replace(chosen, executor=executor)


def _chosen(
    remote: RemoteDataset, names: str | Iterable[str] | None, mags: Iterable[Any] | None
) -> dict[Layer, list[MagView]]:
    """Choose layers and mags; raises NoSuchNameError for one that is not there."""
    wanted = list(remote.layers) if names is None else [names] if isinstance(names, str) else list(names)
    for name in wanted:
        if name not in remote.layers:
            raise NoSuchNameError(
                f"The provided layer name {name} could not be found in the requested dataset.",
                f"it has {', '.join(remote.layers) or 'none'}",
            )
    chosen = None if mags is None else [Mag(mag) for mag in mags]
    return {layer: _views(layer, chosen) for layer in (remote.layers[name] for name in wanted)}


def _views(layer: Layer, mags: list[Mag] | None) -> list[MagView]:
    return list(layer.mags.values()) if mags is None else [layer.get_mag(mag) for mag in mags]


def _names(chosen: Mapping[Layer, list[MagView]]) -> dict[str, list[str]]:
    return {layer.name: [view.name for view in views] for layer, views in chosen.items()}


def _begin(target: Path, asked: dict[str, Any]) -> Path:
    """Give the folder that the download grows in: one that was cut off, if the same was asked for, else a new one."""
    growing = target.absolute().with_name(f".{target.absolute().name}.download")
    mark = growing / _MARK
    text = json.dumps(asked, sort_keys=True).encode()
    if not (mark.is_file() and mark.read_bytes() == text):
        shutil.rmtree(growing, ignore_errors=True)
        growing.mkdir(parents=True)
        write_atomically(mark, text)
    return growing


def _taken_up(growing: Path, remote: RemoteDataset, name: str) -> Dataset:
    if (growing / FILE_NAME).exists():
        return Dataset.open(growing)
    stray = growing / _MARK
    mark = stray.read_bytes()
    stray.unlink()
    dataset = Dataset(growing, voxel_size_with_unit=remote.voxel_size_with_unit, name=name)
    write_atomically(stray, mark)
    if remote.default_view_configuration is not None:
        dataset.default_view_configuration = remote.default_view_configuration
    return dataset


def _download_layer(
    dataset: Dataset,
    layer: Layer,
    views: list[MagView],
    box: BoundingBox | None,
    data_format: str,
    created: int,
    running: Running,
) -> None:
    own = dataset.layers.get(layer.name) or _new_layer(dataset, layer, box, data_format)
    for view in views:
        if view.mag not in own.mags:
            _download_mag(own, view, created, running)


def _new_layer(dataset: Dataset, layer: Layer, box: BoundingBox | None, data_format: str) -> Layer:
    """Enter a layer as it is on the server, without its mags, and with what is asked for of its box."""
    properties = replace(
        layer.properties,
        data_format=data_format,
        mags=[],
        attachments={},
        bounding_box=box or layer.properties.bounding_box,
    )
    return dataset.register_layer(properties)


def _download_mag(layer: Layer, view: MagView, created: int, running: Running) -> None:
    shard = DEFAULT_CHUNK if layer.data_format == "zarr" else _SHARD
    form = layer.new_array_info(view.mag, DEFAULT_CHUNK, shard)
    source = _source(view, layer)
    array = NewArray(layer, view.mag, form)
    settings = DownloadSettings(str(source.store.path), created, str(layer.bounding_box), f"{form} {form.codec}")
    fill_with_copy(array, source, f"download {layer.name} {view.mag}", settings, running)
    layer.register_array(view.mag, array.folder, form)


def _source(view: MagView, layer: Layer) -> Source:
    """Give what is read: boxes as a whole; of a layer with further axes, which boxes have not, what is streamed."""
    source = source_of(view, layer)
    if any(axis not in "cxyz" for axis in view.store.axes):
        return source
    return replace(source, store=_boxes(view, source.high), channels=(0, view.num_channels))


def _boxes(view: MagView, high: Vec3Int) -> BoxStore:
    dataset = view.layer.dataset
    assert isinstance(dataset, RemoteDataset)  # noqa: S101  (its layers are read here alone)
    whole = -(-high // DEFAULT_CHUNK) * DEFAULT_CHUNK
    info = ArrayInfo(
        data_format="zarr",
        dtype=view.layer.dtype,
        num_channels=view.num_channels,
        chunk_shape=DEFAULT_CHUNK,
        shard_shape=whole,
        compressed=False,
    )
    place = f"/datasets/{step(dataset.dataset_id)}/layers/{step(view.layer.name)}/data"
    return BoxStore(dataset.store, place, view.mag, info)


def _put(growing: Path, target: Path) -> Dataset:
    """Put the whole dataset in its place; one that stood there goes once it is."""
    (growing / _MARK).unlink()
    replaced = growing.with_name(f".{target.absolute().name}.replaced")
    if target.exists():
        shutil.rmtree(replaced, ignore_errors=True)
        target.rename(replaced)
    growing.rename(target)
    sync_directory(target.absolute().parent)
    shutil.rmtree(replaced, ignore_errors=True)
    return Dataset.open(target)
