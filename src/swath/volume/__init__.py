"""Volumes: chunked 3-D image datasets, with the interface of ``webknossos``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swath.volume.dataset import Dataset
from swath.volume.downsample.modes import InterpolationModes
from swath.volume.downsample.schemes import SamplingModes
from swath.volume.geometry import BoundingBox, Mag, NDBoundingBox, Vec3Int, VecInt
from swath.volume.images.mapping import ConversionLayerMapping
from swath.volume.layer import Layer
from swath.volume.mag_view import MagView
from swath.volume.properties import (
    AffineTransformation,
    DataFormat,
    DatasetViewConfiguration,
    LayerViewConfiguration,
    LengthUnit,
    ThinPlateSplineTransformation,
    VoxelSize,
)
from swath.volume.segmentation_layer import SegmentationLayer
from swath.volume.stores.zarr_metadata import Zarr3Config
from swath.volume.view import View

if TYPE_CHECKING:
    from swath.volume.remote import LayerToLink, RemoteDataset, RemoteFolder, Team, webknossos_context

COLOR_CATEGORY = "color"
SEGMENTATION_CATEGORY = "segmentation"
_REMOTE = ("LayerToLink", "RemoteDataset", "RemoteFolder", "Team", "webknossos_context")

__all__ = [
    "COLOR_CATEGORY",
    "SEGMENTATION_CATEGORY",
    "AffineTransformation",
    "BoundingBox",
    "ConversionLayerMapping",
    "DataFormat",
    "Dataset",
    "DatasetViewConfiguration",
    "InterpolationModes",
    "Layer",
    "LayerToLink",
    "LayerViewConfiguration",
    "LengthUnit",
    "Mag",
    "MagView",
    "NDBoundingBox",
    "RemoteDataset",
    "RemoteFolder",
    "SamplingModes",
    "SegmentationLayer",
    "Team",
    "ThinPlateSplineTransformation",
    "Vec3Int",
    "VecInt",
    "View",
    "VoxelSize",
    "Zarr3Config",
    "webknossos_context",
]


def __getattr__(name: str) -> Any:
    """Load what speaks to servers when it is asked for."""
    if name in _REMOTE:
        from swath.volume import remote  # noqa: PLC0415

        return getattr(remote, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
