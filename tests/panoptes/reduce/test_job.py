"""Reduction of whole files: from a dataset as from a CSV file, any workers, repeats, and what a user is told."""

import json

import pytest
import yaml

from makers import row, write_export
from peer_csv import difference, rows_of
from reading import part_bytes, records
from swath.engine.executors import Workers
from swath.engine.run import Running
from swath.errors import InputError, UsageError
from swath.panoptes.extract.csv_output import extract_csv
from swath.panoptes.extract.job import extract
from swath.panoptes.reduce.csv_output import reduce_csv
from swath.panoptes.reduce.job import reduce

ANSWERS = ("Yes", "No", ["Yes", "Perhaps"])


def write_yaml(path, content):
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def marks(number):
    x = 10 * (number % 4) + number % 3 / 2
    return [{"tool": 0, "frame": 0, "x": x, "y": 5, "details": [{"value": number % 2}]}]


@pytest.fixture
def export(tmp_path):
    rows = []
    for n in range(1, 121):
        said = [{"task": "T0", "value": marks(n)}, {"task": "T1", "value": ANSWERS[n % 3]}]
        rows.append(row(n, workflow_id=7, workflow_version="3.4", subject_ids=100 + n % 9, user_name=f"u{n % 40}",
                        annotations=json.dumps(said), metadata="{}",
                        created_at=f"2024-01-01 00:{n // 60:02}:{n % 60:02} UTC"))  # fmt: skip
    return write_export(tmp_path / "c.csv", rows)


@pytest.fixture
def extraction(tmp_path):
    details = {"T0_tool0": ["question_extractor"]}
    entries = {"question_extractor": [{"task": "T1"}], "point_extractor_by_frame": [{"task": "T0", "details": details}]}
    return write_yaml(tmp_path / "e.yaml", {"extractor_config": entries, "workflow_id": 7, "workflow_version": "3"})


def reducer(tmp_path, name="question_reducer", **keywords):
    return write_yaml(tmp_path / f"{name}.yaml", {"reducer_config": {name: keywords}})


POINTS = {"eps": 3, "details": {"T0_tool0": ["question_reducer"]}}


@pytest.mark.parametrize(("table", "name", "keywords"), [
    ("question_extractor", "question_reducer", {}), ("point_extractor_by_frame", "point_reducer_dbscan", POINTS),
])  # fmt: skip
def test_a_dataset_and_a_csv_file_are_reduced_alike(tmp_path, export, extraction, table, name, keywords):
    config = reducer(tmp_path, name, **keywords)
    extract([export], extraction, tmp_path / "out")
    extract_csv([export], extraction, tmp_path)
    one, _ = reduce_csv(tmp_path / "out" / table, config, tmp_path, "from_table")
    other, _ = reduce_csv(tmp_path / f"{table}_extractions.csv", config, tmp_path, "from_csv")
    assert difference(rows_of(one), rows_of(other)) is None
    assert len(rows_of(one)) == 9
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_workers_and_processes_do_not_change_the_bytes(tmp_path, export, extraction):
    extract([export], extraction, tmp_path / "out")
    config = reducer(tmp_path, "point_reducer_dbscan", **POINTS)
    for kind in ("serial", "threads", "processes"):
        running = Running(Workers(kind, 1 if kind == "serial" else 2))
        reduce(tmp_path / "out" / "point_extractor_by_frame", config, tmp_path / kind, running=running)
    assert part_bytes(tmp_path / "serial") == part_bytes(tmp_path / "threads") == part_bytes(tmp_path / "processes")


