"""Image files of many kinds, their grouping into layers, and datasets made of them."""

from swath.volume.images.mapping import ConversionLayerMapping

__all__ = ["ConversionLayerMapping"]
