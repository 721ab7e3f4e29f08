"""Small Parquet files of cleaned markings, and the clustering of a tile written plainly."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.cluster import DBSCAN

from swath.planet4.tables import CLEANED


def fan(x=100.0, y=100.0, angle=0.0, user="a", identity=1, tile="APF0000001", obsid="ESP_046000_0925", **changes):
    made = {"marking": "fan", "distance": 50.0, "spread": 20.0}
    return marking(made, x, y, angle, user, identity, tile, obsid) | changes


def blotch(x=100.0, y=100.0, angle=0.0, user="a", identity=1, tile="APF0000001", obsid="ESP_046000_0925", **changes):
    made = {"marking": "blotch", "radius_1": 20.0, "radius_2": 15.0, "spread": 0.0}
    return marking(made, x, y, angle, user, identity, tile, obsid) | changes


def marking(made, x, y, angle, user, identity, tile, obsid):
    place = {"x": x, "y": y, "image_x": x, "image_y": y, "x_tile": 1.0, "y_tile": 1.0, "version": 3.0}
    turned = {"angle": angle, "x_angle": np.cos(np.deg2rad(angle)), "y_angle": np.sin(np.deg2rad(angle))}
    whose = {"user_name": user, "classification_id": identity, "image_id": tile, "image_name": obsid}
    return made | place | turned | whose | {"created_at": "2019-10-24 18:23:02 UTC", "image_url": "u"}


def write_markings(path, rows, row_group_size=None):
    names = [column.name for column in CLEANED.columns]
    table = pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows], schema=CLEANED.schema)
    pq.write_table(table, path, row_group_size=row_group_size)
    return path


def plain_clusters(rows, kind, settings):
    """The members of the clusters of one tile, as positions, by a library call a group."""
    drawn = [row for row in rows if row["marking"] in ("fan", "blotch")]
    least = max(
        settings.least_samples, round(settings.min_samples_factor * len({r["classification_id"] for r in drawn}))
    )
    here = [n for n, row in enumerate(rows) if row["marking"] == kind]

    def split(members, names, eps):
        if not members:
            return [], []
        points = np.array([[rows[n][name] for name in names] for n in members])
        labels = DBSCAN(eps=eps, min_samples=least).fit(points).labels_
        clusters = [[n for n, at in zip(members, labels, strict=True) if at == k] for k in range(labels.max() + 1)]
        return clusters, [n for n, at in zip(members, labels, strict=True) if at == -1]

    def stages(members, eps, names, second):
        places, noise = split(members, ("x", "y"), eps)
        return [c for place in places for c in split(place, names, second)[0]], places, noise

    if len(here) < least:
        return [], least
    if kind == "fan":
        return stages(here, settings.fan_eps, ("x_angle", "y_angle"), settings.fan_angle_chord)[0], least
    found, places, noise = stages(here, settings.blotch_eps, ("radius_1", "radius_2"), settings.blotch_radius_eps)
    left = [n for n in noise if not (rows[n]["radius_1"] - 10 < 1e-5 and abs(rows[n]["radius_2"] - 10) < 1e-5)]
    if places and len(left) > least:
        found += stages(left, settings.blotch_large_eps, ("radius_1", "radius_2"), settings.blotch_large_radius_eps)[0]
    return found, least
