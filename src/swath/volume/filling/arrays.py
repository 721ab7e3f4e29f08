"""Arrays that grow beside their place, and are put in it when they are whole."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from swath.engine.files import sync_directory
from swath.volume.filling.stages import Target
from swath.volume.geometry import BoundingBox, Mag
from swath.volume.paths import replaced_folder
from swath.volume.statistics import Measured
from swath.volume.stores import ArrayInfo, ArrayStore, create_store, open_store

if TYPE_CHECKING:
    from swath.volume.layer import Layer


@dataclass(frozen=True)
class NewArray:
    """The array of a new mag of a layer."""

    layer: Layer
    mag: Mag
    info: ArrayInfo

    @property
    def folder(self) -> Path:
        """Its place."""
        return self.layer.path / str(self.mag)

    @property
    def growing(self) -> Path:
        """Where it stands until it is whole."""
        return self.folder.with_name(f".{self.mag}.partial")

    def target(self) -> Target:
        """What is filled."""
        layer = self.layer
        plain = BoundingBox(layer.bounding_box.topleft_xyz, layer.bounding_box.size_xyz)
        box = plain.align_with_mag(self.mag, ceil=True).in_mag(self.mag)
        low = box.topleft_xyz
        measured = Measured(
            layer.name, layer.category, self.mag, self.info.chunk_shape, layer.dtype, layer.num_channels, plain
        )
        return Target(self.store(), low, low + box.size_xyz, measured)

    def store(self) -> ArrayStore:
        """The array while it grows."""
        return open_store(self.growing, self.info.data_format, self.info.axes)

    def begin(self) -> None:
        """Make it, empty, in place of what an earlier run left."""
        shutil.rmtree(self.growing, ignore_errors=True)
        self.growing.parent.mkdir(parents=True, exist_ok=True)
        create_store(self.growing, self.info)

    def put(self) -> None:
        """Put it in its place by a rename; what stood there goes once it is."""
        if not self.growing.exists():
            return
        for pattern in (".*.tmp", "*.__lock"):  # of processes that were killed
            for leftover in self.growing.rglob(pattern):
                leftover.unlink()
        put_in_place(self.growing, self.folder)


def put_in_place(growing: Path, folder: Path) -> None:
    """Rename a whole array into its place; what stood there goes once it is in it."""
    waiting = replaced_folder(folder)
    _remove(waiting)
    if folder.exists():
        folder.rename(waiting)
    growing.rename(folder)
    sync_directory(folder.parent)
    _remove(waiting)


def _remove(folder: Path) -> None:
    """Remove a folder if it is there; of a link, only the link."""
    if folder.is_symlink():
        folder.unlink()
    shutil.rmtree(folder, ignore_errors=True)
