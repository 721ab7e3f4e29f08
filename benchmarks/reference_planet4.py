"""A plain reference: the same conversion with pandas and json, row by row.

python benchmarks/reference_planet4.py DIR OUT
"""

import json
import sys
from pathlib import Path

import pandas as pd

NAMES = {0: "fan", 1: "blotch"}
FIELDS = {
    0: {"distance": "radius", "angle": "rotation", "spread": "spread"},
    1: {"radius_1": "rx", "radius_2": "ry", "angle": "angle"},
}


def marks_of(cell):
    """The markings of one annotations cell."""
    drawing = next((t.get("value", []) for t in json.loads(cell) if isinstance(t.get("value", []), list)), [])
    found = []
    for mark in drawing:
        if isinstance(mark, dict) and mark.get("tool") in NAMES:
            tool = int(mark["tool"])
            shape = {column: mark.get(field) for column, field in FIELDS[tool].items()}
            spread = {"spread": 0.0} if tool else {}
            found.append({"marking": NAMES[tool], "x": mark["x"], "y": mark["y"]} | shape | spread)
    return found or [{"marking": "none"}]


def tile_of(cell):
    """The tile of one subject_data cell."""
    key, inner = next(iter(json.loads(cell).items()))
    fields = {name.strip().lstrip("!"): value for name, value in inner.items()}
    place = {axis: None if fields.get(axis) is None else int(fields[axis]) for axis in ("x_tile", "y_tile")}
    tile = fields.get("old_planet_four_id") or fields.get("P4_subject_id")
    return {"subject_id": int(key), "image_id": tile, "image_name": fields.get("hirise_image_id")} | place


def first_url(cell):
    """The address of a subject's first picture."""
    try:
        return json.loads(cell).get("0", "")
    except (TypeError, ValueError):
        return ""


source, out = Path(sys.argv[1]), Path(sys.argv[2])
rows = []
for chunk in pd.read_csv(source / "planet-four-classifications.csv", chunksize=50_000):
    for row in chunk[chunk.workflow_id == 12978].itertuples():
        about = {
            "classification_id": row.classification_id,
            "created_at": row.created_at,
            "user_name": row.user_name,
            "version": row.workflow_version,
        } | tile_of(row.subject_data)
        rows.extend(about | mark for mark in marks_of(row.annotations))
table = pd.DataFrame(rows)
coords = pd.read_csv(source / "tile_coords.csv")[["tile_id", "x_tile", "y_tile", "obsid"]].drop_duplicates("tile_id")
table = table.merge(coords.add_prefix("_"), left_on="image_id", right_on="_tile_id", how="left")
for column, filler in (("x_tile", "_x_tile"), ("y_tile", "_y_tile"), ("image_name", "_obsid")):
    table[column] = table[column].fillna(table[filler])
dates = pd.read_csv(source / "metadata.csv")[["OBSERVATION_ID", "START_TIME"]].drop_duplicates("OBSERVATION_ID")
dates["START_TIME"] = pd.to_datetime(dates.START_TIME)
table = table.merge(dates, left_on="image_name", right_on="OBSERVATION_ID", how="left")
subjects = pd.read_csv(source / "planet-four-subjects.csv").drop_duplicates("subject_id")
subjects["image_url"] = subjects.locations.apply(first_url)
table = table.merge(subjects[["subject_id", "image_url"]], on="subject_id", how="left")
table["image_x"], table["image_y"] = table.x + 740 * (table.x_tile - 1), table.y + 548 * (table.y_tile - 1)
table = table.drop_duplicates(["classification_id", "x", "y", "marking"])
out.mkdir(parents=True, exist_ok=True)
table.drop(columns=[c for c in table if c.startswith("_")]).to_parquet(out / "markings.parquet", index=False)
