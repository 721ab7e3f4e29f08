"""Extraction of whole exports: fast against plain, workers, chunks, bad rows, and what a user is told."""

import csv
import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from makers import row, write_export
from reading import part_bytes, records
from swath.engine.events import Noticed
from swath.engine.executors import Workers
from swath.engine.run import Running
from swath.errors import InputError, UsageError
from swath.panoptes.extract import entries
from swath.panoptes.extract.annotations import classification_of
from swath.panoptes.extract.csv_output import extract_csv, rejects_file
from swath.panoptes.extract.job import extract
from swath.panoptes.extract.run import prepare
from swath.panoptes.flat import flatten

NUMBER = st.one_of(st.integers(-5, 2000), st.floats(-5, 2000).map(lambda value: round(value, 3)), st.none())
DETAIL = st.sampled_from([{"value": 0}, {"value": [1, 0]}, {"value": None}, {"value": "Ünsure"}, {}])
MARK = st.fixed_dictionaries(
    {"tool": st.integers(0, 2), "x": NUMBER, "y": NUMBER},
    optional={
        "frame": st.integers(0, 2),
        "details": st.lists(DETAIL, max_size=2),
        "r": NUMBER,
        "toolIndex": st.just(1),
    },
)
ANNOTATION = st.fixed_dictionaries(
    {
        "task": st.sampled_from(["T0", "T0.0.1", "T1", "T01"]),
        "value": st.lists(MARK, max_size=4) | st.just("Yes") | st.none(),
    },
    optional={"taskType": st.sampled_from(["drawing", "single"]), "markIndex": st.integers(0, 2)},
)
CLASSIFICATIONS = st.lists(
    st.tuples(st.lists(ANNOTATION, max_size=3), st.sampled_from([{}, {"classifier_version": "2.0"}])),
    min_size=1,
    max_size=8,
)
DETAILS = {"T0_tool0": ["question_extractor", "question_extractor"], "T0_tool1": [None, "question_extractor"]}


def configuration(folder, key, *entries, workflow=7, version="3"):
    content = {"extractor_config": {key: list(entries)}, "workflow_id": workflow, "workflow_version": version}
    path = folder / f"{key}.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def classified(number, said, about=None, **changes):
    made = {"workflow_id": 7, "workflow_version": "3.4", "classification_id": number, "subject_ids": 100 + number % 3}
    texts = {"annotations": json.dumps(said), "metadata": json.dumps(about or {})}
    return row(number, **(made | texts | changes))


def plainly(key, keywords, annotations, metadata, *, compat):
    try:
        return prepare(key, keywords, compat=compat).extract(classification_of(annotations, metadata))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return []


@pytest.mark.parametrize("compat", [False, True], ids=["documented", "compat"])
@pytest.mark.parametrize(("key", "keywords"), [
    ("point_extractor_by_frame", {"tools": [0, 2]}),
    ("point_extractor_by_frame", {"details": DETAILS}),
    ("shape_extractor_circle", {"shape": "circle", "details": {}}),
    ("point_extractor", {"tools": [0, 2]}),
    ("question_extractor", {}),
])  # fmt: skip
@settings(max_examples=25)
@given(classifications=CLASSIFICATIONS)
def test_a_chunk_at_once_is_each_classification_by_itself(tmp_path_factory, key, keywords, compat, classifications):
    compare(tmp_path_factory, key, keywords, classifications, compat)


def compare(tmp_path_factory, key, keywords, classifications, compat):
    """Extract an export, and each of its classifications by itself."""
    folder = tmp_path_factory.mktemp("extract")
    keywords = {"task": "T0", **keywords}
    rows = [classified(n, *one) for n, one in enumerate(classifications, 1)]
    expected = [
        (number, {f"data.{name}": value for name, value in flatten(found).items()})
        for number, one in enumerate(classifications, 1)
        for found in plainly(key, keywords, *one, compat=compat)
    ]
    extract([write_export(folder / "c.csv", rows)], configuration(folder, key, keywords), folder / "out", compat=compat)
    found = [
        (r["classification_id"], {name: decoded(value) for name, value in r.items() if name.startswith("data.")})
        for r in records(folder / "out", key)
    ]
    assert [(n, present(values)) for n, values in found] == [(n, present(values)) for n, values in expected]


SECOND = {"T0_toolIndex0_subtask0": "question_extractor", "T0_toolIndex1_subtask0": None}
WHOLE = st.one_of(st.integers(-5, 2000), st.floats(-5, 2000).map(lambda value: round(value, 3)))
ANSWER = st.sampled_from([{"value": 0}, {"value": [1, 0]}, {"value": None}, {"value": "Ünsure"}])


