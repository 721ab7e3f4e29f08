"""The properties file of a dataset, ``datasource-properties.json``, in all its generations."""

from swath.volume.properties.axes import AdditionalAxis
from swath.volume.properties.layer_properties import DataFormat, LayerProperties, MagProperties
from swath.volume.properties.model import DatasetProperties
from swath.volume.properties.transformations import AffineTransformation, ThinPlateSplineTransformation
from swath.volume.properties.units import LengthUnit, VoxelSize
from swath.volume.properties.view_configuration import DatasetViewConfiguration, LayerViewConfiguration

__all__ = [
    "AdditionalAxis",
    "AffineTransformation",
    "DataFormat",
    "DatasetProperties",
    "DatasetViewConfiguration",
    "LayerProperties",
    "LayerViewConfiguration",
    "LengthUnit",
    "MagProperties",
    "ThinPlateSplineTransformation",
    "VoxelSize",
]
