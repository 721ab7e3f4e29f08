"""Any project's export to tables."""

import gzip
import json

import pytest
import zstandard

from makers import CONFORMANCE, compact, csv_text, row, write_export
from reading import counts, part_bytes, records, rejects
from swath.engine.events import Noticed
from swath.engine.executors import Workers
from swath.engine.run import Running
from swath.errors import InputError, UsageError
from swath.panoptes.convert import ConvertSettings, convert, convert_job
from swath.panoptes.exports import Export, chunk_size_of

MIB = 1 << 20

TASKS = {
    "T0": {"type": "single", "question": "T0.question", "answers": [{"label": "T0.answers.0.label"}]},
    "T1": {
        "type": "drawing",
        "instruction": "T1.instruction",
        "tools": [
            {
                "type": "point",
                "label": "T1.tools.0.label",
                "details": [
                    {"type": "multiple", "question": "q", "answers": [{"label": "A"}, {"label": "B"}, {"label": "C"}]}
                ],
            },
            {"type": "rotateRectangle", "label": "Box", "details": []},
        ],
    },
    "T2": {"type": "survey", "choices": {"FOX": {"label": "T2.choices.FOX.label"}}, "choicesOrder": ["FOX"]},
    "T3": {"type": "dropdown", "selects": [{"id": "s", "options": {"*": [{"label": "Red", "value": "hash1"}]}}]},
}
STRINGS = {
    "T0.question": "Is it?",
    "T0.answers.0.label": "Yes",
    "T1.instruction": "Mark it",
    "T1.tools.0.label": "Star",
    "T2.choices.FOX.label": "Red fox",
}


def workflow_export(path, version=(3, 23)):
    header = ["workflow_id", "display_name", "version", "minor_version", "tasks", "strings"]
    cells = {"workflow_id": 2001, "display_name": "Birds", "version": version[0], "minor_version": version[1]}
    return write_export(path, [cells | {"tasks": compact(TASKS), "strings": compact(STRINGS)}], header)


def converted(tmp_path, rows, **options):
    out = tmp_path / "out"
    convert([write_export(tmp_path / "c.csv", rows)], out, **options)
    return lambda table: records(out, table)


def annotate(*annotations, **changes):
    return row(annotations=list(annotations), **changes)


def test_classifications_are_typed(tmp_path):
    metadata = {
        "started_at": "2019-10-24T18:22:00.500Z",
        "finished_at": "2019-10-24T18:23:00.250Z",
        "session": "abc",
        "user_language": "fr",
        "utc_offset": "-3600",
        "viewport": {"width": 1280, "height": 667.5},
        "subject_dimensions": [{"clientWidth": 600, "naturalWidth": 840}, {"clientWidth": 1}],
        "classifier_version": "2.0",
        "live_project": True,
        "subject_selection_state": {"retired": False, "already_seen": True},
    }
    rows = [
        row(1, metadata=metadata, gold_standard="true"),
        row(2, user_id="", user_name="not-logged-in-0a", metadata=""),
    ]
    first, second = converted(tmp_path, rows)("classifications")
    assert (first["workflow_version"], first["version_major"], first["version_minor"]) == ("3.23", 3, 23)
    assert first["created_at"].isoformat() == "2019-10-24T18:23:02+00:00"
    assert first["seconds"] == 59.75
    assert (first["session"], first["language"], first["utc_offset"]) == ("abc", "fr", -3600.0)
    assert (first["viewport_height"], first["client_width"], first["natural_width"]) == (667.5, 600.0, 840.0)
    assert (first["classifier_version"], second["classifier_version"]) == ("2.0", "1.0")
    assert (first["live_project"], first["already_seen"], first["subject_retired"]) == (True, True, False)
    assert (first["gold_standard"], first["expert"]) == (True, None)
    assert (second["user_id"], second["started_at"], second["seconds"]) == (None, None, None)
    assert (first["subject_id"], first["subject_ids"], first["repeat"]) == (500, [500], 1)


