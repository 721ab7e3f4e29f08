"""The quality of tiles: how many volunteers back their markings, and how much these disagree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from swath.errors import UsageError
from swath.planet4.published import Catalogue
from swath.sql import load_sql

KINDS = ("both", "fan", "blotch")
AVERAGES = ("median", "mean")
_RATED = ("tile_id", "n_votes", "angle_std", "pos_std", "size_cv", "angle_usable", "scatter_ok")


@dataclass(frozen=True)
class QualitySettings:
    """Which markings count, and how.

    ``kind`` is both, fan or blotch. Only markings of ``min_votes`` have a scatter; the angle of a blotch whose radii
    have a ratio above ``circular_ratio`` has none. ``average`` of a tile's scatters: median or mean.
    """

    kind: str = "both"
    min_votes: int = 5
    circular_ratio: float = 0.8
    average: str = "median"

    def __post_init__(self) -> None:
        for name, value, known in (("kind", self.kind, KINDS), ("average", self.average, AVERAGES)):
            if value not in known:
                raise UsageError(f"{name} cannot be {value!r}", "one of " + ", ".join(known))


def with_uncertainty(markings: pa.Table, settings: QualitySettings | None = None) -> pa.Table:
    """Add to fans or blotches what their standard deviations tell.

    These are ``pos_std`` in px, ``size_cv``, the mean coefficient of variation of both sizes, ``angle_usable`` and
    ``scatter_ok``.
    """
    chosen = settings or QualitySettings()
    blotches = "radius_1" in markings.column_names
    first, second = ("radius_1", "radius_2") if blotches else ("distance", "spread")
    first_std, second_std = ("radius1_std", "radius2_std") if blotches else ("distance_std", "spread_std")
    columns = {name: markings[name].cast(pa.float64()).to_numpy() for name in (first, second, first_std, second_std)}
    place = [markings[name].cast(pa.float64()).to_numpy() for name in ("x_std", "y_std")]
    size = 0.5 * (columns[first_std] / columns[first] + columns[second_std] / columns[second])
    usable = columns[second] / columns[first] <= chosen.circular_ratio if blotches else np.ones(size.size, np.bool_)
    votes = markings["n_votes"].cast(pa.float64()).to_numpy()
    return (
        markings.append_column("pos_std", pa.array(np.hypot(*place), from_pandas=True))
        .append_column("size_cv", pa.array(size, from_pandas=True))
        .append_column("angle_usable", pa.array(usable))
        .append_column("scatter_ok", pa.array(votes >= chosen.min_votes))
    )


def tile_quality(catalogue: Catalogue, settings: QualitySettings | None = None) -> pa.Table:
    """One row a tile: votes, scatter of angles (degrees), positions (px) and sizes (relative), ranks and a class.

    Ranks are in percent of all tiles. The class is consistent, contested, sparse or noisy; null without a scatter.
    """
    chosen = settings or QualitySettings()
    with catalogue.connect() as connection:
        frames = []
        for kind, name in (("fan", "fans"), ("blotch", "blotches")):
            if chosen.kind in (kind, "both"):
                rows = with_uncertainty(connection.sql(f"SELECT * FROM {name}").to_arrow_table(), chosen)
                frames.append(rows.select(_RATED).append_column("kind", pa.array([kind] * rows.num_rows, pa.string())))
        connection.register("catalogued", pa.concat_tables(frames, promote_options="permissive"))
        table: pa.Table = connection.sql(
            load_sql("planet4/tile_quality"), params={"average": chosen.average}
        ).to_arrow_table()
    return table
