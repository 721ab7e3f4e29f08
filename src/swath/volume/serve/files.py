"""The folder that is served: which datasets it holds, and what of them may be seen."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from swath.errors import SwathError
from swath.volume.dataset import Dataset
from swath.volume.errors import VolumeError
from swath.volume.geometry import Mag
from swath.volume.mag_view import MagView
from swath.volume.properties.model import FILE_NAME
from swath.volume.serve.errors import RequestError, not_found
from swath.volume.serve.names import PRIVATE, dataset_id
from swath.volume.serve.voxels import ServedMag

_UNREADABLE = (SwathError, OSError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, MemoryError)
"""What nonsense in the files of a dataset may raise: it hides itself, and no other."""

_KEPT_OPEN = 256
"""Datasets that are held open at a time."""


@dataclass
class ServedDataset:
    """A dataset as its properties file was in this ``state``; ``dataset`` is None where that cannot be read."""

    name: str
    path: Path
    state: tuple[int, int, int]
    dataset: Dataset | None
    problem: str = ""
    mags: dict[tuple[str, Mag], ServedMag] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Its id."""
        return dataset_id(self.name)

    def mag(self, layer: str, mag: str) -> ServedMag:
        """Give a mag by its short or long name; raises RequestError where it is not there or not to be seen."""
        try:
            wanted = Mag(mag)
        except VolumeError:
            raise not_found(f"mag {mag!r}") from None
        if (layer, wanted) not in self.mags:
            raise not_found(f"mag {wanted} of layer {layer!r}")
        return self.mags[layer, wanted]


class ServedFolder:
    """A folder whose sub-folders are datasets. What a link or a path leads to outside of it is not served.

    Links of single files within an array are followed: only who may write into the folder can make them.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._open: dict[str, ServedDataset] = {}
        self._names: dict[str, str] = {}
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """List the datasets by name."""
        with os.scandir(self.root) as entries:
            found = [entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir()]
        return sorted(name for name in found if self._holds(self.root / name / FILE_NAME))

    def datasets(self) -> Iterator[ServedDataset]:
        """Yield the datasets in order of name."""
        for name in self.names():
            try:
                yield self._get(name)
            except RequestError:  # it went while the others were listed
                continue

    def find(self, identity: str) -> ServedDataset:
        """Give a dataset by its id; raises RequestError where there is none."""
        name = self._names.get(identity)
        if name is None:
            self._names = {dataset_id(name): name for name in self.names()}
            name = self._names.get(identity)
        if name is None:
            raise not_found(f"dataset {identity!r}")
        return self._get(name)

    def find_by_name(self, name: str) -> ServedDataset:
        """Give a dataset by the name of its folder; raises RequestError where there is none."""
        return self.find(dataset_id(name))

    def forget(self, name: str) -> None:
        """Read a dataset anew when it is asked for next."""
        with self._lock:
            self._open.pop(name, None)

    def contains(self, path: Path) -> bool:
        """Say whether a path leads into the folder, links followed, and not to what the server keeps for itself."""
        try:
            inside = path.resolve(strict=True).relative_to(self.root)
        except (OSError, RuntimeError, ValueError):
            return False
        return PRIVATE not in inside.parts

    def _holds(self, file: Path) -> bool:
        return self.contains(file) and file.is_file()

    def _get(self, name: str) -> ServedDataset:
        path = self.root / name
        if not self._holds(path / FILE_NAME):
            self.forget(name)
            raise not_found(f"dataset {name!r}")
        stat = (path / FILE_NAME).stat()
        state = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        with self._lock:
            known = self._open.get(name)
            if known is None or known.state != state:
                known = self._open[name] = self._read(name, path, state)
                if len(self._open) > _KEPT_OPEN:
                    self._open.pop(next(iter(self._open)))
        return known

    def _read(self, name: str, path: Path, state: tuple[int, int, int]) -> ServedDataset:
        try:
            dataset = Dataset.open(path, read_only=True)
        except _UNREADABLE as error:
            return ServedDataset(name, path, state, None, f"the properties file cannot be read: {error}")
        served = ServedDataset(name, path, state, dataset)
        for layer in dataset.layers.values():
            for mag in layer.mags.values():
                if array := self._readable(mag):
                    served.mags[layer.name, mag.mag] = array
        return served

    def _readable(self, mag: MagView) -> ServedMag | None:
        """Give a mag that may be served; None for one whose array is missing, damaged, or outside of the folder."""
        try:
            return ServedMag(mag) if self.contains(mag.path) else None
        except _UNREADABLE:
            return None
