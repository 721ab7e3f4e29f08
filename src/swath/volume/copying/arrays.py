"""Writing mags anew: in another form, in another layer, or in their own place."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swath.engine.run import Running
from swath.volume.copying.stage import CopyStage, unit_of
from swath.volume.errors import ReadOnlyError
from swath.volume.file_state import state_of_files
from swath.volume.filling.arrays import NewArray, put_in_place
from swath.volume.filling.job import FOLDER, Filling, fill
from swath.volume.filling.source import Source, source_of
from swath.volume.filling.stages import ShardStage
from swath.volume.geometry import Mag
from swath.volume.paths import replaced_folder
from swath.volume.shapes import choose_shapes
from swath.volume.stores import ArrayInfo

if TYPE_CHECKING:
    from swath.volume.layer import Layer
    from swath.volume.mag_view import MagView


@dataclass(frozen=True)
class CopySettings:
    """What decides a copy: the source and the state of its files, the box, and the form of the new array."""

    source: str
    state: str
    box: str
    form: str


def rewrite_mag(view: MagView, layer: Layer, info: ArrayInfo, running: Running) -> MagView:
    """Write a mag into a layer, in a form; the box is the layer's. The mag takes the place of one that is there.

    Cut off and called again, it goes on where it was, if nothing changed since.
    """
    array = NewArray(layer, view.mag, info)
    settings = CopySettings(
        str(view.path.absolute()), state_of_files(view.path), str(layer.bounding_box), f"{info} {info.codec}"
    )
    fill_with_copy(array, source_of(view, layer), f"copy {layer.name} {view.mag}", settings, running)
    return layer.register_array(view.mag, array.folder, info)


def fill_with_copy(array: NewArray, source: Source, name: str, settings: Any, running: Running) -> None:
    """Fill an array with the voxels of another one, by a job of a name and of settings that decide it."""
    stage = CopyStage(source, (array.target(),), array.info, unit_of(source.info, array.info))
    stages = (stage, ShardStage(stage.name, stage.targets, stage.chunk_memory()))
    fill(Filling(array.layer.dataset, name, settings, (array,), stages), running)


def compress_in_place(view: MagView, running: Running, codec: Any = None) -> None:
    """Compress a mag in its place, with the shapes that it has; nothing is done where it is compressed already."""
    _check_replaceable(view)
    if view.info.compressed:
        _clear_leftovers(view)
        return
    rewrite_mag(view, view.layer, replace(view.info, compressed=True, codec=codec), running)


def rechunk_in_place(
    view: MagView, chunk_shape: Any, shard_shape: Any, chunks_per_shard: Any, *, compress: Any, running: Running
) -> None:
    """Write a mag anew in its place, with other shapes."""
    _check_replaceable(view)
    layer = view.layer
    chunk, shard = choose_shapes(layer.data_format, chunk_shape or view.info.chunk_shape, shard_shape, chunks_per_shard)
    info = replace(view.info, chunk_shape=chunk, shard_shape=shard, compressed=bool(compress), codec=None)
    rewrite_mag(view, layer, info, running)


def _check_replaceable(view: MagView) -> None:
    view.layer.dataset.check_writable()
    if view.read_only:
        raise ReadOnlyError(f"{view} is read-only: its array is not that of this dataset")
    if view.is_shared:
        raise ReadOnlyError(f"{view} stays as it is: its array holds channels that are not its layer's", "copy it")


def _clear_leftovers(view: MagView) -> None:
    """Remove what a run left that was cut off when the new array was in its place already."""
    job = view.layer.dataset.path / FOLDER / f"copy {view.layer.name} {view.mag}"
    for leftover in (replaced_folder(view.path), job):
        shutil.rmtree(leftover, ignore_errors=True)
    with suppress(OSError):  # where there is none, or another job's
        job.parent.rmdir()


def copy_files(view: MagView, layer: Layer, mag: Mag) -> MagView:
    """Copy the files of a mag into a layer, and enter it; those that an earlier copy left whole stay."""
    folder = layer.path / str(mag)
    growing = folder.with_name(f".{mag}.partial")
    copy_tree(view.path, growing)
    put_in_place(growing, folder)
    return layer.register_array(mag, folder, view.info, view.channel_index)


def copy_tree(source: Path, target: Path) -> None:
    """Copy the files below a folder, each whole by a rename; those that are there with size and time are left alone.

    What links lead to is copied too.
    """
    for file in _files(source):
        place = target / file.relative_to(source)
        stat = file.stat()
        if place.is_file() and (place.stat().st_size, place.stat().st_mtime_ns) == (stat.st_size, stat.st_mtime_ns):
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = place.with_name(f".{place.name}.tmp")
        shutil.copy2(file, temporary)
        temporary.replace(place)


def _files(folder: Path, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Yield the files below a folder; a link to a folder that it lies in is not followed."""
    here = folder.resolve()
    for path in sorted(folder.iterdir()) if here not in above else ():
        if path.is_dir():
            yield from _files(path, (*above, here))
        elif path.is_file():
            yield path
