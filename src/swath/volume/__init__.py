"""Volumes: chunked 3-D image datasets, with the interface of ``webknossos``."""

from swath.volume.dataset import Dataset
from swath.volume.geometry import BoundingBox, Mag, NDBoundingBox, Vec3Int, VecInt
from swath.volume.layer import Layer
from swath.volume.mag_view import MagView
from swath.volume.properties import (
    AffineTransformation,
    DatasetViewConfiguration,
    LayerViewConfiguration,
    LengthUnit,
    ThinPlateSplineTransformation,
    VoxelSize,
)
from swath.volume.segmentation_layer import SegmentationLayer
from swath.volume.stores.zarr_metadata import Zarr3Config
from swath.volume.view import View

COLOR_CATEGORY = "color"
SEGMENTATION_CATEGORY = "segmentation"

__all__ = [
    "COLOR_CATEGORY",
    "SEGMENTATION_CATEGORY",
    "AffineTransformation",
    "BoundingBox",
    "Dataset",
    "DatasetViewConfiguration",
    "Layer",
    "LayerViewConfiguration",
    "LengthUnit",
    "Mag",
    "MagView",
    "NDBoundingBox",
    "SegmentationLayer",
    "ThinPlateSplineTransformation",
    "Vec3Int",
    "VecInt",
    "View",
    "VoxelSize",
    "Zarr3Config",
]
