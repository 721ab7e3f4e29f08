"""How a dataset and its layers are shown by default."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda letter: letter[1].upper(), name)


@dataclass
class _ViewConfiguration:
    """Fields that are None are left out; keys that are not known are kept in ``unknown``."""

    unknown: dict[str, Any] = field(default_factory=dict, kw_only=True)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """Read it from the properties file."""
        names = {_camel(each.name): each.name for each in fields(cls) if each.name != "unknown"}
        known = {names[key]: _as_tuple(value) for key, value in record.items() if key in names}
        return cls(**known, unknown={key: value for key, value in record.items() if key not in names})

    def to_json(self) -> dict[str, Any]:
        """Give it as the properties file has it."""
        values = {_camel(each.name): getattr(self, each.name) for each in fields(self) if each.name != "unknown"}
        given = {key: _as_list(value) for key, value in values.items() if value is not None}
        return {**given, **self.unknown}


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _as_list(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@dataclass
class LayerViewConfiguration(_ViewConfiguration):
    """How a layer is shown: colour 0 to 255, opacity ``alpha`` in percent, range of intensities, the mapping."""

    color: tuple[int, int, int] | None = None
    alpha: float | None = None
    intensity_range: tuple[float, float] | None = None
    min: float | None = None
    max: float | None = None
    is_disabled: bool | None = None
    is_inverted: bool | None = None
    is_in_edit_mode: bool | None = None
    mapping: dict[str, str] | None = None


@dataclass
class DatasetViewConfiguration(_ViewConfiguration):
    """How a dataset is shown: where, how near, in which order of layers."""

    four_bit: bool | None = None
    interpolation: bool | None = None
    render_missing_data_black: bool | None = None
    loading_strategy: str | None = None
    segmentation_pattern_opacity: int | None = None
    zoom: float | None = None
    position: tuple[int, int, int] | None = None
    rotation: tuple[int, int, int] | None = None
    layers: dict[str, Any] | None = None
    color_layer_order: tuple[str, ...] | None = None
    blend_mode: str | None = None
    natively_rendered_layer_name: str | None = None