@st.composite
def second_classifier(draw, regular=False):
    """Annotations of the second classifier: marks that name their sub-tasks, and answers about most of them."""
    marks = draw(
        st.lists(
            st.fixed_dictionaries(
                {"toolIndex": st.integers(0, 2), "x": WHOLE, "y": WHOLE}, optional={"frame": st.integers(0, 2)}
            ),
            max_size=5,
        )
    )
    said = [{"task": "T0", "value": marks} | draw(st.sampled_from([{}, {"taskType": "drawing"}]))]
    for number, mark in enumerate(marks):
        tasks = [f"T0.{mark['toolIndex']}.{place}" for place in range(draw(st.integers(0, 2)))]
        mark["details"] = [{"task": task} for task in tasks]
        kept = [task for task in tasks if regular or draw(st.integers(0, 9))]
        said += [{"task": task, "taskType": "single", "markIndex": number, **draw(ANSWER)} for task in kept]
    return draw(st.permutations(said))


SECOND_KEYWORDS = [{}, {"details": {}}, {"details": DETAILS}, {"details": SECOND}, {"details": SECOND, "tools": [1, 2]}]


@pytest.mark.parametrize("compat", [False, True], ids=["documented", "compat"])
@pytest.mark.parametrize("keywords", SECOND_KEYWORDS)
@settings(max_examples=20)
@given(said=st.lists(st.one_of(second_classifier(), st.lists(ANNOTATION, max_size=2)), min_size=1, max_size=6))
def test_marks_of_the_second_classifier_at_once_are_each_by_itself(tmp_path_factory, keywords, compat, said):
    about = {"classifier_version": "2.0"}
    compare(
        tmp_path_factory,
        "shape_extractor_point",
        {"shape": "point", **keywords},
        [(one, about) for one in said],
        compat,
    )


@pytest.mark.parametrize("keywords", SECOND_KEYWORDS)
@settings(max_examples=20)
@given(said=st.lists(second_classifier(regular=True), min_size=1, max_size=6))
def test_regular_marks_need_no_other_way(tmp_path_factory, keywords, said):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(entries, "_extract_odd", None)
        rows = [(one, {"classifier_version": "2.0"}) for one in said]
        compare(tmp_path_factory, "shape_extractor_point", {"shape": "point", **keywords}, rows, compat=False)


def decoded(value):
    if isinstance(value, list):
        return [decoded(item) for item in value]
    return json.loads(value) if isinstance(value, str) and value[:1] in '{["' else value


def present(values):
    return {name: value for name, value in values.items() if value is not None}


@pytest.fixture
def export(tmp_path):
    marks = [{"tool": 0, "frame": 0, "x": 1.5, "y": 2, "details": [{"value": 1}]}]
    rows = [
        classified(n, [{"task": "T0", "value": marks}, {"task": "T1", "value": ["Yes", "No"][n % 2]}])
        for n in range(1, 200)
    ]
    return write_export(tmp_path / "c.csv", rows)


def test_workers_and_processes_do_not_change_the_bytes(tmp_path, export):
    config = configuration(tmp_path, "question_extractor", {"task": "T1"})
    for kind in ("serial", "threads", "processes"):
        extract([export], config, tmp_path / kind, running=Running(Workers(kind, 1 if kind == "serial" else 2)))
    assert part_bytes(tmp_path / "serial") == part_bytes(tmp_path / "threads") == part_bytes(tmp_path / "processes")


def test_bad_rows_are_set_aside_and_the_others_kept(tmp_path):
    good = [{"task": "T0", "value": "Yes"}]
    rows = [
        classified(1, good),
        classified(2, good, annotations="[{"),
        classified(3, [{"value": 1}]),
        classified(4, [{"task": "T0", "value": 1.5}]),
        classified(5, good, metadata="null, really"),
        classified(6, good, workflow_version="no version"),
        classified(7, good),
    ]
    config = configuration(tmp_path, "question_extractor", {"task": "T0"})
    extract([write_export(tmp_path / "c.csv", rows)], config, tmp_path / "out")
    assert [r["classification_id"] for r in records(tmp_path / "out", "question_extractor")] == [1, 7]
    rejected = {r["classification_id"]: r["reason"] for r in records(tmp_path / "out", "quarantine")}
    assert set(rejected) == {2, 3, 4, 5, 6}
    assert rejected[4] == "question_extractor cannot read it"


