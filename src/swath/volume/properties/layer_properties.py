"""A layer, and its mags, in the properties file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from swath.volume.errors import AgreementError, CategoryError, PropertiesError
from swath.volume.geometry import BoundingBox, Mag
from swath.volume.properties.axes import AdditionalAxis
from swath.volume.properties.element_class import channels_of
from swath.volume.properties.transformations import Transformation, read_transformation
from swath.volume.properties.view_configuration import LayerViewConfiguration

CATEGORIES = ("color", "segmentation")
LARGEST_PLAIN_ID = 2**53 - 1
"""Up to here JSON's readers agree on an integer; a larger id is written as text."""


class DataFormat(StrEnum):
    """How arrays are stored; the last two are listed, and not read."""

    WKW = "wkw"
    Zarr = "zarr"
    Zarr3 = "zarr3"
    N5 = "n5"
    NeuroglancerPrecomputed = "neuroglancerPrecomputed"


DATA_FORMATS = tuple(each.value for each in DataFormat)


@dataclass
class MagProperties:
    """A mag: where its array is (None: in the folder of its layer), and the order of the array's axes."""

    mag: Mag
    path: str | None = None
    cube_length: int | None = None
    axis_order: dict[str, int] | None = None
    channel_index: int | None = None
    unknown: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, record: Mapping[str, Any], key: str = "mag") -> MagProperties:
        """Read it from the properties file; ``key`` is ``resolution`` in old ones."""
        rest = dict(record)
        return cls(
            Mag(rest.pop(key)),
            _read_path(rest.pop("path", None)),
            rest.pop("cubeLength", None),
            _read_order(rest.pop("axisOrder", None)),
            rest.pop("channelIndex", None),
            rest,
        )

    def to_json(self) -> dict[str, Any]:
        """Give it as the properties file has it."""
        known = {
            "mag": self.mag.to_list(),
            "path": self.path,
            "cubeLength": self.cube_length,
            "axisOrder": self.axis_order,
            "channelIndex": self.channel_index or None,
        }
        return {key: value for key, value in known.items() if value is not None} | self.unknown


@dataclass
class LayerProperties:
    """A layer: ``bounding_box`` in finest voxels, ``element_class`` of all channels together."""

    name: str
    category: str
    bounding_box: BoundingBox
    element_class: str
    data_format: str
    mags: list[MagProperties] = field(default_factory=list)
    num_channels: int = 1
    additional_axes: list[AdditionalAxis] = field(default_factory=list)
    default_view_configuration: LayerViewConfiguration | None = None
    coordinate_transformations: list[Transformation] = field(default_factory=list)
    largest_segment_id: int | None = None
    mappings: list[str] = field(default_factory=list)
    attachments: dict[str, Any] = field(default_factory=dict)
    unknown: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> LayerProperties:
        """Read it from the properties file; raises PropertiesError and its kin."""
        rest = dict(record)
        name, category = str(rest.pop("name")), rest.pop("category")
        if not re.fullmatch(r"[^./\\][^/\\]*", name):
            raise PropertiesError(f"{name!r} is no name of a layer: it names a place outside the dataset")
        if category not in CATEGORIES:
            raise CategoryError(f"Failed to read layer ({name}) because of invalid category ({category}).")
        view = rest.pop("defaultViewConfiguration", None)
        box = dict(rest.pop("boundingBox"))
        layer = cls(
            name=name,
            category=category,
            bounding_box=BoundingBox.from_wkw_dict(box),
            element_class=(elements := str(rest.pop("elementClass"))),
            data_format=_data_format(rest.pop("dataFormat"), name),
            num_channels=_read_channels(rest.pop("numChannels", None) or channels_of(elements)),
            additional_axes=[AdditionalAxis.from_json(axis) for axis in rest.pop("additionalAxes", None) or []],
            default_view_configuration=None if view is None else LayerViewConfiguration.from_json(view),
            coordinate_transformations=[
                read_transformation(each) for each in rest.pop("coordinateTransformations", None) or []
            ],
            largest_segment_id=_read_id(rest.pop("largestSegmentId", None)),
            mappings=list(rest.pop("mappings", None) or []),
            attachments=dict(rest.pop("attachments", None) or {}),
        )
        layer.mags = _read_mags(rest)
        layer.unknown = rest
        _check_axes(layer)
        return layer

    def to_json(self) -> dict[str, Any]:
        """Give it as the properties file has it."""
        view = self.default_view_configuration
        optional = {
            "additionalAxes": [axis.to_json() for axis in self.additional_axes],
            "defaultViewConfiguration": None if view is None else view.to_json(),
            "coordinateTransformations": [each.to_json() for each in self.coordinate_transformations],
            "largestSegmentId": _write_id(self.largest_segment_id),
            "mappings": self.mappings,
            "attachments": self.attachments,
        }
        return {
            "name": self.name,
            "category": self.category,
            "boundingBox": self.bounding_box.to_wkw_dict(),
            "dataFormat": self.data_format,
            "mags": [mag.to_json() for mag in self.mags],
            **{key: value for key, value in optional.items() if value not in (None, [], {})},
            "numChannels": self.num_channels,
            "elementClass": self.element_class,
            **self.unknown,
        }


def _data_format(name: str, layer: str) -> str:
    if name not in DATA_FORMATS:
        raise PropertiesError(f"layer {layer} has the format {name!r}", f"one of {', '.join(DATA_FORMATS)}")
    return name


def _read_channels(number: Any) -> int:
    if not isinstance(number, int) or number < 1:
        raise PropertiesError(f"{number!r} is no number of channels")
    return number


def _read_path(path: Any) -> str | None:
    if path is not None and (not isinstance(path, str) or "\0" in path):
        raise PropertiesError(f"{path!r} is no path of a mag")
    return path


def _read_order(order: Any) -> dict[str, int] | None:
    if order is None:
        return None
    if not isinstance(order, Mapping) or not all(isinstance(place, int) for place in order.values()):
        raise PropertiesError(f"{order!r} is no order of axes", 'such as {"c": 0, "x": 1, "y": 2, "z": 3}')
    return dict(order)


def _read_mags(rest: dict[str, Any]) -> list[MagProperties]:
    """Read the mags of any generation, and take them out of the record."""
    old = rest.pop("wkwResolutions", None) or []
    mags = [MagProperties.from_json(each) for each in rest.pop("mags", None) or []]
    return mags or [MagProperties.from_json(each, "resolution") for each in old]


def _check_axes(layer: LayerProperties) -> None:
    orders = [mag.axis_order for mag in layer.mags]
    if any(order != orders[0] for order in orders):
        raise AgreementError(f"the mags of layer {layer.name} differ in the order of their axes")
    if layer.additional_axes and layer.mags and orders[0] is None:
        raise AgreementError(f"layer {layer.name} has additional axes, but its mags do not say their order")


def _read_id(value: Any) -> int | None:
    """Read a segment id; one beyond 2^53 stands as text in an envelope."""
    if isinstance(value, Mapping):
        value = value["value"]
    return None if value is None else int(value)


def _write_id(value: int | None) -> Any:
    if value is None or value <= LARGEST_PLAIN_ID:
        return value
    return {"customJsonEncoding": "bigint", "value": str(value)}
