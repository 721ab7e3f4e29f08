"""Clusters as rows: one for each cluster, beside the parallel lists of a reduction."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.panoptes.reduce.plain import Reductions
from swath.panoptes.reduce.tables import CLUSTERS

Rows = npt.NDArray[np.int64]

_COUNT = re.compile(r"(?:(?P<frame>frame\d+)\.)?(?P<tool>.+)_clusters_count")
_NO_PARAMETERS = ("count", "details", "sigma", "text")


def cluster_rows(reductions: Reductions, keys: Mapping[str, pa.Array]) -> pa.Table:
    """Make a row of each cluster in a bucket's reductions; ``keys`` are the columns that say whose a reduction is."""
    frames = list(_frames(reductions.columns, keys))
    return pa.concat_tables(frames) if frames else CLUSTERS.schema.empty_table()


def _frames(columns: Mapping[str, pa.Array], keys: Mapping[str, pa.Array]) -> Iterator[pa.Table]:
    for name, counts in columns.items():
        found = _COUNT.fullmatch(name)
        if found is None or not pa.types.is_large_list(counts.type):
            continue
        prefix = name.removesuffix("count")
        owners = pc.list_parent_indices(counts).to_numpy()
        rows = pa.array(owners)
        told = {
            **{key: column.take(rows) for key, column in keys.items()},
            "frame": pa.array([found["frame"]] * owners.size, pa.large_string()),
            "tool": pa.array([found["tool"]] * owners.size, pa.large_string()),
            "cluster": _within(owners),
            "marks": pc.list_flatten(counts),
            "centre": _map(_parameters(columns, prefix), owners.size),
            "spread": _map(_parameters(columns, f"{prefix}var_"), owners.size),
            "members": _members(columns.get(prefix.removesuffix("clusters_") + "cluster_labels"), owners),
        }
        yield CLUSTERS.frame({key: column for key, column in told.items() if column is not None})


def _within(owners: Rows) -> Rows:
    """The number of each cluster among those of its group."""
    first = np.searchsorted(owners, owners)
    numbers: Rows = np.arange(owners.size) - first
    return numbers


def _parameters(columns: Mapping[str, pa.Array], prefix: str) -> dict[str, pa.Array]:
    """The numbers of all clusters, by parameter."""
    found = {}
    for name, column in columns.items():
        part = name.removeprefix(prefix)
        if part == name or part in _NO_PARAMETERS or part.startswith("var_"):
            continue
        if pa.types.is_large_list(column.type) and _is_number(column.type.value_type):
            found[part] = pc.list_flatten(column).cast(pa.float64())
    return found


def _is_number(dtype: pa.DataType) -> bool:
    return bool(pa.types.is_floating(dtype) or pa.types.is_integer(dtype))


def _map(parameters: Mapping[str, pa.Array], rows: int) -> pa.Array | None:
    """The parameters of each cluster by name; None where a cluster has none."""
    whole = {name: values for name, values in parameters.items() if len(values) == rows}
    if not whole:
        return None
    width = len(whole)
    places = np.arange(rows * width).reshape(width, rows).T.ravel()
    items = pa.concat_arrays(list(whole.values())).take(pa.array(places))
    names = pa.array(list(whole) * rows, pa.large_string())
    return pa.MapArray.from_arrays(pa.array(np.arange(rows + 1, dtype=np.int32) * width), names, items)


def _members(labels: pa.Array | None, owners: Rows) -> pa.Array | None:
    """The positions of each cluster's marks among those of its group, frame and tool."""
    if labels is None:
        return None
    groups = pc.list_parent_indices(labels).to_numpy()
    of = pc.list_flatten(labels).to_numpy()
    places = _within(groups)
    order = np.lexsort((places, of, groups))
    order = order[of[order] >= 0]
    first = np.flatnonzero(np.r_[True, (np.diff(groups[order]) != 0) | (np.diff(of[order]) != 0)][: order.size])
    counts = np.diff(np.r_[first, order.size])
    if counts.size != owners.size:
        return None
    return pa.LargeListArray.from_arrays(pa.array(np.concatenate([[0], np.cumsum(counts)])), pa.array(places[order]))
