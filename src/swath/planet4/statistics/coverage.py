"""The share of each tile that its markings cover."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.errors import MissingExtraError
from swath.planet4.geometry import TILE_HEIGHT, TILE_WIDTH, blotch_outlines, fan_outlines
from swath.planet4.published import Catalogue
from swath.sql import load_sql

PERCENTILES = (10, 25, 50, 75, 90, 95, 99)
_FAN_DECIMALS = 2


def tile_coverage(catalogue: Catalogue) -> pa.Table:
    """The union of the markings of each tile, as a share of its pixels: obsid, tile_id, Coverage.

    Raises MissingExtraError without shapely.
    """
    shapely = _shapely()
    with catalogue.connect() as connection:
        fans: pa.Table = connection.sql("SELECT * FROM fans").to_arrow_table()
        blotches = connection.sql("SELECT * FROM blotches").to_arrow_table()
    # the published coverage rounds the outlines of fans, though not those of blotches
    outlines = [
        *fan_outlines(_numbers(fans, "distance", "angle", "spread"), "image_x", "image_y").round(_FAN_DECIMALS),
        *blotch_outlines(_numbers(blotches, "radius_1", "radius_2", "angle"), "image_x", "image_y"),
    ]
    shapes = np.array([shapely.Polygon(outline) for outline in outlines], dtype=object)
    names = [fans[name].to_pylist() + blotches[name].to_pylist() for name in ("obsid", "tile_id")]
    tiles = np.array(names, dtype=str)
    keys, groups = np.unique(tiles, axis=1, return_inverse=True)
    areas = _areas_of_unions(shapely, shapes, groups.reshape(-1)) if shapes.size else np.zeros(0)
    return pa.table({"obsid": keys[0], "tile_id": keys[1], "Coverage": areas / (TILE_WIDTH * TILE_HEIGHT)})


def _numbers(rows: pa.Table, *names: str) -> dict[str, npt.NDArray[np.float64]]:
    return {name: rows[name].cast(pa.float64()).to_numpy() for name in ("image_x", "image_y", *names)}


def obsid_coverage(coverage: pa.Table) -> pa.Table:
    """Mean, median, standard deviation, skewness, excess kurtosis of an observation's tiles, and mean over median."""
    with duckdb.connect(":memory:") as connection:
        connection.register("coverage", coverage)
        table: pa.Table = connection.sql(load_sql("planet4/obsid_coverage")).to_arrow_table()
    return table


def coverage_percentiles(coverage: pa.Table) -> dict[str, float]:
    """Percentiles and the mean of the coverage of all tiles, in percent."""
    values = coverage["Coverage"].to_numpy()
    found = {f"p{percent}": float(np.percentile(values, percent)) * 100 for percent in PERCENTILES}
    return {**found, "mean": float(values.mean()) * 100}


def _areas_of_unions(
    shapely: Any, shapes: npt.NDArray[np.object_], groups: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken])
    order = np.argsort(groups, kind="stable")
    parts = np.split(shapes[order], np.flatnonzero(np.diff(groups[order])) + 1)
    areas: npt.NDArray[np.float64] = shapely.area(np.array([shapely.union_all(part) for part in parts]))
    return areas


def _shapely() -> Any:
    try:
        import shapely  # noqa: PLC0415  (optional extra)
    except ImportError as error:
        raise MissingExtraError("the coverage of tiles needs shapely", "pip install 'swath[panoptes]'") from error
    return shapely
