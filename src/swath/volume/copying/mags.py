"""Mags of one layer taken into another."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swath.engine.run import Running
from swath.volume.copying.arrays import copy_files, rewrite_mag
from swath.volume.errors import AgreementError, NameTakenError, NoSuchNameError
from swath.volume.filling.job import running_with
from swath.volume.geometry import Mag
from swath.volume.mag_view import MagView
from swath.volume.statistics_store import forget_statistics
from swath.volume.stores import ArrayInfo

if TYPE_CHECKING:
    from swath.volume.layer import Layer


def add_copy_mag(
    layer: Layer,
    foreign: MagView | str | Path,
    *,
    extend_layer_bounding_box: bool = True,
    chunk_shape: Any = None,
    shard_shape: Any = None,
    chunks_per_shard: Any = None,
    compress: Any = None,
    codec: Any = None,
    executor: Executor | None = None,
    running: Running | None = None,
) -> MagView:
    """Copy a mag into a layer: its files, where the form stays the same, else its voxels, written anew.

    What is not given is as the mag has it, as far as the layer's format allows it. Raises NameTakenError where the mag
    is there, AgreementError where dtype or channels differ.
    """
    view = _checked(layer, foreign)
    if extend_layer_bounding_box:
        layer.extend_bounding_box(view.layer.bounding_box)
    info = form_of_copy(layer, view, chunk_shape, shard_shape, chunks_per_shard, compress, codec)
    if _is_same(info, view.info) and layer.bounding_box == view.layer.bounding_box:
        return copy_files(view, layer, view.mag)
    return rewrite_mag(view, layer, info, running_with(executor, running))


def form_of_copy(
    layer: Layer, view: MagView, chunk: Any, shard: Any, chunks_per_shard: Any, compress: Any, codec: Any
) -> ArrayInfo:
    """Choose the form of a copy: what was given, else as it was, as far as the layer's format has such shapes."""
    old = view.info
    chunk = old.chunk_shape if chunk is None else chunk
    if shard is None and chunks_per_shard is None and layer.data_format != "zarr":
        shard = old.shard_shape if old.shard_shape != old.chunk_shape or old.data_format != "zarr" else None
    if layer.data_format == old.data_format and compress is None and codec is None:
        codec = old.codec
    compressed = old.compressed if compress is None else compress
    return layer.new_array_info(view.mag, chunk, shard, chunks_per_shard, compress=compressed, codec=codec or None)


def _is_same(new: ArrayInfo, old: ArrayInfo) -> bool:
    parts = ("data_format", "dtype", "num_channels", "chunk_shape", "shard_shape", "compressed", "axes")
    same_codec = new.codec is None or new.codec == old.codec
    return same_codec and all(getattr(new, part) == getattr(old, part) for part in parts)


def add_fs_copy_mag(layer: Layer, foreign: MagView | str | Path, *, extend_layer_bounding_box: bool = True) -> MagView:
    """Copy the files of a mag into a layer; errors as of ``add_copy_mag``."""
    view = _checked(layer, foreign, same_format=True)
    if extend_layer_bounding_box:
        layer.extend_bounding_box(view.layer.bounding_box)
    return copy_files(view, layer, view.mag)


def add_symlink_mag(
    layer: Layer,
    foreign: MagView | str | Path,
    *,
    make_relative: bool = False,
    extend_layer_bounding_box: bool = True,
) -> MagView:
    """Add a mag by a symbolic link to its folder; errors as of ``add_copy_mag``."""
    view = _checked(layer, foreign, same_format=True)
    if extend_layer_bounding_box:
        layer.extend_bounding_box(view.layer.bounding_box)
    link = layer.path / str(view.mag)
    make_symlink(link, view.path, relative_to=layer.path if make_relative else None)
    return layer.register_array(view.mag, link, view.info, view.channel_index)


def add_mag_as_ref(layer: Layer, foreign: MagView | str | Path, *, extend_layer_bounding_box: bool = True) -> MagView:
    """Add a mag by its path: the array stays where it is, and is read-only here; errors as of ``add_copy_mag``."""
    view = _checked(layer, foreign, same_format=True)
    if extend_layer_bounding_box:
        layer.extend_bounding_box(view.layer.bounding_box)
    return layer.register_array(view.mag, view.path.resolve(), view.info, view.channel_index)


def delete_mag(layer: Layer, mag: Any) -> None:
    """Take a mag out of a layer, and delete its array if it lies in the layer; of a link, only the link goes."""
    layer.dataset.check_writable()
    wanted = Mag(mag)
    if wanted not in layer.mags:
        raise NoSuchNameError(f"Deleting mag {wanted} failed. There is no mag with this name")
    view = layer.mags[wanted]
    own, folder = not view.is_foreign, view.path
    layer.unregister_mag(wanted)
    forget_statistics(layer.dataset.path, layer.name, str(wanted))
    if folder.is_symlink() and folder.parent == layer.path:
        folder.unlink()
    elif own and folder.is_dir():
        shutil.rmtree(folder)


def make_symlink(link: Path, target: Path, *, relative_to: Path | None) -> None:
    """Make a symbolic link to a folder, absolute or relative; raises NameTakenError where something is in its place."""
    if link.exists() or link.is_symlink():
        raise NameTakenError(f"{link} is there already")
    link.parent.mkdir(parents=True, exist_ok=True)
    whole = target.resolve()
    link.symlink_to(whole if relative_to is None else os.path.relpath(whole, relative_to.resolve()))


def _checked(layer: Layer, foreign: MagView | str | Path, *, same_format: bool = False) -> MagView:
    layer.dataset.check_writable()
    view = foreign if isinstance(foreign, MagView) else opened_mag(Path(foreign))
    if view.mag in layer.mags:
        raise NameTakenError(f"Adding mag {view.mag} failed. There is already a mag with this name")
    theirs = view.layer
    for what in ("dtype", "num_channels", *(("data_format",) if same_format else ())):
        if getattr(theirs, what) != getattr(layer, what):
            raise AgreementError(
                f"the {what} of layer {layer.name} is {getattr(layer, what)}, that of the mag {getattr(theirs, what)}"
            )
    return view


def opened_mag(path: Path) -> MagView:
    """Open a mag by its folder, DATASET/LAYER/MAG."""
    from swath.volume.dataset import Dataset  # noqa: PLC0415  (datasets build on this)

    return Dataset.open(path.parent.parent, read_only=True).get_layer(path.parent.name).get_mag(path.name)
