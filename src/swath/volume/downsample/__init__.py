"""Image pyramids: coarser mags of a layer from finer ones."""

from swath.volume.downsample.schemes import SamplingModes

__all__ = ["SamplingModes"]