def test_repeats_are_numbered_within_subject_and_user(tmp_path):
    made = [
        row(1, user_id=7),
        row(2, user_id=8),
        row(3, user_id=7, subject_ids="500;501"),
        row(4, user_id=7, subject_ids=501),
        row(5, user_id="", user_name="not-logged-in-1"),
        row(6, user_id="", user_name="not-logged-in-2"),
        row(7, user_id="", user_name="not-logged-in-1"),
    ]
    read = converted(tmp_path, made, settings=ConvertSettings(chunk_size=1024))
    found = {r["classification_id"] - 100_000_000: (r["repeat"], r["subject_ids"]) for r in read("classifications")}
    assert {n: repeat for n, (repeat, _) in found.items()} == {1: 1, 2: 1, 3: 2, 4: 1, 5: 1, 6: 1, 7: 2}
    assert found[3][1] == [500, 501]


@pytest.mark.parametrize(
    ("value", "typed"),
    [
        ("Yes", {"value_text": "Yes"}),
        ("8.50", {"value_text": "8.50", "value_number": 8.5}),
        (7, {"value_number": 7.0}),
        (["a", None, 3], {"value_list": ["a", None, "3"]}),
        ([], {"value_list": []}),
        (None, {}),
        (True, {"value_json": "true"}),
        ({"a": [1]}, {"value_json": '{"a":[1]}'}),
        ([["a"], 1], {"value_json": '[["a"],1]'}),
        (
            [{"value": "hash1", "option": True}],
            {"value_list": ["hash1"], "value_json": '[{"value":"hash1","option":true}]'},
        ),
        ({"selection": 6, "option": True}, {"value_number": 6.0, "value_json": '{"selection":6,"option":true}'}),
    ],
)
def test_answers_are_typed(tmp_path, value, typed):
    (found,) = converted(tmp_path, [annotate({"task": "T0", "value": value})])("annotations")
    got = {name: found[name] for name in ("value_text", "value_number", "value_list", "value_json")}
    assert got == dict.fromkeys(got) | typed


def test_combined_tasks_are_taken_apart_in_order(tmp_path):
    inner = [{"task": "T0", "value": "a"}, {"task": "T5", "value": [{"task": "T6", "value": "b"}]}]
    read = converted(tmp_path, [annotate({"task": "T9", "value": inner}, {"task": "T1", "value": "c"})])
    found = [(r["annotation_index"], r["task"], r["combo_task"], r["value_text"]) for r in read("annotations")]
    assert found == [(0, "T0", "T9", "a"), (1, "T6", "T5", "b"), (2, "T1", None, "c")]


def test_marks_of_both_dialects(tmp_path):
    old = {
        "task": "T1",
        "value": [{"tool": 0, "frame": 1, "x": 1.5, "y": 2, "details": [{"value": [0, 2]}], "tool_label": "S"}],
    }
    new = [
        {"task": "T1", "taskType": "drawing", "value": [
            {"toolIndex": 1, "toolType": "rectangle", "frame": 0, "x": 1, "y": 2, "width": 3, "height": 4,
             "details": [{"task": "T1.1.0"}]},
        ]},
        {"task": "T1.1.0", "taskType": "single", "markIndex": 0, "value": 1},
    ]  # fmt: skip
    read = converted(tmp_path, [row(1, annotations=[old]), row(2, annotations=new)])
    first, second = read("marks")
    assert (first["tool"], first["tool_type"], first["tool_label"], first["frame"]) == (0, "point", "S", 1)
    assert (first["x"], first["y"], first["width"], first["mark_json"]) == (1.5, 2.0, None, None)
    assert first["details_json"] == '[{"value":[0,2]}]'
    assert (second["tool"], second["tool_type"], second["width"], second["height"]) == (1, "rectangle", 3.0, 4.0)
    details = [
        (d["tool"], d["mark_index"], d["detail_index"], d["value_list"], d["value_number"])
        for d in read("mark_details")
    ]
    assert details == [(0, 0, 0, ["0", "2"], None), (1, 0, 0, None, 1.0)]
    assert [r["marks"] for r in read("annotations")] == [1, 1]