def test_bad_rows_are_kept_beside_csv_files_too(tmp_path):
    rows = [classified(1, [{"task": "T0", "value": "Yes"}]), classified(2, [], metadata="{")]
    config = configuration(tmp_path, "question_extractor", {"task": "T0"})
    for export in (rows, rows[:1]):
        made, _ = extract_csv([write_export(tmp_path / "c.csv", export)], config, tmp_path, "x")
        kept = rejects_file(tmp_path, "x")
        assert list(tmp_path.glob("question_extractor_*.csv")) == made
        assert kept.is_file() == (len(export) == 2)
        if kept.is_file():
            (reject,) = csv.DictReader(kept.read_text().splitlines())
            assert (reject["classification_id"], reject["subject_id"]) == ("2", "102")
            assert reject["reason"] == "bad metadata"


def test_csv_files_are_made_after_a_run_that_was_refused(tmp_path):
    export = write_export(tmp_path / "c.csv", [classified(1, [{"task": "T0", "value": "Yes"}])])
    wrong = configuration(tmp_path, "question_extractor", {"task": "T0"}, workflow=8)
    with pytest.raises(UsageError, match="no classification of workflow 8"):
        extract_csv([export], wrong, tmp_path, "x")
    assert not list(tmp_path.glob(".x*"))
    right = configuration(tmp_path, "question_extractor", {"task": "T0"})
    (made,), _ = extract_csv([export], right, tmp_path, "x")
    assert len(made.read_text().splitlines()) == 2
    assert not list(tmp_path.glob(".x*"))


def test_a_task_that_nobody_answered_is_told(tmp_path):
    heard = []
    rows = [classified(1, [{"task": "T0", "value": "Yes"}, {"task": "T1.0.0", "value": 1}])]
    config = configuration(tmp_path, "question_extractor", {"task": "T0"}, {"task": "T9"}, {"task": "T1"})
    running = Running(on_event=heard.append)
    extract([write_export(tmp_path / "c.csv", rows)], config, tmp_path / "out", running=running)
    (told,) = [event.message for event in heard if isinstance(event, Noticed)]
    assert "task T9" in told
    assert "is T" in told


def test_recursive_extracts_number_their_subject(tmp_path):
    rows = [classified(1, [{"task": "T0", "value": "Yes"}, {"task": "T0", "value": "No"}])]
    config = configuration(
        tmp_path, "question_extractor", {"task": "T0", "recursive": True, "recursive_subject_ids": True}
    )
    extract([write_export(tmp_path / "c.csv", rows)], config, tmp_path / "out")
    assert [r["subject"] for r in records(tmp_path / "out", "question_extractor")] == ["101_0", "101_1"]


@pytest.mark.parametrize(("entry", "key", "said"), [
    ({"task": "T0"}, "question_extracter", "is it 'question_extractor'"),
    ({"task": "T0", "toolz": [1]}, "point_extractor_by_frame", "is it 'tools'"),
    ({"task": "T0", "shape": "circel"}, "shape_extractor", "shape cannot be"),
    ({"task": "T0"}, "shape_extractor", "told no shape"),
    ({"tools": [0]}, "point_extractor", "names no task"),
    ({"task": "T0", "dot_freq": "dots"}, "poly_line_text_extractor", "dot_freq cannot be"),
    ({"task": "all", "path": "$.[metadata"}, "pluck_and_split_extractor", "path cannot be"),
])  # fmt: skip
def test_a_configuration_that_cannot_be_meant(tmp_path, export, entry, key, said):
    with pytest.raises(UsageError) as error:
        extract([export], configuration(tmp_path, key, entry), tmp_path / "out")
    assert said in str(error.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("change", "said"), [({"workflow": 8}, "of workflow 8"), ({"version": "9"}, "of a version")])
def test_another_workflow_or_version(tmp_path, export, change, said):
    with pytest.raises(UsageError, match=said):
        extract([export], configuration(tmp_path, "question_extractor", {"task": "T1"}, **change), tmp_path / "out")


@pytest.mark.parametrize(("version", "accepted"), [("3", True), ("3.4", True), ("3.5", False), ({"max": "3"}, True),
                                                   ({"min": "3.5"}, False), ({}, True), ("2", False)])  # fmt: skip
def test_versions(tmp_path, export, version, accepted):
    config = configuration(tmp_path, "question_extractor", {"task": "T1"}, version=version)
    if accepted:
        extract([export], config, tmp_path / "out")
    else:
        with pytest.raises(UsageError):
            extract([export], config, tmp_path / "out")


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "- 1",
        "extractor_config: 3",
        "workflow_id: '7'\nextractor_config: {}",
        "!!python/object/apply:os.system [ls]",
    ],
)
def test_files_that_are_no_configuration(tmp_path, export, text):
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises((UsageError, InputError)):
        extract([export], tmp_path / "x.yaml", tmp_path / "out")
