"""Errors of volumes: each is a SwathError, and of the built-in kind that code written for ``webknossos`` catches."""

from __future__ import annotations

from swath.errors import SwathError


class VolumeError(SwathError):
    """Base of the errors of volumes."""


class NoSuchNameError(VolumeError, IndexError):
    """A layer or mag that the dataset does not have."""


class NameTakenError(VolumeError, IndexError):
    """A layer or mag of that name is there already."""


class NoSuchDatasetError(VolumeError, FileNotFoundError):
    """No dataset, or no array of a listed mag, at a path."""


class DatasetExistsError(VolumeError, RuntimeError):
    """A dataset, or a folder with files, stands where one was to be made, or differs from what was asked for."""


class ReadOnlyError(VolumeError, RuntimeError):
    """A change to what is read-only."""


class CategoryError(VolumeError, RuntimeError):
    """A category other than color and segmentation."""


class ArgumentError(VolumeError, ValueError):
    """An argument that cannot be meant."""


class AgreementError(VolumeError, AssertionError):
    """A box, mag, shape or property that breaks what its place demands."""


class DtypeError(VolumeError, TypeError):
    """Data of a dtype that cannot be written without loss."""


class ArrayError(VolumeError, ValueError):
    """An array on disk that is missing, cut off, or not what its header says."""


class PropertiesError(VolumeError, ValueError):
    """A ``datasource-properties.json`` that is no such file, or contradicts itself."""
