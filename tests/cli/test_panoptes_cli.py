"""``swath panoptes`` by its real entry point."""

import json
import os
import signal
import subprocess
import time

import pytest
import yaml

from commands import COMMAND, called, started
from makers import row, write_export
from peer_csv import difference, rows_of
from reading import records

TASKS = {
    "T0": {"type": "single", "answers": [{"label": f"T0.answers.{n}.label"} for n in range(2)]},
    "T1": {"type": "drawing", "tools": [{"type": "point", "details": []}]},
    "T2": {"type": "highlighter"},
}  # fmt: skip
STRINGS = {"T0.question": "Is it?", "T0.answers.0.label": "Yes, it is!", "T0.answers.1.label": "No"}


def swath(*arguments, cwd=None):
    return called("panoptes", *arguments, cwd=cwd)


def fresh(*arguments, cwd=None):
    return started("panoptes", *arguments, cwd=cwd)


def make_exports(folder, count=60):
    rows = []
    for n in range(1, count + 1):
        marks = [{"tool": 0, "frame": 0, "x": 5 + n % 3, "y": 7, "details": []}]
        said = [{"task": "T0", "value": ["Yes, it is!", "No"][n % 4 == 0]}, {"task": "T1", "value": marks}]
        rows.append(row(n, workflow_id=9, workflow_version="4.2", annotations=json.dumps(said), metadata="{}",
                        subject_ids=50 + n % 5, user_name=f"user {n}"))  # fmt: skip
    workflow = {
        "workflow_id": 9,
        "version": 4,
        "minor_version": 2,
        "tasks": json.dumps(TASKS),
        "strings": json.dumps(STRINGS),
    }
    return write_export(folder / "c.csv", rows), write_export(folder / "w.csv", [workflow], list(workflow))


def test_the_three_steps_write_the_peers_files(tmp_path):
    export, workflows = make_exports(tmp_path)
    made = fresh("config", workflows, 9, "-d", tmp_path)
    assert made.returncode == 0, made.stderr
    assert "no extractor reads T2: highlighter" in made.stderr
    names = [path.rsplit("/", 1)[1] for path in made.stdout.split()]
    assert names[0] == "Extractor_config_workflow_9_V4.2.yaml"
    extracted = fresh("extract", export, tmp_path / names[0], "-d", tmp_path, "--format", "csv", "-hb", "-O")
    assert extracted.returncode == 0, extracted.stderr
    assert {path.rsplit("/", 1)[1] for path in extracted.stdout.split()} == {
        "question_extractor_extractions.csv", "point_extractor_by_frame_extractions.csv",
    }  # fmt: skip
    config = tmp_path / "Reducer_config_workflow_9_V4.2_question_extractor.yaml"
    reduced = fresh(
        "reduce", tmp_path / "question_extractor_extractions.csv", config, "--format", "csv", "-s", cwd=tmp_path
    )
    assert reduced.returncode == 0, reduced.stderr
    assert reduced.stdout.split() == ["question_reducer_reductions.csv"]
    rows = rows_of(tmp_path / "question_reducer_reductions.csv")
    assert [r["subject_id"] for r in rows] == [50, 51, 52, 53, 54]
    assert sum(r.get("data.yes-it-is", 0) + r.get("data.no", 0) for r in rows) == 60


def test_all_in_one_and_run_again(tmp_path):
    export, workflows = make_exports(tmp_path)
    made = fresh("aggregate", export, "--workflows", workflows, "-o", tmp_path / "out", "--format", "json")
    assert made.returncode == 0, made.stderr
    steps = {step["step"] for step in json.loads(made.stdout)}
    assert steps == {"extracts", "question_extractor", "point_extractor_by_frame"}
    consensus = records(tmp_path / "out" / "question_extractor", "consensus")
    assert {found["label"] for found in consensus} == {"Yes, it is!"}
    assert len(records(tmp_path / "out" / "point_extractor_by_frame", "clusters")) == 5
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.parquet")}
    assert swath("aggregate", export, "--workflows", workflows, "-o", tmp_path / "out").returncode == 0
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.parquet")}
    config = tmp_path / "mine.yaml"
    config.write_text(yaml.safe_dump({"reducer_config": {"question_consensus_reducer": {}}}))
    other = swath("aggregate", export, "--workflows", workflows, "-o", tmp_path / "other",
                  "--reducer-config", f"question_extractor={config}")  # fmt: skip
    assert other.returncode == 0, other.stderr
    found = records(tmp_path / "other" / "question_extractor", "question_consensus_reducer")
    assert {r["data.most_likely"] for r in found} == {"yes-it-is"}


