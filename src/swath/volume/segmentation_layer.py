"""A layer whose voxels are segment ids."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import TYPE_CHECKING

from swath.volume.errors import AgreementError
from swath.volume.layer import Layer
from swath.volume.new_layer import check_segment_id
from swath.volume.properties import LayerProperties
from swath.volume.stores.array_store import Voxels
from swath.volume.view import View

if TYPE_CHECKING:
    from swath.volume.dataset import Dataset


class SegmentationLayer(Layer):
    """A layer of segment ids; 0 is no segment."""

    @property
    def largest_segment_id(self) -> int | None:
        """The largest id, or None where it is not known; raises AgreementError for a value that is no integer."""
        return self._properties.largest_segment_id

    @largest_segment_id.setter
    def largest_segment_id(self, value: int | None) -> None:
        check_segment_id(value)
        self._dataset.check_writable()
        self._properties.largest_segment_id = None if value is None else int(value)
        self._dataset.save()

    @property
    def mappings(self) -> list[str]:
        """Names of mappings from ids to ids."""
        return list(self._properties.mappings)

    def note_values(self, data: Voxels) -> None:
        """Raise the largest id, where one is known, to that of values that are written."""
        known = self.largest_segment_id
        if known is not None and (largest := int(data.max())) > known:
            self.largest_segment_id = largest

    def refresh_largest_segment_id(self, chunk_shape: object = None, executor: Executor | None = None) -> None:
        """Read the finest mag, and keep its largest value; None where all is 0."""
        largest = max(self.get_finest_mag().get_view(read_only=True).map_chunk(_maximum, chunk_shape, executor))
        self.largest_segment_id = largest or None


def _maximum(view: View) -> int:
    return int(view.read().max())


def make_layer(dataset: Dataset, properties: LayerProperties) -> Layer:
    """Give the layer of some properties, of the class of its category."""
    return (
        SegmentationLayer(dataset, properties) if properties.category == "segmentation" else Layer(dataset, properties)
    )


def as_segmentation(layer: Layer) -> SegmentationLayer:
    """Give a layer as one of segments; raises AgreementError for one of colour."""
    if not isinstance(layer, SegmentationLayer):
        raise AgreementError(f"{layer} is no segmentation layer")
    return layer
