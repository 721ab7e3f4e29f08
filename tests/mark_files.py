"""Small files of extracts and reductions of marks, as panoptes_aggregation writes them."""

import csv

KEYS = ("classification_id", "user_name", "user_id", "workflow_id", "task", "created_at", "subject_id", "extractor")


def extract(number, subject, data, **changes):
    """One row of extracts; ``data`` has its cells by name, without ``data.``."""
    row = {
        "classification_id": number,
        "user_name": f"user_{number}",
        "user_id": 1000 + number,
        "workflow_id": 7,
        "task": "T0",
        "created_at": f"2020-01-01 00:{number // 60:02d}:{number % 60:02d} UTC",
        "subject_id": subject,
        "extractor": "point_extractor_by_frame",
    }
    return row | changes | {f"data.{name}": cell for name, cell in data.items()}


def points(marks, frame=0, tool="T0_tool0"):
    """The cells of points, pairs of x and y."""
    x, y = ([float(mark[axis]) for mark in marks] for axis in (0, 1))
    return {f"frame{frame}.{tool}_x": x, f"frame{frame}.{tool}_y": y}


def write_rows(path, rows):
    """Write rows as CSV, blank where a row lacks a column, and give the path."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    return path