def test_consensus_and_clusters_are_rows(tmp_path, export, extraction):
    extract([export], extraction, tmp_path / "out")
    reduce(tmp_path / "out" / "question_extractor", reducer(tmp_path), tmp_path / "votes", repeats="all")
    for found in records(tmp_path / "votes", "consensus"):
        counts = next(r for r in records(tmp_path / "votes", "question_reducer") if r["subject"] == found["subject"])
        votes = {name.removeprefix("data."): n for name, n in counts.items() if name.startswith("data.") and n}
        assert found["votes"] == max(votes.values())
        assert found["total"] == sum(votes.values())
        assert votes[found["answer"]] == found["votes"]
        assert found["share"] == found["votes"] / found["total"]
        assert 0 <= found["agreement"] <= 1
    config = reducer(tmp_path, "point_reducer_dbscan", **POINTS)
    reduce(tmp_path / "out" / "point_extractor_by_frame", config, tmp_path / "places", repeats="all")
    clusters = records(tmp_path / "places", "clusters")
    assert sum(len(c["members"]) for c in clusters) == sum(c["marks"] for c in clusters) > 0
    wide = {r["subject"]: r for r in records(tmp_path / "places", "point_reducer_dbscan")}
    for found in clusters:
        lists = wide[found["subject"]]
        assert dict(found["centre"])["x"] == lists["data.frame0.T0_tool0_clusters_x"][found["cluster"]]
        labels = lists["data.frame0.T0_tool0_cluster_labels"]
        assert [place for place, label in enumerate(labels) if label == found["cluster"]] == found["members"]


@pytest.mark.parametrize(
    ("repeats", "compat", "votes"), [("first", False, 40), ("all", False, 120), ("first", True, 120)]
)
def test_repeats_count_as_documented_and_all_of_them_at_the_peer(tmp_path, export, extraction, repeats, compat, votes):
    rows = export.read_text().splitlines()
    header = rows[0].split(",")
    assert "subject_ids" in header
    extract_csv([export], extraction, tmp_path)
    one_subject = tmp_path / "one.csv"
    lines = (tmp_path / "question_extractor_extractions.csv").read_text().splitlines()
    place = lines[0].split(",").index("subject_id")
    moved = [",".join("1" if n == place else cell for n, cell in enumerate(line.split(","))) for line in lines[1:]]
    one_subject.write_text("\n".join([lines[0], *moved]) + "\n")
    reduce(one_subject, reducer(tmp_path, "text_reducer"), tmp_path / "none", repeats=repeats, compat=compat)
    reduce(one_subject, reducer(tmp_path, pairs=True), tmp_path / "votes", repeats=repeats, compat=compat)
    (found,) = records(tmp_path / "votes", "question_reducer")
    assert sum(n for name, n in found.items() if name.startswith("data.") and n) == votes


def test_extracts_of_two_workflows_are_refused(tmp_path, export, extraction):
    extract_csv([export], extraction, tmp_path)
    path = tmp_path / "question_extractor_extractions.csv"
    lines = path.read_text().splitlines()
    assert ",7,T1," in lines[-1]
    path.write_text("\n".join([*lines, lines[-1].replace(",7,T1,", ",8,T1,")]) + "\n")
    with pytest.raises(InputError, match="several workflows: 7, 8"):
        reduce(path, reducer(tmp_path), tmp_path / "out")


@pytest.mark.parametrize(("content", "said"), [
    ({"reducer_config": {"question_reducr": {}}}, "is it 'question_reducer'"),
    ({"reducer_config": {"question_reducer": {"pair": True}}}, "is it 'pairs'"),
    ({"reducer_config": {"point_reducer_dbscan": {"eps": 0}}}, "eps cannot be 0"),
    ({"reducer_config": {"a": {}, "b": {}}}, "does not name one reducer"),
    ({"extractor_config": {}}, "does not name one reducer"),
    ({"reducer_config": {"point_reducer_dbscan": {"details": {"T0_tool0": ["question_reduce"]}}}}, "question_reducer"),
])  # fmt: skip
def test_a_configuration_that_cannot_be_meant(tmp_path, export, extraction, content, said):
    extract([export], extraction, tmp_path / "out")
    with pytest.raises(UsageError) as error:
        reduce(tmp_path / "out" / "question_extractor", write_yaml(tmp_path / "r.yaml", content), tmp_path / "red")
    assert said in str(error.value)


def test_what_holds_no_extracts(tmp_path, export, extraction):
    extract([export], extraction, tmp_path / "out")
    with pytest.raises(UsageError, match="has 2 tables"):
        reduce(tmp_path / "out", reducer(tmp_path), tmp_path / "red")
    with pytest.raises(InputError, match="lacks the columns"):
        reduce(export, reducer(tmp_path), tmp_path / "red")
    with pytest.raises(InputError, match="is no output"):
        reduce(tmp_path, reducer(tmp_path), tmp_path / "red")