def test_every_shape_has_its_columns(tmp_path):
    shapes = {
        "point": {"x": 1, "y": 2},
        "line": {"x1": 1, "y1": 2, "x2": 3, "y2": 4},
        "circle": {"x": 1, "y": 2, "r": 3},
        "ellipse": {"x": 1, "y": 2, "rx": 3, "ry": 4, "angle": 5},
        "rectangle": {"x": 1, "y": 2, "width": 3, "height": 4},
        "rotateRectangle": {"x": 1, "y": 2, "width": 3, "height": 4, "angle": 5},
        "triangle": {"x": 1, "y": 2, "r": 3, "angle": 4},
        "fan": {"x": 1, "y": 2, "radius": 3, "spread": 4, "rotation": 5},
        "column": {"x": 1, "width": 2},
        "fullWidthLine": {"y": 1},
        "fullHeightLine": {"x": 1},
    }
    marks = [{"tool": n, **shape} for n, shape in enumerate(shapes.values())]
    found = converted(tmp_path, [annotate({"task": "T0", "value": marks})])("marks")
    assert [mark["tool_type"] for mark in found] == list(shapes)
    for mark, shape in zip(found, shapes.values(), strict=True):
        assert {name: mark[name] for name in shape} == shape
        assert mark["mark_json"] is None


def test_paths_and_what_no_column_holds(tmp_path):
    marks = [
        {"tool": 0, "points": [{"x": 1, "y": 2}, {"x": 3, "y": None}], "closed": True},
        {"tool": 1, "pathX": [1, 2], "pathY": [3, 4]},
        {"tool": 2, "x": "12", "y": 1},
        {"tool": 3, "x": 1, "y": 1, "surprise": {"a": 1}},
    ]
    a, b, c, d = converted(tmp_path, [annotate({"task": "T0", "value": marks})])("marks")
    assert (a["path_x"], a["path_y"], a["closed"], a["tool_type"]) == ([1.0, 3.0], [2.0, None], True, "polygon")
    assert (b["path_x"], b["path_y"], b["closed"]) == ([1.0, 2.0], [3.0, 4.0], None)
    assert (c["x"], c["mark_json"]) == (None, '{"tool":2,"x":"12","y":1}')
    assert json.loads(d["mark_json"])["surprise"] == {"a": 1}


def test_surveys(tmp_path):
    value = [
        {"choice": "FOX", "answers": {"HOWMANY": "2", "DOING": ["RUN", "EAT"], "YOUNG": []}, "filters": {}},
        {"choice": "OWL", "answers": {}},
    ]
    read = converted(
        tmp_path, [annotate({"task": "T2", "value": value})], workflows=workflow_export(tmp_path / "w.csv")
    )
    found = [(r["choice_index"], r["choice_label"], r["question"], r["answer"]) for r in read("survey_answers")]
    assert found == [
        (0, "Red fox", "HOWMANY", "2"),
        (0, "Red fox", "DOING", "RUN"),
        (0, "Red fox", "DOING", "EAT"),
        (0, "Red fox", "YOUNG", None),
        (1, None, None, None),
    ]
    (annotation,) = read("annotations")
    assert (annotation["task_type"], annotation["value_list"], annotation["value_json"]) == (
        "survey",
        ["FOX", "OWL"],
        None,
    )


def test_labels_come_from_the_version_that_was_classified_in(tmp_path):
    annotations = [
        {"task": "T0", "value": "Yes"},
        {"task": "T1", "value": [{"tool": 0, "x": 1, "y": 2, "details": [{"value": [2]}]}, {"tool": 1, "x": 1}]},
        {"task": "T3", "value": [{"value": "hash1", "option": True}]},
    ]
    rows = [row(1, annotations=annotations), row(2, annotations=annotations, workflow_version="3.22")]
    read = converted(tmp_path, rows, workflows=workflow_export(tmp_path / "w.csv"))
    known, early = read("annotations")[:3], read("annotations")[3:]
    assert [(a["task_type"], a["task_label"]) for a in known] == [
        ("single", "Is it?"),
        ("drawing", "Mark it"),
        ("dropdown", None),
    ]
    assert known[2]["value_list"] == ["Red"]
    assert [a["task_label"] for a in early] == [None, None, None]
    assert [(m["tool_type"], m["tool_label"]) for m in read("marks")[:2]] == [
        ("point", "Star"),
        ("rotateRectangle", "Box"),
    ]
    assert [d["labels"] for d in read("mark_details")] == [["C"], None]
    elements = [(w["element"], w["label"]) for w in read("workflows")]
    assert ("tool", "Star") in elements
    assert ("detail answer", "C") in elements


