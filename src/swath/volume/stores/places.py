"""Opening and making an array of any format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from swath.errors import MissingExtraError
from swath.volume.errors import ArgumentError, ArrayError
from swath.volume.stores.array_store import ArrayInfo, ArrayStore

if TYPE_CHECKING:
    from swath.volume.stores.wkw_store import WkwStore
    from swath.volume.stores.zarr_store import ZarrStore


def open_store(path: Path | str, data_format: str, axes: Sequence[str] | None = None) -> ArrayStore:
    """Open an array; ``axes`` is the order of its axes where the properties file says it.

    Nothing is read before it is asked for: a missing or damaged array raises ArrayError then.
    """
    order = None if axes is None else tuple(axes)
    if data_format == "wkw":
        return _wkw()(path)
    if data_format in ("zarr", "zarr3"):
        return _zarr()(path, data_format, order)
    raise ArrayError(f"arrays of the format {data_format} are not read", "wkw, zarr and zarr3 are")


def create_store(path: Path, info: ArrayInfo) -> ArrayStore:
    """Make an empty array; raises ArgumentError for a form that its format has not, ArrayError where one stands."""
    if info.data_format == "wkw":
        return _wkw().create(path, info)
    if info.data_format in ("zarr", "zarr3"):
        return _zarr().create(path, info)
    raise ArgumentError(f"arrays of the format {info.data_format} are not written", "choose wkw, zarr or zarr3")


def _wkw() -> type[WkwStore]:
    try:
        from swath.volume.stores.wkw_store import WkwStore  # noqa: PLC0415  (optional extra)
    except ImportError as error:
        raise MissingExtraError("WKW arrays need wkw and lz4", "pip install 'swath[volume]'") from error
    return WkwStore


def _zarr() -> type[ZarrStore]:
    try:
        from swath.volume.stores.zarr_store import ZarrStore  # noqa: PLC0415  (optional extra)
    except ImportError as error:
        raise MissingExtraError("Zarr arrays need tensorstore", "pip install 'swath[volume]'") from error
    return ZarrStore
