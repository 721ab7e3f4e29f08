"""Copies of whole datasets."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swath.engine.files import write_atomically
from swath.engine.run import Running
from swath.volume.copying.layers import add_copy_layer, add_layer_as_ref, without
from swath.volume.copying.mags import make_symlink
from swath.volume.errors import DatasetExistsError
from swath.volume.geometry import NDBoundingBox
from swath.volume.paths import JOBS_FOLDER, is_unused
from swath.volume.properties import VoxelSize

if TYPE_CHECKING:
    from swath.volume.dataset import Dataset
    from swath.volume.layer import Layer


def copy_dataset(
    dataset: Dataset,
    new_dataset_path: str | Path,
    *,
    voxel_size: Any = None,
    voxel_size_with_unit: VoxelSize | None = None,
    chunk_shape: Any = None,
    shard_shape: Any = None,
    chunks_per_shard: Any = None,
    data_format: str | None = None,
    compress: Any = None,
    codec: Any = None,
    bounding_box: NDBoundingBox | None = None,
    layers_to_ignore: Iterable[str] | None = None,
    exists_ok: bool = False,
    executor: Executor | None = None,
    running: Running | None = None,
) -> Dataset:
    """Copy a dataset, layer by layer and mag by mag; what is not given is as it is.

    With ``bounding_box``, in finest voxels, only what lies in it is copied, and stays where it is. A copy that was cut
    off goes on when it is asked for again. Raises DatasetExistsError where something else stands at the place.
    """
    path = Path(new_dataset_path)
    size = voxel_size_with_unit or (VoxelSize(voxel_size) if voxel_size is not None else dataset.voxel_size_with_unit)
    shapes = {"chunk_shape": chunk_shape, "shard_shape": shard_shape, "chunks_per_shard": chunks_per_shard}
    form = {**shapes, "data_format": data_format, "compress": compress, "codec": codec, "bounding_box": bounding_box}
    with _unfinished(path, f"{dataset.path.absolute()} {size} {form} {layers_to_ignore}") as known:
        new = _new_dataset(dataset, path, size, exists_ok=exists_ok or known)
        for layer in without(dataset.layers.values(), layers_to_ignore):
            add_copy_layer(new, layer, **form, exists_ok=exists_ok or known, executor=executor, running=running)
    return new


@contextmanager
def _unfinished(path: Path, what: str) -> Iterator[bool]:
    """Mark a copy as unfinished until the body ends, and say whether an equal one was cut off there."""
    mark = path / JOBS_FOLDER / "copy"
    known = mark.is_file() and mark.read_text(encoding="utf-8") == what
    if mark.is_file() and not known:
        raise DatasetExistsError(f"{path} holds an unfinished copy of another dataset, or with other settings")
    if not known and is_unused(path):
        write_atomically(mark, what.encode())
        known = True
    yield known
    mark.unlink(missing_ok=True)
    with suppress(OSError):  # where other jobs are unfinished
        mark.parent.rmdir()


def shallow_copy_dataset(
    dataset: Dataset,
    new_dataset_path: str | Path,
    name: str | None = None,
    *,
    make_relative: bool = False,
    layers_to_ignore: Iterable[str] | None = None,
) -> Dataset:
    """Make a dataset whose mags and attachments are those of another one, by their paths.

    With ``make_relative`` the mags are relative symbolic links, so that both datasets may be moved together. Other
    folders of a layer are linked, so that what the properties file does not name is there too.
    """
    new = _new_dataset(dataset, Path(new_dataset_path), dataset.voxel_size_with_unit, exists_ok=False)
    if name is not None:
        new.name = name
    for layer in without(dataset.layers.values(), layers_to_ignore):
        _refer(new, layer, make_relative=make_relative)
    return new


def _refer(new: Dataset, layer: Layer, *, make_relative: bool) -> None:
    """Take a layer over: its mags, and links to the folders of it that are none."""
    if make_relative:
        own = new.add_layer_like(layer, layer.name)
        for view in layer.mags.values():
            own.add_symlink_mag(view, make_relative=True, extend_layer_bounding_box=False)
    else:
        add_layer_as_ref(new, layer)
    mags = {view.path for view in layer.mags.values()}
    for folder in sorted(layer.path.iterdir()) if layer.path.is_dir() else []:
        if folder.is_dir() and folder not in mags and not folder.name.startswith("."):
            place = new.path / layer.name
            make_symlink(place / folder.name, folder, relative_to=place if make_relative else None)


def _new_dataset(dataset: Dataset, path: Path, size: VoxelSize, *, exists_ok: bool) -> Dataset:
    if not exists_ok and path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise DatasetExistsError(f"Copying to {path} failed, because a non-empty folder already exists at this path.")
    new = type(dataset)(path, voxel_size_with_unit=size, exist_ok=exists_ok)
    if new.default_view_configuration is None and dataset.default_view_configuration is not None:
        new.default_view_configuration = copy.deepcopy(dataset.default_view_configuration)
    return new
