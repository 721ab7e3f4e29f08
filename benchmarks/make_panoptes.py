"""One-workflow projects for the benchmarks of extraction and reduction, made up: points, questions or circles.

    python benchmarks/make_panoptes.py points DIR --rows 50000

Fifteen volunteers see each subject. Marks scatter around what the subject shows, some volunteers miss it, some mark
nothing. The same arguments give the same bytes.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from make_exports import Volunteers, compact, write_csv

PER_SUBJECT = 15
CLASSIFICATIONS = [
    *("classification_id", "user_name", "user_id", "user_ip", "workflow_id", "workflow_name", "workflow_version"),
    *("created_at", "gold_standard", "expert", "metadata", "annotations", "subject_data", "subject_ids"),
]
WORKFLOWS = [
    *("workflow_id", "display_name", "version", "minor_version", "active", "classifications_count", "pairwise"),
    *("grouped", "prioritized", "primary_language", "first_task", "tutorial_subject_id"),
    *("retired_set_member_subjects_count", "tasks", "retirement", "aggregation", "strings"),
]
DETAIL = {"type": "single", "question": "T0.q", "answers": [{"label": "T0.a"}, {"label": "T0.b"}, {"label": "T0.c"}]}
ANSWERS = ("Spiral", "Smooth", "Star or artefact", "Not sure")
SPREAD = 2.0


def tasks_of(kind: str) -> dict[str, Any]:
    """The tasks of a workflow, as its export has them."""
    if kind == "question":
        answers = [{"label": f"T0.answers.{n}.label", "next": None} for n in range(len(ANSWERS))]
        return {"T0": {"type": "single", "question": "T0.question", "answers": answers}}
    tool = {"type": "point" if kind == "points" else "circle", "label": "T0.tools.0.label"}
    details = [DETAIL] if kind == "points" else []
    return {"T0": {"type": "drawing", "instruction": "T0.i", "tools": [{**tool, "details": details} for _ in range(2)]}}


def truth(kind: str, number: int) -> list[dict[str, float]]:
    """What a subject shows: places, tools and radii."""
    rng = random.Random(f"{kind} {number}")
    size = {"r": rng.uniform(5, 60)} if kind == "circles" else {}
    return [
        {
            "x": rng.uniform(20, 1180),
            "y": rng.uniform(20, 780),
            "tool": rng.randrange(2),
            "frame": rng.randrange(2),
            **size,
        }
        for _ in range(rng.randrange(3, 9))
    ]


def marks_of(shown: list[dict[str, float]], rng: random.Random, kind: str) -> list[dict[str, Any]]:
    """What one volunteer draws."""
    marks = []
    for thing in shown:
        if rng.random() < 0.15:
            continue
        mark = {**thing, "x": rng.gauss(thing["x"], SPREAD), "y": rng.gauss(thing["y"], SPREAD), "tool_label": "Thing"}
        mark["details"] = [{"value": rng.choice((0, 0, 0, 1, 2, None))}] if kind == "points" else []
        marks.append(mark)
    return marks


def annotation(kind: str, subject: int, rng: random.Random) -> list[dict[str, Any]]:
    """What one volunteer answers."""
    if kind == "question":
        value = rng.choices(ANSWERS, (8, 4, 1, 1) if subject % 2 else (1, 9, 2, 1))[0]
        return [{"task": "T0", "task_label": "What is it?", "value": value}]
    return [{"task": "T0", "task_label": "Mark all", "value": marks_of(truth(kind, subject), rng, kind)}]


def make(kind: str, out: Path, rows: int, seed: int) -> None:
    """Write the classification and the workflow export of one project."""
    out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    volunteers = Volunteers(rng, rows)

    def classifications() -> Iterator[dict[str, Any]]:
        for number in range(rows):
            subject = number // PER_SUBJECT
            row = volunteers.row(number, 4242, kind, "7.3", (1200, 800))
            data = {str(5_000_000 + subject): {"retired": None, "Filename": f"{subject}.png"}}
            yield row | {
                "annotations": compact(annotation(kind, subject, rng)),
                "subject_data": compact(data),
                "subject_ids": 5_000_000 + subject,
            }

    write_csv(out / "classifications.csv", CLASSIFICATIONS, classifications())
    strings = {f"T0.answers.{n}.label": text for n, text in enumerate(ANSWERS)} | {"T0.question": "What is it?"}
    workflow = dict.fromkeys(WORKFLOWS, "") | {
        "workflow_id": 4242,
        "version": 7,
        "minor_version": 3,
        "first_task": "T0",
    }
    workflow |= {"tasks": json.dumps(tasks_of(kind)), "strings": json.dumps(strings)}
    write_csv(out / "workflows.csv", WORKFLOWS, iter([workflow]))


def main() -> None:
    """Read the command line and write a project."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("points", "question", "circles"))
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    make(given.kind, given.out, given.rows, given.seed)


if __name__ == "__main__":
    main()
