"""Arrays on disk: WKW, Zarr 2 and Zarr 3, behind one small interface."""

from swath.volume.stores.array_store import ArrayInfo, ArrayStore
from swath.volume.stores.places import create_store, open_store

__all__ = ["ArrayInfo", "ArrayStore", "create_store", "open_store"]
