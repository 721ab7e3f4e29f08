"""Arrays that are listed and not read: of another format, or on another host."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from swath.volume.errors import ArrayError
from swath.volume.geometry import NDBoundingBox
from swath.volume.stores.array_store import ArrayStore, Voxels


class UnreadStore(ArrayStore):
    """An array of which nothing is known but why it is not read; all that is asked of it raises that."""

    def __init__(self, place: str, reason: ArrayError) -> None:
        self.path = Path(place)
        self.reason = reason

    @property
    def info(self) -> NoReturn:
        """Raise ArrayError."""
        raise self.reason

    @property
    def axes(self) -> NoReturn:
        """Raise ArrayError."""
        raise self.reason

    def read(self, start: Sequence[int], shape: Sequence[int]) -> Voxels:  # noqa: ARG002
        """Raise ArrayError."""
        raise self.reason

    def write(self, start: Sequence[int], data: Voxels) -> None:  # noqa: ARG002
        """Raise ArrayError."""
        raise self.reason

    def grow(self, shape: Sequence[int]) -> None:  # noqa: ARG002
        """Raise ArrayError."""
        raise self.reason

    def shards(self) -> Iterator[NDBoundingBox]:
        """Raise ArrayError."""
        raise self.reason
