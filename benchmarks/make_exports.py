"""Exports of any size, made up: Planet Four with its look-up tables, and a project of mixed workflows.

    python benchmarks/make_exports.py planet4 DIR --rows 100000
    python benchmarks/make_exports.py mixed DIR --rows 100000

The same arguments give the same bytes. Rows are written as they are made, so the size is bounded by the disk alone.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

HEADER = [
    *("classification_id", "user_name", "user_id", "user_ip", "workflow_id", "workflow_name", "workflow_version"),
    *("created_at", "gold_standard", "expert", "metadata", "annotations", "subject_data", "subject_ids"),
]
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/121.0.0.0 Safari/537.36"
START = datetime(2019, 3, 4, 5, 6, 7)
SPECIES = ("FOX", "BADGER", "ROEDEER", "OWL", "NOTHINGHERE")
LABELS = ("Spiral", "Smooth & round", "Something else, odd")


def compact(value: Any) -> str:
    """JSON as Panoptes writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class Volunteers:
    """The columns of a classification that say who made it, when, and with what."""

    def __init__(self, rng: random.Random, rows: int) -> None:
        self.rng = rng
        self.count = max(20, rows // 40)

    def row(self, number: int, workflow: int, name: str, version: str, shown: tuple[int, int]) -> dict[str, Any]:
        """Everything but annotations and subject."""
        rng = self.rng
        user = min(int(rng.expovariate(1) * self.count / 4), self.count - 1)
        anonymous = rng.random() < 0.25
        mark = f"{rng.getrandbits(80):020x}"
        done = START + timedelta(seconds=7 * number)
        begun = done - timedelta(seconds=rng.randrange(3, 90))
        metadata = {
            "source": "api",
            "session": f"{user * 2654435761 % 2**64:064x}",
            "viewport": {"width": 1280 + user % 640, "height": 667},
            "started_at": begun.isoformat() + ".168Z",
            "user_agent": AGENT,
            "utc_offset": str(3600 * (user % 12)),
            "finished_at": done.isoformat() + ".802Z",
            "live_project": True,
            "interventions": {"opt_in": False, "messageShown": False},
            "user_language": "en",
            "user_group_ids": [],
            "subject_dimensions": [
                {"clientWidth": 601.6, "clientHeight": 464.0914, "naturalWidth": shown[0], "naturalHeight": shown[1]}
            ],
            "subject_selection_state": {"retired": False, "already_seen": False, "selection_state": "normal"},
            "workflow_translation_id": "19487",
        }
        return {
            "classification_id": 100_000_000 + 37 * number,
            "user_name": f"not-logged-in-{mark}" if anonymous else f"volunteer_{user}",
            "user_id": "" if anonymous else 1000 + user,
            "user_ip": mark,
            "workflow_id": workflow,
            "workflow_name": name,
            "workflow_version": version,
            "created_at": done.strftime("%Y-%m-%d %H:%M:%S UTC"),
            "metadata": metadata,
        }


def write_csv(path: Path, header: list[str], rows: Iterator[dict[str, Any]]) -> None:
    """Write rows, lists and objects as JSON."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, lineterminator="\n", restval="")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: compact(v) if isinstance(v, dict | list) else v for k, v in row.items()})


class Tile:
    """A Planet Four tile: its ids, place, and the fans and blotches that volunteers find on it."""

    def __init__(self, number: int, rng: random.Random) -> None:
        self.subject = 41_451_160 + number
        self.tile_id = f"APF{number:07x}"
        self.observation, column = divmod(number, 6)
        self.obsid = f"ESP_{46000 + self.observation:06d}_{925 + 10 * (self.observation % 6):04d}"
        self.x, self.y = 1 + column, 1 + self.observation % 10
        self.sparse = number % 200 == 7
        self.things = [
            (rng.random() < 0.6, rng.uniform(20, 820), rng.uniform(20, 630)) for _ in range(rng.randrange(6))
        ]

    def data(self) -> dict[str, Any]:
        """The tile's subject_data, in one of the two schemas."""
        retired = {"id": self.subject, "workflow_id": 12978, "classifications_count": 36, "retired_at": None}
        if self.sparse:
            return {"retired": retired, "!filename": f"{self.tile_id}.jpg", "!P4_subject_id": self.tile_id}
        return {
            "retired": retired,
            "!x_tile": str(self.x),
            " !y_tile": str(self.y),
            "!filename": f"{self.obsid}_{self.y:02d}_{self.x:02d}.jpg",
            "!hirise_image_id": self.obsid,
            "!old_planet_four_id": self.tile_id,
        }

    def marks(self, rng: random.Random) -> list[dict[str, Any]]:
        """What one volunteer draws: most of the things, none of them exactly."""
        found = []
        for fan, x, y in self.things:
            if rng.random() < 0.2:
                continue
            place = {"x": x + rng.gauss(0, 4), "y": y + rng.gauss(0, 4), "frame": 0, "details": []}
            if fan:
                shape = {"tool": 0, "radius": rng.uniform(20, 150), "spread": rng.uniform(8, 60)}
                found.append(place | shape | {"rotation": rng.uniform(0, 360), "tool_label": "Fan"})
            else:
                shape = {"tool": 1, "rx": rng.uniform(6, 80), "ry": rng.uniform(6, 80)}
                found.append(place | shape | {"angle": rng.uniform(-180, 180), "tool_label": "Blotch"})
        return found


def make_planet4(out: Path, rows: int, seed: int) -> None:
    """Write planet-four-classifications.csv, -subjects.csv, tile_coords.csv and metadata.csv."""
    rng = random.Random(seed)
    tiles = [Tile(n, rng) for n in range(max(12, rows // 36))]
    people = Volunteers(rng, rows)

    def classifications() -> Iterator[dict[str, Any]]:
        for number in range(rows):
            tile = tiles[min(len(tiles) - 1, max(0, number // 36 + rng.randrange(-200, 200))) % len(tiles)]
            old = rng.random() < 0.004
            row = people.row(number, 6321 if old else 12978, "P4 Main Workflow", "3.23", (840, 648))
            marks = tile.marks(rng)
            answer = [{"task": "T1", "task_label": "Are there fans or blotches?", "value": "Yes" if marks else "No"}]
            drawn = [{"task": "T0", "task_label": "Please mark all of them", "value": marks}]
            subject = {str(tile.subject): tile.data()}
            yield row | {"annotations": answer + drawn, "subject_data": subject, "subject_ids": tile.subject}

    write_csv(out / "planet-four-classifications.csv", HEADER, classifications())
    listed = (
        {
            "subject_id": t.subject,
            "workflow_id": 12978,
            "subject_set_id": 77000,
            "metadata": {k: v for k, v in t.data().items() if k != "retired"},
            "locations": {"0": f"https://example.org/{t.tile_id}.jpeg"},
            "classifications_count": 36,
        }
        for t in tiles
    )
    header = ["subject_id", "workflow_id", "subject_set_id", "metadata", "locations", "classifications_count"]
    write_csv(out / "planet-four-subjects.csv", header, listed)
    published = [t for t in tiles if t.observation % 3 != 2]
    coords = ({"tile_id": t.tile_id, "x_tile": t.x, "y_tile": t.y, "obsid": t.obsid} for t in published)
    write_csv(out / "tile_coords.csv", ["tile_id", "x_tile", "y_tile", "obsid"], coords)
    taken = {t.obsid: START + timedelta(days=n % 900) for n, t in enumerate(published)}
    dates = ({"OBSERVATION_ID": o, "START_TIME": t.strftime("%Y-%m-%d %H:%M:%S")} for o, t in sorted(taken.items()))
    write_csv(out / "metadata.csv", ["OBSERVATION_ID", "START_TIME"], dates)


def mixed_annotations(kind: int, rng: random.Random) -> list[dict[str, Any]]:
    """One volunteer's answers in one of four workflows: questions, points with details, a survey, the new dialect."""
    if kind == 0:
        several = [{"task": "T1", "task_label": "And what else?", "value": rng.sample(LABELS, 2)}]
        return [{"task": "T0", "task_label": "What shape is it?", "value": rng.choice(LABELS)}, *several]
    if kind == 1:
        points = [
            {"x": rng.uniform(0, 1200), "y": rng.uniform(0, 900), "tool": 0, "frame": 0, "details": [{"value": n % 2}]}
            for n in range(rng.randrange(8))
        ]
        return [{"task": "T0", "task_label": "Mark the stars", "value": points}]
    if kind == 2:
        seen = [
            {"choice": s, "answers": {"HOWMANY": str(1 + n)}, "filters": {}}
            for n, s in enumerate(rng.sample(SPECIES, 2))
        ]
        return [{"task": "T0", "task_label": "Who is there?", "value": seen[: rng.randrange(1, 3)]}]
    box = {"toolIndex": 0, "toolType": "rectangle", "frame": 0, "details": [{"task": "T0.0.0"}]}
    sizes = {"width": 40, "height": 30.5}
    boxes = [box | sizes | {"x": rng.uniform(0, 500), "y": rng.uniform(0, 400)} for _ in range(rng.randrange(1, 4))]
    about = [{"task": "T0.0.0", "taskType": "single", "markIndex": n, "value": n % 3} for n in range(len(boxes))]
    return [{"task": "T0", "taskType": "drawing", "value": boxes}, *about]


def mixed_tasks(kind: int) -> tuple[dict[str, Any], dict[str, str]]:
    """The tasks and strings of one of the four workflows."""
    answers = [{"label": f"T0.answers.{n}.label"} for n in range(3)]
    words = {f"T0.answers.{n}.label": label for n, label in enumerate(LABELS)}
    if kind == 0:
        first = {"type": "single", "question": "T0.question", "answers": answers}
        return {"T0": first, "T1": first | {"type": "multiple"}}, words | {"T0.question": "What shape is it?"}
    if kind == 2:
        choices = {s: {"label": f"T0.choices.{s}.label"} for s in SPECIES}
        named = {f"T0.choices.{s}.label": s.title() for s in SPECIES}
        return {"T0": {"type": "survey", "choices": choices, "choicesOrder": list(SPECIES)}}, named
    detail = {"type": "single", "question": "T0.detail", "answers": answers}
    tool = {"type": "point" if kind == 1 else "rectangle", "label": "T0.tool", "details": [detail]}
    labels = words | {"T0.tool": "Star" if kind == 1 else "Box", "T0.detail": "How sure?", "T0.mark": "Mark them"}
    return {"T0": {"type": "drawing", "instruction": "T0.mark", "tools": [tool]}}, labels


def make_mixed(out: Path, rows: int, seed: int) -> None:
    """Write classifications.csv and workflows.csv."""
    rng = random.Random(seed)
    people = Volunteers(rng, rows)
    names = ("Galaxies", "Stars", "Night visitors", "Boxes")

    def classifications() -> Iterator[dict[str, Any]]:
        for number in range(rows):
            kind = number % 4
            subject = 70_000_000 + kind * 1_000_000 + max(0, number // 60 + rng.randrange(-20, 20))
            row = people.row(number, 2001 + kind, names[kind], "14.18", (1200, 900))
            row["metadata"] |= {"classifier_version": "2.0"} if kind == 3 else {}
            data = {str(subject): {"retired": None, "#Filename": f"image_{subject}.jpg", "site": f"S{subject % 7}"}}
            yield row | {"annotations": mixed_annotations(kind, rng), "subject_data": data, "subject_ids": subject}

    write_csv(out / "classifications.csv", HEADER, classifications())
    versions = (
        {
            "workflow_id": 2001 + kind,
            "display_name": names[kind],
            "version": 14,
            "minor_version": 18,
            "tasks": mixed_tasks(kind)[0],
            "strings": mixed_tasks(kind)[1],
        }
        for kind in range(4)
    )
    header = ["workflow_id", "display_name", "version", "minor_version", "tasks", "strings"]
    write_csv(out / "workflows.csv", header, versions)


def main() -> None:
    """Read the command line and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("planet4", "mixed"))
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    {"planet4": make_planet4, "mixed": make_mixed}[given.kind](given.out, given.rows, given.seed)


if __name__ == "__main__":
    main()
