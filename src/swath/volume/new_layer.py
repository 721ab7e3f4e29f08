"""What a new layer is to be: its properties, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from swath.volume.errors import AgreementError, ArgumentError, CategoryError
from swath.volume.geometry import BoundingBox, NDBoundingBox
from swath.volume.paths import check_layer_name
from swath.volume.properties import AdditionalAxis, LayerProperties
from swath.volume.properties.element_class import SUPPORTED_DTYPES, channel_dtype, element_class, given_dtype
from swath.volume.properties.layer_properties import CATEGORIES, DATA_FORMATS
from swath.volume.shapes import default_data_format

if TYPE_CHECKING:
    from swath.volume.layer import Layer


class DtypesGivenError(ArgumentError, AttributeError):
    """A dtype that is given twice, of a channel and of the layer."""


def new_layer_properties(
    name: str,
    category: str,
    *,
    dtype: Any,
    num_channels: int,
    data_format: str | None = None,
    bounding_box: NDBoundingBox | None = None,
    largest_segment_id: int | None = None,
    mappings: Iterable[str] | None = None,
) -> LayerProperties:
    """Give the properties of a new layer; raises ArgumentError and CategoryError for what no layer may be."""
    check_layer_name(name)
    if category not in CATEGORIES:
        raise CategoryError(
            f"Failed to add layer ({name}) because of invalid category ({category}). "
            "The supported categories are 'color' and 'segmentation'"
        )
    form = str(data_format or default_data_format())
    if form not in DATA_FORMATS[:3]:
        raise ArgumentError(f"{form!r} is no format to write", "one of wkw, zarr, zarr3")
    dtype = given_dtype(dtype)
    if dtype.name not in SUPPORTED_DTYPES[category]:
        raise ArgumentError(
            f"Cannot add {category} layer with dtype {dtype.name}. "
            f"Supported dtypes are: {', '.join(SUPPORTED_DTYPES[category])}."
        )
    box = bounding_box if bounding_box is not None else BoundingBox.empty()
    if not box.topleft_xyz.is_positive():
        raise AgreementError(f"a layer cannot begin at {box.topleft_xyz}", "give a corner without negative numbers")
    check_segment_id(largest_segment_id)
    return LayerProperties(
        name=name,
        category=category,
        bounding_box=BoundingBox(box.topleft_xyz, box.size_xyz),
        element_class=element_class(dtype, num_channels),
        data_format=form,
        num_channels=num_channels,
        additional_axes=_further_axes(box, form),
        largest_segment_id=largest_segment_id,
        mappings=list(mappings or []),
    )


def _further_axes(box: NDBoundingBox, data_format: str) -> list[AdditionalAxis]:
    """Give the axes of a box beyond c, x, y, z; raises ArgumentError where the format has none."""
    names = [axis for axis in box.axes if axis not in "cxyz"]
    if names and data_format == "wkw":
        raise ArgumentError(f"WKW has no axes {names}", "choose zarr3")
    places = {axis: place for place, axis in enumerate(axes_with_channels(box.axes))}
    return [AdditionalAxis(axis, box.get_bounds(axis), places[axis]) for axis in names]


def axes_with_channels(axes: Iterable[str]) -> tuple[str, ...]:
    """Put the channels before x, y, z where a box has none."""
    axes = tuple(axes)
    if "c" in axes:
        return axes
    first = min(axes.index(axis) for axis in "xyz" if axis in axes)
    return (*axes[:first], "c", *axes[first:])


def one_dtype(dtype: Any, per_channel: Any, per_layer: Any, num_channels: int) -> np.dtype[Any]:
    """Read the one dtype of a channel that was given, uint8 if none; raises DtypesGivenError where two were."""
    given = [value for value in (dtype, per_channel, per_layer) if value is not None]
    if len(given) > 1:
        raise DtypesGivenError("the dtype is given twice", "give dtype, which is that of one channel")
    if per_layer is not None:
        name = per_layer if isinstance(per_layer, str) else np.dtype(per_layer).name
        return channel_dtype(name, num_channels)
    return given_dtype(given[0] if given else "uint8")


def check_segment_id(value: Any) -> None:
    """Raise AgreementError for a largest segment id that is no integer."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | np.integer)):
        raise AgreementError(f"A non-integer value was passed for largest_segment_id ({value}).")


def check_agreement(layer: Layer, wanted: Mapping[str, Any]) -> None:
    """Raise AgreementError where a layer's properties are not those that are wanted, by name."""
    for what, value in wanted.items():
        if getattr(layer, what) != value:
            plural = "categories" if what == "category" else f"{what}s"
            raise AgreementError(
                f"Cannot get_or_add_layer: The layer '{layer.name}' already exists, but the {plural} do not match. "
                f"The {what} of the existing layer is '{getattr(layer, what)}' and the passed parameter is '{value}'."
            )
