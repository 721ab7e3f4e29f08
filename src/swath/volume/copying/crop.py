"""Cutting a box out of a dataset."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swath.volume.copying.datasets import copy_dataset
from swath.volume.errors import AgreementError
from swath.volume.geometry import BoundingBox, NDBoundingBox

if TYPE_CHECKING:
    from swath.volume.dataset import Dataset


def crop(
    dataset: Dataset,
    new_dataset_path: str | Path,
    bounding_box: NDBoundingBox,
    *,
    layers_to_ignore: Iterable[str] | None = None,
    **settings: Any,
) -> Dataset:
    """Copy what lies in a box, in finest voxels, into a new dataset, where it keeps its place.

    Mags whose voxels the box cuts keep the whole voxels. Settings as those of ``copy_dataset``. Raises AgreementError
    where no layer reaches into the box.
    """
    ignored = set(layers_to_ignore or ())
    box = BoundingBox(bounding_box.topleft_xyz, bounding_box.size_xyz)
    for layer in dataset.layers.values():
        plain = BoundingBox(layer.bounding_box.topleft_xyz, layer.bounding_box.size_xyz)
        if plain.intersected_with(box, dont_assert=True).is_empty():
            ignored.add(layer.name)
    if not dataset.layers.keys() - ignored:
        raise AgreementError(f"no layer reaches into {bounding_box}", "swath volume info lists the boxes")
    return copy_dataset(dataset, new_dataset_path, bounding_box=box, layers_to_ignore=sorted(ignored), **settings)