def test_groups_that_cannot_be_reduced_are_set_aside(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("user_name,user_id,workflow_id,task,created_at,subject_id,data.slider_value\n"
                    "a,1,7,T0,2024-01-01 00:00:00 UTC,5,3\nb,2,7,T0,2024-01-01 00:00:01 UTC,5,5\n"
                    "c,3,7,T0,2024-01-01 00:00:02 UTC,6,much\nd,,7,T0,2024-01-01 00:00:03 UTC,8,\n")  # fmt: skip
    reduce(path, reducer(tmp_path, "slider_reducer"), tmp_path / "out")
    found = {r["subject"]: r["data.slider_mean"] for r in records(tmp_path / "out", "slider_reducer")}
    assert found == {"5": 4.0, "8": None}
    (rejected,) = records(tmp_path / "out", "quarantine")
    assert (rejected["subject_id"], rejected["detail"]) == (6, "a slider's value is 'much'")


def test_texts_of_digits_are_kept_as_they_were_written(tmp_path):
    path = tmp_path / "x.csv"
    texts = ["007", "1.50", "1e3", "1850", "0", "no number"]
    path.write_text(
        "user_name,user_id,workflow_id,task,created_at,subject_id,data.text\n"
        + "".join(f"a,1,7,T0,2024-01-01 00:00:00 UTC,{n},{text}\n" for n, text in enumerate(texts))
    )
    reduce(path, reducer(tmp_path, "text_reducer"), tmp_path / "out")
    found = {r["subject"]: r["data.consensus_text"] for r in records(tmp_path / "out", "text_reducer")}
    assert found == {str(n): text for n, text in enumerate(texts)}


@pytest.mark.parametrize("second", [False, True], ids=["first", "second"])
def test_sub_tasks_of_texts_and_sliders_are_reduced_and_a_bad_one_is_set_aside(tmp_path, second):
    """Users wrote and slid about each of their marks; the one of the second subject slid nowhere."""
    header = "user_name,user_id,workflow_id,task,created_at,subject_id,data.frame0.T0_tool0_x,data.frame0.T0_tool0_y"
    answers = ["data.frame0.T0_tool0_details"]
    details = {"T0_tool0": ["text_reducer", "slider_reducer"]}
    if second:
        header = header.replace("tool0", "toolIndex0") + ",data.classifier_version"
        answers = [f"data.frame0.T0_toolIndex0_subtask{n}" for n in (0, 1)]
    lines = [",".join([header, *answers])]
    for n, slid in enumerate(("3", "5", "4", "'much'")):
        text, value = "{'text': 'a word'}", f"{{'slider_value': {slid}}}"
        cells = [f'"[{text}]"', f'"[{value}]"'] if second else [f'"[[{text}, {value}]]"']
        version = ["2.0"] if second else []
        keys = [f"u{n}", str(n), "7", "T0", f"2024-01-01 00:00:0{n} UTC", "6" if n == 3 else "5", "[1]", "[2]"]
        lines.append(",".join([*keys, *version, *cells]))
    (tmp_path / "x.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    config = reducer(tmp_path, "point_reducer_dbscan", min_samples=1, details=details)
    reduce(tmp_path / "x.csv", config, tmp_path / "out")
    found = {r["subject"]: r for r in records(tmp_path / "out", "point_reducer_dbscan")}
    tool = "data.frame0.T0_toolIndex0" if second else "data.frame0.T0_tool0"
    if second:
        texts, slides = (json.loads(found["5"][f"{tool}_subtask{n}_clusters"][0]) for n in (0, 1))
    else:
        texts, slides = map(json.loads, found["5"][f"{tool}_clusters_details"][0])
    assert (texts["consensus_text"], texts["user_ids"]) == ("a word", [0, 1, 2])
    assert slides["slider_mean"] == 4.0
    (rejected,) = records(tmp_path / "out", "quarantine")
    assert (rejected["subject_id"], rejected["detail"]) == (6, "a slider's value is 'much'")
    config = reducer(tmp_path, "point_reducer_dbscan", min_samples=1, details={"T0_tool0": [None, "slider_reducer"]})
    reduce(tmp_path / "x.csv", config, tmp_path / "again")
    assert [r["subject_id"] for r in records(tmp_path / "again", "quarantine")] == [6]
