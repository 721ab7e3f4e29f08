"""The configuration of workflows: the peer's files byte for byte, and what it should have done where it errs."""

import json
import shlex

import pytest
import yaml

from makers import CONFORMANCE, write_export
from swath.errors import InputError, UsageError
from swath.panoptes.config.extractors import extractor_config
from swath.panoptes.config.labels import prefixed_labels, task_labels
from swath.panoptes.config.reducers import last_task_reducer_config, reducer_config
from swath.panoptes.config.workflow import config_as_peer, config_workflow

PANOPTES = CONFORMANCE / "panoptes"
here = pytest.mark.skipif(not PANOPTES.is_dir(), reason="conformance/panoptes is not here")

POINT = {"type": "point", "details": []}
TEXT = {"type": "text"}


def golden_commands():
    if not PANOPTES.is_dir():
        return []
    lines = (PANOPTES / "golden" / "commands.txt").read_text(encoding="utf-8").splitlines()
    return [line.split(" ", 2)[2] for line in lines if line.split()[1] == "config"]


@here
@pytest.mark.parametrize("command", golden_commands())
def test_the_peers_files_byte_for_byte(tmp_path, command):
    keywords = {}
    if " -k " in command:
        command, _, rest = command.partition(" -k ")
        keywords, end = json.JSONDecoder().raw_decode(rest)
        command += rest[end:]
    words = shlex.split(command)
    options = dict(zip(words[2::2], words[3::2], strict=True))
    export = PANOPTES / "golden" / words[0]
    config = config_workflow(
        export, int(words[1]), options.get("-v"), options.get("--min_version"), options.get("--max_version"), keywords
    )
    written = config_as_peer(config, export).write(tmp_path)
    assert len(written) > 2
    for path in written:
        assert path.read_bytes() == (PANOPTES / "golden" / options["-d"] / path.name).read_bytes(), path.name


@here
@pytest.mark.parametrize("case", sorted((PANOPTES / "cli" / "config").iterdir()) if PANOPTES.is_dir() else [], ids=str)
def test_the_peers_command_line(tmp_path, case):
    given = json.loads((case / "case.json").read_text(encoding="utf-8"))
    chosen = {name: given["kwargs"].get(name) for name in ("version", "min_version", "max_version", "keywords")}
    written = config_workflow(case / "workflows.csv", given["workflow_id"], **chosen).write(tmp_path)
    assert {p.name: p.read_bytes() for p in written} == {
        p.name: p.read_bytes() for p in (case / "real_output").iterdir()
    }


def function_cases(name):
    path = PANOPTES / "functions.jsonl"
    if not path.is_file():
        return []
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [case for case in cases if case["function"].endswith(name)]


@pytest.mark.parametrize("case", function_cases(".workflow_extractor_config"), ids=lambda case: case["test"])
def test_extractor_configurations(case):
    assert extractor_config(*case["args"], **case["kwargs"]) == case["result"]


@pytest.mark.parametrize("case", function_cases(".workflow_reducer_config"), ids=lambda case: case["test"])
def test_reducer_configurations(case):
    assert reducer_config(*case["args"]) == case["result"]
    assert last_task_reducer_config(*case["args"]) == case["result"]


def test_a_transcribed_line_beside_other_tools():
    tools = [{"type": "line", "details": [TEXT]}, POINT, {"type": "polygon", "details": [TEXT]}, {"type": "polygon"}]
    assert extractor_config({"T0": {"type": "drawing", "tools": tools}}) == {
        "line_text_extractor": [{"task": "T0"}],
        "point_extractor_by_frame": [{"task": "T0", "tools": [1], "details": {}}],
        "poly_line_text_extractor": [{"task": "T0"}],
        "polygon_extractor": [{"task": "T0", "tools": [3], "details": {}}],
    }


def test_the_details_of_all_tasks_count():
    entries = [{"task": t, "tools": [0], "details": {f"{t}_tool0": ["question_extractor"]}} for t in ("T0", "T1")]
    extractors = {"point_extractor_by_frame": entries}
    details = {"T0_tool0": ["question_reducer"], "T1_tool0": ["question_reducer"]}
    assert reducer_config(extractors) == [{"point_reducer_dbscan": {"details": details}}]
    last = {"T1_tool0": ["question_reducer"]}
    assert last_task_reducer_config(extractors) == [{"point_reducer_dbscan": {"details": last}}]


