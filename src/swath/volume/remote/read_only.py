"""What all arrays on a server share."""

from __future__ import annotations

from collections.abc import Sequence

from swath.volume.errors import ReadOnlyError
from swath.volume.stores.array_store import ArrayStore, Voxels


class ReadOnlyStore(ArrayStore):
    """An array that is never written."""

    def write(self, start: Sequence[int], data: Voxels) -> None:  # noqa: ARG002
        """Raise ReadOnlyError."""
        raise ReadOnlyError(f"{self.path} is read-only")

    def grow(self, shape: Sequence[int]) -> None:  # noqa: ARG002
        """Raise ReadOnlyError."""
        raise ReadOnlyError(f"{self.path} is read-only")