def test_subjects_from_the_data_and_from_the_export(tmp_path):
    retired = {"classifications_count": 36, "retired_at": "2021-02-23T16:17:42.479Z", "retirement_reason": "consensus"}
    data = {"500": {"retired": retired, "#name": "a.jpg", " !x ": 3, "more": {"a": 1}}}
    rows = [row(n, subject_data=data) for n in range(30)]
    (seen,) = converted(tmp_path, rows, settings=ConvertSettings(chunk_size=4096))("subjects")
    assert dict(seen["metadata"]) == {"#name": "a.jpg", " !x ": "3", "more": '{"a":1}'}
    assert dict(seen["metadata_clean"]) == {"name": "a.jpg", "x": "3", "more": '{"a":1}'}
    assert (seen["classifications_count"], seen["retirement_reason"]) == (36, "consensus")
    assert seen["retired_at"].isoformat() == "2021-02-23T16:17:42.479000+00:00"
    header = ["subject_id", "workflow_id", "subject_set_id", "metadata", "locations", "retired_at"]
    listed = {"subject_id": 500, "workflow_id": 2001, "subject_set_id": 9, "metadata": '{"a":"b"}'}
    listed |= {"locations": '{"0":"https://x/a.jpeg","1":"https://x/b.jpeg"}', "retired_at": ""}
    export = write_export(
        tmp_path / "s.csv", [listed, listed | {"subject_set_id": 10}, listed | {"subject_id": 501}], header
    )
    convert([tmp_path / "c.csv"], tmp_path / "listed", subjects=export)
    first, second = records(tmp_path / "listed", "subjects")
    assert (first["subject_set_id"], first["locations"]) == (9, ["https://x/a.jpeg", "https://x/b.jpeg"])
    assert {first["subject_id"], second["subject_id"]} == {500, 501}


def test_narrowing_by_workflow_version_and_table(tmp_path):
    rows = [row(1), row(2, workflow_id=9), row(3, workflow_version="2.9"), row(4, workflow_version="3.100")]
    export = write_export(tmp_path / "c.csv", rows)
    settings = ConvertSettings(workflows=(2001,), version=">=2.10", only=("annotations",))
    told = []
    convert([export], tmp_path / "out", settings=settings, running=Running(on_event=told.append))
    assert [r["classification_id"] - 100_000_000 for r in records(tmp_path / "out", "annotations")] == [1, 4]
    assert [p.name for p in (tmp_path / "out").iterdir() if p.is_dir() and p.name != "_swath"] == ["annotations"]
    assert counts(tmp_path / "out")["skipped: workflow 9"] == 1
    assert counts(tmp_path / "out")["skipped: other versions"] == 1
    assert not [event for event in told if isinstance(event, Noticed)]
    across = ConvertSettings(version=">=2", only=("annotations",))
    convert([export], tmp_path / "across", settings=across, running=Running(on_event=told.append))
    (notice,) = [event for event in told if isinstance(event, Noticed)]
    assert "major versions 2, 3" in notice.message


def test_usage_errors(tmp_path):
    export = write_export(tmp_path / "c.csv", [row(1)])
    with pytest.raises(UsageError, match="no table 'mark'") as caught:
        convert_job([export], settings=ConvertSettings(only=("mark",)))
    assert "marks" in caught.value.hint
    with pytest.raises(UsageError, match="workflow export"):
        convert_job([export], settings=ConvertSettings(only=("workflows",)))
    with pytest.raises(UsageError, match="no range"):
        convert_job([export], settings=ConvertSettings(version="three"))
    with pytest.raises(InputError, match="lacks the column"):
        convert_job([export], subjects=export)


