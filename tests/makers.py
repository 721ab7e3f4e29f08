"""Small real exports for the tests: rows of a Panoptes project and of Planet Four, written as Panoptes writes them."""

import csv
import io
import json
from pathlib import Path

HEADER = [
    *("classification_id", "user_name", "user_id", "user_ip", "workflow_id", "workflow_name", "workflow_version"),
    *("created_at", "gold_standard", "expert", "metadata", "annotations", "subject_data", "subject_ids"),
]

CONFORMANCE = Path(__file__).parents[2] / "shared" / "conformance"

FAN = {"x": 386.79, "y": 305.4, "tool": 0, "frame": 0, "radius": 94.1, "spread": 10, "details": [], "rotation": 50.7}
BLOTCH = {"x": 12, "y": 600.5, "rx": 54.4, "ry": 27.2, "tool": 1, "angle": -26.6, "frame": 0, "details": []}
TILE = {"!x_tile": "2", " !y_tile": "3", "!hirise_image_id": "ESP_047189_0955", "!old_planet_four_id": "APF0002qp2"}


def compact(value):
    """JSON as Panoptes writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def row(number=1, **changes):
    """One classification; JSON columns may be given as values or as texts."""
    made = {
        "classification_id": 100_000_000 + number,
        "user_name": f"user_{number % 7}",
        "user_id": 1000 + number % 7,
        "user_ip": "d08c8e8e2816fdf8f7dd",
        "workflow_id": 2001,
        "workflow_name": "Birds",
        "workflow_version": "3.23",
        "created_at": "2019-10-24 18:23:02 UTC",
        "gold_standard": "",
        "expert": "",
        "metadata": {"started_at": "2019-10-24T18:22:00.500Z", "finished_at": "2019-10-24T18:23:00.000Z"},
        "annotations": [{"task": "T0", "task_label": "What?", "value": "Yes"}],
        "subject_data": {"500": {"retired": None, "#name": "a.jpg"}},
        "subject_ids": 500,
    } | changes
    return {name: value if isinstance(value, str | int) else compact(value) for name, value in made.items()}


def planet4_row(number=1, marks=(), **changes):
    """One Planet Four classification of the main workflow."""
    annotations = [{"task": "T1", "value": "Yes"}, {"task": "T0", "value": list(marks)}]
    defaults = {
        "workflow_id": 12978,
        "annotations": annotations,
        "subject_data": {"41451168": {"retired": None, **TILE}},
    }
    return row(number, **(defaults | {"subject_ids": 41451168} | changes))


def csv_text(rows, header=HEADER, end="\n"):
    """Rows as the text of a CSV file with its header."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, header, lineterminator=end, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write_export(path, rows, header=HEADER, end="\n"):
    """Write an export and give its path."""
    path.write_bytes(csv_text(rows, header, end).encode())
    return path
