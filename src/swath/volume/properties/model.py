"""A dataset in its properties file: read in all generations, written so that no reader sees half of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from swath.engine.files import write_atomically
from swath.volume.errors import AgreementError, NoSuchDatasetError, PropertiesError, VolumeError
from swath.volume.properties.layer_properties import LayerProperties
from swath.volume.properties.units import VoxelSize
from swath.volume.properties.view_configuration import DatasetViewConfiguration

FILE_NAME = "datasource-properties.json"


@dataclass
class DatasetProperties:
    """What the properties file says; keys that are not known here are kept as they are."""

    name: str
    voxel_size: VoxelSize
    layers: list[LayerProperties] = field(default_factory=list)
    default_view_configuration: DatasetViewConfiguration | None = None
    team: str = ""
    unknown: dict[str, Any] = field(default_factory=dict)
    unknown_id: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> DatasetProperties:
        """Read a properties file; raises PropertiesError and its kin for what is none."""
        rest = dict(record)
        if rest.pop("version", 1) != 1:
            raise AgreementError(f"Unsupported dataset version {record['version']}")
        identity = dict(rest.pop("id"))
        view = rest.pop("defaultViewConfiguration", None)
        return cls(
            name=str(identity.pop("name")),
            voxel_size=_read_voxel_size(rest.pop("scale")),
            layers=[LayerProperties.from_json(layer) for layer in rest.pop("dataLayers")],
            default_view_configuration=None if view is None else DatasetViewConfiguration.from_json(view),
            team=str(identity.pop("team", "")),
            unknown=rest,
            unknown_id=identity,
        )

    def to_json(self) -> dict[str, Any]:
        """Give it as the properties file has it."""
        view = self.default_view_configuration
        return {
            "id": {"name": self.name, "team": self.team, **self.unknown_id},
            "scale": self.voxel_size.to_json(),
            "dataLayers": [layer.to_json() for layer in self.layers],
            "version": 1,
            **({} if view is None else {"defaultViewConfiguration": view.to_json()}),
            **self.unknown,
        }

    def layer(self, name: str) -> LayerProperties:
        """Give a layer's properties; raises KeyError for a name that is not there."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise KeyError(name)


def _read_voxel_size(scale: Any) -> VoxelSize:
    """Read the size of a voxel: lengths and unit, or, in old files, nanometres alone."""
    if isinstance(scale, Mapping):
        return VoxelSize(scale["factor"], scale.get("unit", "nanometer"))
    return VoxelSize(scale)


def read_properties(dataset: Path) -> tuple[DatasetProperties, bytes]:
    """Read the properties of a dataset, and give the bytes that they were read from.

    Raises NoSuchDatasetError where there is no such file, PropertiesError and its kin where it says nothing sensible.
    """
    file = dataset / FILE_NAME
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise NoSuchDatasetError(f"Cannot read dataset at {dataset}. {FILE_NAME} file not found.") from None
    return parse_properties(content, file), content


def parse_properties(content: bytes, source: object) -> DatasetProperties:
    """Read the content of a properties file; ``source`` is named in errors."""
    try:
        record = json.loads(content)
        if not isinstance(record, dict):
            raise PropertiesError(f"{source} is no object of JSON")
        return DatasetProperties.from_json(record)
    except VolumeError as error:
        raise type(error)(
            f"{source}: {error.message}" if str(source) not in error.message else error.message, error.hint
        ) from error
    except KeyError as error:
        raise PropertiesError(f"{source} has no key {error.args[0]!r} where one is due") from error
    except (TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise PropertiesError(f"{source} is no properties file: {error}") from error


def write_properties(dataset: Path, properties: DatasetProperties) -> bytes:
    """Write the properties of a dataset, whole or not at all, and give their bytes."""
    content = json.dumps(properties.to_json(), indent=4).encode()
    write_atomically(dataset / FILE_NAME, content)
    return content