def test_an_extractor_of_ones_own_is_reduced_too(tmp_path):
    export, workflows = make_exports(tmp_path)
    entries = {"shape_extractor_point": [{"task": "T1", "shape": "point"}]}
    config, other, reducer = (tmp_path / name for name in ("e.yaml", "other.yaml", "r.yaml"))
    config.write_text(yaml.safe_dump({"extractor_config": entries, "workflow_id": 9, "workflow_version": "4"}))
    other.write_text(yaml.safe_dump({"extractor_config": entries, "workflow_id": 8, "workflow_version": "4"}))
    reducer.write_text(yaml.safe_dump({"reducer_config": {"shape_reducer_dbscan": {"shape": "point", "eps": 0.5}}}))
    given = ("aggregate", export, "--workflows", workflows, "--extractor-config")
    made = swath(*given, config, "-o", tmp_path / "out")
    assert made.returncode == 0, made.stderr
    assert len(records(tmp_path / "out" / "shape_extractor_point", "clusters")) == 5
    made = swath(*given, config, "-o", tmp_path / "mine", "--reducer-config", f"shape_extractor_point={reducer}")
    assert made.returncode == 0, made.stderr
    assert len(records(tmp_path / "mine" / "shape_extractor_point", "clusters")) == 15
    refused = swath(*given, other, "-o", tmp_path / "none")
    assert refused.returncode == 2
    assert "is of workflow 8, not 9" in refused.stderr


@pytest.mark.parametrize(("arguments", "code", "said"), [
    (("config", "{w}", 10), 2, "it has 9"),
    (("config", "{w}", 9, "-v", "5"), 2, "it has 4.2"),
    (("config", "{w}", 9, "-k", "[1"), 2, "-k is no JSON"),
    (("config", "{w}", 9, "-m", 2), 2, "-m 2 is given without -v"),
    (("config", "{c}", 9), 1, "lacks the columns"),
    (("extract", "{c}", "{w}"), 1, ""),
    (("reduce", "{c}", "{w}"), 1, ""),
    (("aggregate", "{c}", "--workflows", "{w}", "-o", "out", "--reducer-config", "x"), 2, "EXTRACTOR=FILE"),
    (("aggregate", "{c}", "--workflows", "{w}", "-o", "out", "--reducer-config", "question=x"), 2, "_extractor"),
])  # fmt: skip
def test_what_cannot_be_meant(tmp_path, arguments, code, said):
    export, workflows = make_exports(tmp_path, 3)
    places = {"c": export, "w": workflows}
    failed = swath(*(str(text).format(**places) for text in arguments), cwd=tmp_path)
    assert failed.returncode == code, failed.stderr
    assert failed.stderr.startswith("error: ")
    assert said in failed.stderr
    assert "Traceback" not in failed.stderr


def test_rows_set_aside_are_told(tmp_path):
    export, workflows = make_exports(tmp_path, 20)
    export.write_text(export.read_text().replace('""No""', "1.5", 1))
    swath("config", workflows, 9, "-d", tmp_path)
    extracted = swath("extract", export, tmp_path / "Extractor_config_workflow_9_V4.2.yaml", "-o", tmp_path / "x")
    assert extracted.returncode == 3, extracted.stderr
    assert "1 rows could not be read" in extracted.stderr


@pytest.mark.parametrize("listed", ["extractors", "reducers"])
def test_lists(listed):
    shown = json.loads(fresh(listed, "--format", "json").stdout)
    assert len({line["name"] for line in shown}) > 20
    assert all(line["meaning"] for line in shown)


def test_killed_and_run_again_the_csv_file_is_the_same(tmp_path):
    export, workflows = make_exports(tmp_path, 3000)
    swath("config", workflows, 9, "-d", tmp_path)
    config = tmp_path / "Extractor_config_workflow_9_V4.2.yaml"
    (tmp_path / "whole").mkdir()
    swath("extract", export, config, "-d", tmp_path / "whole", "--format", "csv")
    (tmp_path / "cut").mkdir()
    command = [*COMMAND, "panoptes", "extract", export, config]
    for wait in (0.5, 0.8):
        killed = subprocess.Popen([*map(str, command), "-d", str(tmp_path / "cut"), "--format", "csv"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)  # fmt: skip
        time.sleep(wait)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    assert swath("extract", export, config, "-d", tmp_path / "cut", "--format", "csv").returncode == 0
    for path in (tmp_path / "whole").glob("*.csv"):
        assert difference(rows_of(tmp_path / "cut" / path.name), rows_of(path)) is None
        assert path.read_bytes() == (tmp_path / "cut" / path.name).read_bytes()
    assert sorted(p.name for p in (tmp_path / "cut").iterdir()) == sorted(
        p.name for p in (tmp_path / "whole").iterdir()
    )
