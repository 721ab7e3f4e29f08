"""Exports of any size, made up: Planet Four with its look-up tables, and a project of mixed workflows.

    python benchmarks/make_exports.py planet4 DIR --rows 100000
    python benchmarks/make_exports.py mixed DIR --rows 100000

The same arguments give the same bytes. Rows are written as they are made, so the size is bounded by the disk alone.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
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


class Thing:
    """A fan or a blotch on the ground; a few are so round that volunteers disagree which it is."""

    def __init__(self, rng: random.Random, wind: float) -> None:
        self.x, self.y = rng.uniform(20, 820), rng.uniform(20, 630)
        self.fan_share = rng.choice((0.0, 0.0, 0.5, 1.0, 1.0, 1.0))
        self.angle, self.size = wind + rng.gauss(0, 15), rng.uniform(25, 120)
        self.spread, self.roundness = rng.uniform(10, 60), rng.uniform(0.4, 0.9)

    def mark(self, rng: random.Random) -> dict[str, Any]:
        """What a volunteer draws: nearly this."""
        angle, size = self.angle + rng.gauss(0, 6), self.size * rng.uniform(0.85, 1.15)
        fan = rng.random() < self.fan_share
        along = 0.0 if fan or not self.fan_share else self.size / 2
        x, y = (
            self.x + along * math.cos(math.radians(self.angle)),
            self.y + along * math.sin(math.radians(self.angle)),
        )
        place = {"x": x + rng.gauss(0, 3), "y": y + rng.gauss(0, 3), "frame": 0, "details": []}
        if fan:
            shape = {"tool": 0, "radius": size, "spread": self.spread * rng.uniform(0.8, 1.2)}
            return place | shape | {"rotation": angle % 360, "tool_label": "Fan"}
        shape = {"tool": 1, "rx": size / 2, "ry": size / 2 * self.roundness * rng.uniform(0.9, 1.1)}
        return place | shape | {"angle": -(angle % 180), "tool_label": "Blotch"}


class Tile:
    """A Planet Four tile: its ids, place, and the fans and blotches that volunteers find on it."""

    def __init__(self, number: int, rng: random.Random) -> None:
        self.subject = 41_451_160 + number
        self.tile_id = f"APF{number:07x}"
        self.observation, place = divmod(number, 6)
        self.obsid = f"ESP_{46000 + self.observation:06d}_{925 + 10 * (self.observation % 6):04d}"
        self.x, self.y = 1 + place % 2, 1 + place // 2
        self.sparse = number % 200 == 4
        wind = rng.uniform(0, 360)
        self.things = [Thing(rng, wind) for _ in range(rng.randrange(6))]

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

    def centre(self) -> dict[str, Any]:
        """Where the tile's centre is in its observation and on Mars, as the catalogue's tile coordinates have it."""
        across, down = 420 + 740 * (self.x - 1), 324 + 548 * (self.y - 1)
        latitude = math.radians(-85 + self.observation % 5 + down * 0.25 / 59_000)
        longitude = math.radians((37 * self.observation + across * 0.25 / 5_000) % 360)
        place = [
            3380 * math.cos(latitude) * math.cos(longitude),
            3380 * math.cos(latitude) * math.sin(longitude),
            3380 * math.sin(latitude),
        ]
        return {
            "x_tile": self.x,
            "y_tile": self.y,
            "x_hirise": f"{across:.7f}",
            "y_hirise": f"{down:.7f}",
            "PlanetocentricLatitude": f"{math.degrees(latitude):.7f}",
            "PositiveEast360Longitude": f"{math.degrees(longitude):.7f}",
            **{f"BodyFixedCoordinate{axis}": f"{value:.7f}" for axis, value in zip("XYZ", place, strict=True)},
            "tile_id": self.tile_id,
            "obsid": self.obsid,
        }

    def marks(self, rng: random.Random) -> list[dict[str, Any]]:
        """What one volunteer draws: most of the things, none of them exactly."""
        found = []
        for thing in self.things:
            if rng.random() < 0.8:
                found.append(thing.mark(rng))
        return found


def make_planet4(out: Path, rows: int, seed: int) -> None:
    """Write planet-four-classifications.csv, -subjects.csv, tile_coords.csv and metadata.csv."""
    rng = random.Random(seed)
    tiles = [Tile(n, rng) for n in range(max(12, rows // 36))]
    people = Volunteers(rng, rows)
    reach = min(200, len(tiles) // 6)

    def classifications() -> Iterator[dict[str, Any]]:
        for number in range(rows):
            tile = tiles[min(len(tiles) - 1, max(0, number // 36 + rng.randrange(-reach, reach)))]
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
    write_csv(out / "tile_coords.csv", list(tiles[0].centre()), (t.centre() for t in published))
    taken = {t.obsid: START + timedelta(days=n % 900) for n, t in enumerate(published)}
    observed = [observation(obsid, time) for obsid, time in sorted(taken.items())]
    write_csv(out / "metadata.csv", list(observed[0]), iter(observed))


def observation(obsid: str, time: datetime) -> dict[str, Any]:
    """What the catalogue's metadata say of an observation."""
    number = int(obsid[4:10])
    return {
        "OBSERVATION_ID": obsid,
        "SOLAR_LONGITUDE": f"{180 + number * 7 % 150:.7f}",
        "START_TIME": time.strftime("%Y-%m-%d %H:%M:%S"),
        "map_scale": f"{(0.25, 0.5)[number % 2]:.7f}",
        "north_azimuth": f"{100 + number * 13 % 60:.7f}",
        "# of tiles": 6,
    }


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
