"""A dataset's folder, and its ``datasource-properties.json``: made, opened and saved."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from swath.volume.errors import ArgumentError, DatasetExistsError, ReadOnlyError
from swath.volume.paths import is_unused
from swath.volume.properties import DatasetProperties, DatasetViewConfiguration, VoxelSize
from swath.volume.properties.model import FILE_NAME, read_properties, write_properties
from swath.volume.properties.ome import write_ome_metadata


class StoredDataset:
    """A folder with a properties file, which every change saves; what a dataset is without its layers."""

    def __init__(
        self,
        dataset_path: str | Path,
        voxel_size: Iterable[float] | None = None,
        name: str | None = None,
        exist_ok: bool = False,
        *,
        voxel_size_with_unit: VoxelSize | None = None,
        scale: Iterable[float] | None = None,
        read_only: bool = False,
    ) -> None:
        self._path = Path(dataset_path)
        self._read_only = read_only
        size = _one_size(voxel_size, voxel_size_with_unit, scale)
        if read_only or (self._path / FILE_NAME).exists():
            self._take_up(size, name, exist_ok=exist_ok or read_only)
            return
        _check_empty(self._path)
        if size is None:
            raise ArgumentError(
                "When creating a new dataset, voxel_size or voxel_size_with_unit must be set, "
                "e.g. Dataset(path, voxel_size=(1, 1, 4.2))."
            )
        self._path.mkdir(parents=True, exist_ok=True)
        self._load(DatasetProperties(name or self._path.absolute().name, size))
        self.save()

    def _take_up(self, size: VoxelSize | None, name: str | None, *, exist_ok: bool) -> None:
        if not exist_ok:
            raise DatasetExistsError(
                f"Creation of Dataset at {self._path} failed, because a non-empty folder already exists at this path."
            )
        properties, self._seen = read_properties(self._path)
        self._load(properties)
        what = f"Cannot open Dataset: The dataset {self._path} already exists, but the"
        if size is not None and size.to_nanometer() != properties.voxel_size.to_nanometer():
            raise DatasetExistsError(f"{what} voxel_sizes do not match ({properties.voxel_size} != {size})")
        if name is not None and name != properties.name:
            raise DatasetExistsError(f"{what} names do not match ({properties.name} != {name})")

    def _load(self, properties: DatasetProperties) -> None:
        self._properties = properties

    @classmethod
    def open(cls, dataset_path: str | Path, read_only: bool = False) -> Self:
        """Open a dataset; raises NoSuchDatasetError where there is none, PropertiesError where its file is damaged."""
        self = cls.__new__(cls)
        self._path, self._read_only = Path(dataset_path), read_only
        properties, self._seen = read_properties(self._path)
        self._load(properties)
        return self

    @classmethod
    def create(cls, dataset_path: str | Path, voxel_size: Any, name: str | None = None) -> Self:
        """Make a dataset: the old name of the constructor."""
        return cls(dataset_path, voxel_size, name, exist_ok=False)

    @classmethod
    def get_or_create(cls, dataset_path: str | Path, voxel_size: Any, name: str | None = None) -> Self:
        """Open a dataset, or make it if it is not there: the old name of the constructor with ``exist_ok``."""
        return cls(dataset_path, voxel_size, name, exist_ok=True)

    @property
    def path(self) -> Path:
        """Its folder."""
        return self._path

    @property
    def properties(self) -> DatasetProperties:
        """What its properties file says."""
        return self._properties

    @property
    def read_only(self) -> bool:
        """Whether it refuses to be changed."""
        return self._read_only

    @property
    def voxel_size(self) -> tuple[float, float, float]:
        """The lengths of a finest voxel, in nanometres."""
        return self._properties.voxel_size.to_nanometer()

    @property
    def scale(self) -> tuple[float, float, float]:
        """The old name of ``voxel_size``."""
        return self.voxel_size

    @property
    def voxel_size_with_unit(self) -> VoxelSize:
        """The lengths of a finest voxel in their unit."""
        return self._properties.voxel_size

    @property
    def name(self) -> str:
        """Its name; to set it saves."""
        return self._properties.name

    @name.setter
    def name(self, name: str) -> None:
        self.check_writable()
        self._properties.name = name
        self.save()

    @property
    def default_view_configuration(self) -> DatasetViewConfiguration | None:
        """How it is shown by default; to set it saves."""
        return self._properties.default_view_configuration

    @default_view_configuration.setter
    def default_view_configuration(self, view: DatasetViewConfiguration | None) -> None:
        self.check_writable()
        self._properties.default_view_configuration = view
        self.save()

    def check_writable(self) -> None:
        """Raise ReadOnlyError where nothing may be changed."""
        if self._read_only:
            raise ReadOnlyError(f"{self!r} is read-only, the changes will not be saved!")

    def save(self) -> None:
        """Write the properties file, whole or not at all, and the metadata of Zarr layers."""
        self.check_writable()
        file = self._path / FILE_NAME
        if getattr(self, "_seen", None) is not None and file.exists() and file.read_bytes() != self._seen:
            warnings.warn(
                f"[WARNING] {file} is newer than the ones that were seen last time. It is overwritten.", stacklevel=3
            )
        self._seen = write_properties(self._path, self._properties)
        write_ome_metadata(self._path, self._properties)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StoredDataset) and (self._path, self._read_only) == (other._path, other._read_only)

    def __hash__(self) -> int:
        return hash((self._path, self._read_only))


def _one_size(voxel_size: Any, with_unit: VoxelSize | None, scale: Any) -> VoxelSize | None:
    """Give the one size that was given, if any; raises ArgumentError for two."""
    given = [size for size in (voxel_size, with_unit, scale) if size is not None]
    if len(given) > 1:
        raise ArgumentError("the voxel size is given twice", "give voxel_size or voxel_size_with_unit")
    if not given:
        return None
    return given[0] if isinstance(given[0], VoxelSize) else VoxelSize(given[0])


def _check_empty(path: Path) -> None:
    """Raise where something stands in the way of a new dataset."""
    if path.exists() and not path.is_dir():
        raise NotADirectoryError(20, "Not a directory", str(path / FILE_NAME))
    if not is_unused(path):
        raise DatasetExistsError(
            f"Creation of Dataset at {path} failed, because a non-empty folder already exists at this path."
        )