def test_sub_tasks_of_the_second_classifier_have_reducers_too():
    details = {"T0_toolIndex0_subtask0": "question_extractor", "T0_toolIndex0_subtask1": None}
    extractors = {"shape_extractor_point": [{"task": "T0", "shape": "point", "details": details}]}
    reducers = {"T0_toolIndex0_subtask0": "question_reducer", "T0_toolIndex0_subtask1": None}
    assert reducer_config(extractors) == [{"shape_reducer_dbscan": {"shape": "point", "details": reducers}}]


def test_labels_are_of_the_configured_tasks_alone():
    strings = {"T1.question": "One", "T10.question": "Ten", "T1.help": "Help", "T1.answers.0.label": "helpful"}
    assert task_labels(strings, {}, ["T1"]) == {"T1.question": "One", "T1.answers.0.label": "helpful"}
    assert set(prefixed_labels(strings, {}, ["T1"])) == {"T1.question", "T10.question", "T1.answers.0.label"}


def test_labels_of_drop_downs_are_by_value_and_titles_are_kept():
    selects = [{"options": {"*": [{"value": "hash1", "label": "x"}]}}]
    strings = {"T0.selects.0.title": "Which?", "T0.selects.0.options.*.0.label": "This"}
    assert task_labels(strings, {"T0": {"selects": selects}}, ["T0"]) == {
        "T0.selects.0.title": "Which?",
        "T0.selects.0.options.*.0.label": {"hash1": "This"},
    }


def export(path, *versions, workflow=7, **cells):
    tasks = {"T0": {"type": "single"}, "T1": {"type": "highlighter"}}
    row = {"workflow_id": workflow, "tasks": json.dumps(tasks), "strings": '{"T0.question": null}'} | cells
    rows = [row | dict(zip(("version", "minor_version"), version.split("."), strict=True)) for version in versions]
    return write_export(path / "workflows.csv", rows, ["workflow_id", "version", "minor_version", "tasks", "strings"])


@pytest.mark.parametrize(("wanted", "chosen", "said"), [
    ({}, "3.10", "3.10"), ({"version": "2"}, "2.9", "2"), ({"version": "3.8"}, "3.8", "3.8"),
    ({"max_version": "2"}, "2.9", {"max": "2"}),
    ({"min_version": "2.9", "max_version": "3.8"}, "3.8", {"min": "2.9", "max": "3.8"}),
])  # fmt: skip
def test_versions_are_numbers(tmp_path, wanted, chosen, said):
    config = config_workflow(export(tmp_path, "2.1", "2.9", "3.8", "3.10"), 7, **wanted)
    assert (config.version, config.versions) == (chosen, said)
    assert config.unsupported == ["T1: highlighter"]
    assert config.majors == ([2, 3] if "min_version" in wanted else [])


def test_rows_without_a_minor_version_do_not_count(tmp_path):
    assert config_workflow(export(tmp_path, "4.", "3.8"), 7).version == "3.8"


@pytest.mark.parametrize(("wanted", "hint"), [({"version": "9"}, "it has 3.8"), ({"version": "x"}, "52.76"),
                                              ({"version": "3", "min_version": "2"}, "one of them"),
                                              ({"keywords": {"T9": {}}}, "it has T0, T1")])  # fmt: skip
def test_what_cannot_be_meant(tmp_path, wanted, hint):
    with pytest.raises(UsageError) as error:
        config_workflow(export(tmp_path, "3.8"), 7, **wanted)
    assert hint in str(error.value)


def test_another_workflow_and_another_file(tmp_path):
    with pytest.raises(UsageError, match="it has 7"):
        config_workflow(export(tmp_path, "3.8"), 8)
    with pytest.raises(InputError, match="tasks is no JSON"):
        config_workflow(export(tmp_path, "3.8", tasks="{T0"), 7)
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="lacks the columns"):
        config_workflow(tmp_path / "x.csv", 7)


def test_the_files_are_safe_yaml(tmp_path):
    paths = config_workflow(export(tmp_path, "3.8"), 7).write(tmp_path)
    assert yaml.safe_load(paths[0].read_text(encoding="utf-8"))["extractor_config"] == {
        "question_extractor": [{"task": "T0"}]
    }