@pytest.mark.parametrize("kind", ["plain", "gzip", "zstd", "two files"])
def test_every_kind_of_input_gives_the_same_rows(tmp_path, kind):
    rows = [row(n, annotations=[{"task": "T0", "value": f'answer "{n}", é'}]) for n in range(60)]
    text = csv_text(rows)
    files = {
        "plain": {"c.csv": text.encode()},
        "gzip": {"c.csv.gz": gzip.compress(text.encode()[:3000]) + gzip.compress(text.encode()[3000:])},
        "zstd": {"c.zst": zstandard.compress(text.encode())},
        "two files": {"a.csv": csv_text(rows[:25]).encode(), "b.csv": csv_text(rows[20:]).encode()},
    }[kind]
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    convert([tmp_path / name for name in files], tmp_path / "out", settings=ConvertSettings(chunk_size=2048))
    found = records(tmp_path / "out", "annotations")
    assert [r["value_text"] for r in found] == [f'answer "{n}", é' for n in range(60)]
    assert rejects(tmp_path / "out") == ({"repeated classification": 5} if kind == "two files" else {})
    assert not list((tmp_path / "out").rglob("spool*"))


def test_workers_do_not_change_the_bytes(tmp_path):
    rows = [row(n, workflow_id=2001 + n % 2, subject_ids=500 + n % 9) for n in range(150)]
    export = write_export(tmp_path / "c.csv", rows)
    for workers in (Workers("serial", 1), Workers("threads", 2), Workers("processes", 2)):
        settings = ConvertSettings(chunk_size=8192)
        convert([export], tmp_path / workers.kind, settings=settings, running=Running(workers))
    assert part_bytes(tmp_path / "serial") == part_bytes(tmp_path / "threads") == part_bytes(tmp_path / "processes")


@pytest.mark.skipif(not CONFORMANCE.is_dir(), reason="conformance/panoptes is not here")
def test_a_whole_project_against_a_plain_reading(tmp_path):
    """Marks, answers and survey choices of 3,000 classifications, counted by json and csv."""
    import csv

    folder = CONFORMANCE / "panoptes" / "golden"
    convert([folder / "classifications.csv"], tmp_path / "out", workflows=folder / "workflows.csv")
    with (folder / "classifications.csv").open(encoding="utf-8", newline="") as file:
        unique = {r["classification_id"]: r for r in csv.DictReader(file)}
    points, answers, choices = {}, {}, {}
    for identity, one in unique.items():
        for annotation in json.loads(one["annotations"]):
            value = annotation.get("value")
            items = value if isinstance(value, list) else []
            marks = [m for m in items if isinstance(m, dict) and ("tool" in m or "toolIndex" in m)]
            if marks:
                points[int(identity)] = [(m.get("x"), m.get("y"), m.get("width")) for m in marks]
            elif isinstance(value, str):
                answers.setdefault(int(identity), []).append(value)
            chosen = [m["choice"] for m in items if isinstance(m, dict) and "choice" in m]
            if chosen:
                choices[int(identity)] = chosen
    got_points, got_answers, got_choices = {}, {}, {}
    for r in records(tmp_path / "out", "marks"):
        got_points.setdefault(r["classification_id"], []).append((r["x"], r["y"], r["width"]))
    for r in records(tmp_path / "out", "annotations"):
        if r["value_text"] is not None:
            got_answers.setdefault(r["classification_id"], []).append(r["value_text"])
        if r["task_type"] == "survey" and r["value_list"]:
            got_choices[r["classification_id"]] = r["value_list"]
    assert got_points == points
    assert got_answers == answers
    assert got_choices == choices
    assert len(records(tmp_path / "out", "classifications")) == len(unique)


@pytest.mark.parametrize(
    ("size", "largest", "chunk"),
    [(1, 64, 8), (100, 64, 100 / 6 + 1), (100, 10, 10), (10_000, 64, 64), (100, 0.5, 0.5)],
)
def test_a_small_export_is_cut_into_six_chunks_at_least(tmp_path, size, largest, chunk):
    half = tmp_path / "half.csv"
    with half.open("wb") as file:
        file.truncate(size * MIB // 2)  # a hole, which takes no room
    exports = [Export(half, (), 0, compressed=False)] * 2
    assert chunk_size_of(exports, int(largest * MIB)) == int(chunk * MIB)
