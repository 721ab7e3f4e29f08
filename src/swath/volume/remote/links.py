"""Layers of datasets on the server that an uploaded dataset refers to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LayerToLink:
    """A layer of a dataset on the server, and the name that it gets; its own if none is given."""

    dataset_id: str
    layer_name: str
    new_layer_name: str | None = None

    @classmethod
    def from_remote_layer(cls, layer: Any, new_layer_name: str | None = None) -> LayerToLink:
        """Take a layer of a dataset that ``Dataset.open_remote`` opened."""
        return cls(layer.dataset.dataset_id, layer.name, new_layer_name)

    @property
    def name(self) -> str:
        """The name that it gets."""
        return self.new_layer_name or self.layer_name

    def to_json(self) -> dict[str, Any]:
        """Give it as the interface has it."""
        return {"datasetId": self.dataset_id, "layerName": self.layer_name, "newLayerName": self.new_layer_name}
