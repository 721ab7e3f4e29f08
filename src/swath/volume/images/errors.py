"""Errors of image files."""

from __future__ import annotations

from swath.volume.errors import ArgumentError


class UnsupportedImageDataError(ArgumentError):
    """Images that make no layer: channels, dtypes or axes that it cannot have."""


class UnsupportedImageFormatError(ArgumentError):
    """Files of which none is an image that can be read."""


class ImageReadError(ArgumentError):
    """An image file that is damaged, or changed while it was read."""
