"""Names, manifests, indices and batch commands, against those of moseq2-extract."""

import json
from pathlib import Path

import pytest

from depth.depth_files import CASES, write_results
from swath.depth import naming
from swath.depth.batch_commands import PEER_COMMAND, batch_commands, job_of
from swath.depth.index import build_index, index
from swath.depth.manifest import Results, build_manifest, find_results
from swath.depth.realtime import read_realtime
from swath.depth.yaml_files import read_yaml, write_yaml
from swath.engine.slurm import SlurmJob
from swath.errors import InputError

conformance = pytest.mark.skipif(not CASES.is_dir(), reason="conformance/depth is not here")


def cases(name):
    return json.loads((CASES / "functions" / "text_cases.json").read_text())[name]


@conformance
@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("camel_to_snake", naming.snake_case),
        ("clean_file_str", naming.safe_filename),
        ("time_str_for_filename", naming.time_for_filename),
    ],
)
def test_texts_become_names(name, function):
    assert [function(text) for text, _ in cases(name)] == [wanted for _, wanted in cases(name)]


@conformance
def test_names_of_metadata():
    for metadata, form, snake, wanted in cases("build_path"):
        assert naming.results_name(metadata, form, snake=snake) == wanted


@conformance
def test_texts_of_the_rig(tmp_path):
    for text, dtype, wanted in cases("load_textdata"):
        (tmp_path / "text.txt").write_text(text)
        if isinstance(wanted, str):
            with pytest.raises(InputError, match=r"text\.txt, line 1"):
                read_realtime(tmp_path / "text.txt", dtype)
            continue
        found = read_realtime(tmp_path / "text.txt", dtype)
        assert (found.data.tolist(), str(found.data.dtype), found.timestamps.tolist()) == tuple(wanted)


FORMATS = {
    "snake": ("{start_time}_{session_name}_{subject_name}", True),
    "fallback": ("{no_such_key}", True),
    "no_snake": ("{SessionName}_{SubjectName}", False),
}


@conformance
@pytest.mark.parametrize("name", FORMATS)
def test_manifests(tmp_path, name):
    h5 = write_results(tmp_path)
    (tmp_path / "s1" / "feedback_ts.txt").write_text("1000.5 0\n1033.9 1\n")
    form, snake = FORMATS[name]
    (copy,) = build_manifest([Results(h5, {"uuid": "u"})], form, snake=snake)
    (wanted,) = cases("build_manifest")[name].values()
    assert copy.name == wanted["copy_path"]
    assert copy.named_after == wanted["yaml_dict"]["extraction_metadata"]
    assert [[*pair] for pair in copy.status["feedback_timestamps"]] == wanted["yaml_dict"]["feedback_timestamps"]
    (key,) = wanted["additional_metadata"]
    found = copy.realtime[key]
    assert found.data.tolist() == wanted["additional_metadata"][key]["data"]
    assert found.timestamps.tolist() == wanted["additional_metadata"][key]["timestamps"]


@conformance
def test_indices():
    given, wanted, _ = cases("build_index_dict")
    made = build_index([Results(Path(h5), status) for h5, _, status in given])
    assert made.content == wanted
    assert made.left_out == ("b.h5 has the uuid of a.h5",)


def test_an_index_keeps_groups(tmp_path):
    write_results(tmp_path, "a", "1")
    write_results(tmp_path, "b", "2")
    path = tmp_path / "moseq2-index.yaml"
    assert [item["group"] for item in index(tmp_path).content["files"]] == ["default", "default"]
    content = read_yaml(path)
    content["files"][1]["group"] = "treated"
    write_yaml(path, {**content, "pca_path": "_pca/scores.h5"})
    write_results(tmp_path, "c", "3")
    again = index(tmp_path)
    assert [item["group"] for item in again.content["files"]] == ["default", "treated", "default"]
    assert read_yaml(path)["pca_path"] == "_pca/scores.h5"
    assert all(Path(path).is_absolute() for item in again.content["files"] for path in item["path"])


def test_incomplete_sessions_are_not_in_an_index(tmp_path):
    write_results(tmp_path, "a", "1")
    broken = write_results(tmp_path, "b", "2").with_suffix(".yaml")
    write_yaml(broken, {**read_yaml(broken), "complete": False})
    made = index(tmp_path)
    assert [item["uuid"] for item in made.content["files"]] == ["1"]
    assert "is not complete" in made.left_out[0]
    assert len(index(tmp_path, compat=True).content["files"]) == 2
    with pytest.raises(InputError, match="no extracted sessions"):
        index(tmp_path / "a" / "nothing")


@conformance
def test_batch_commands():
    values, texts = cases("run_slurm_extract")[0], cases("run_slurm_extract")[1]
    job = job_of(values)
    root = Path("{ROOT}")
    given = [(root / name / "depth.dat", Path(values["config_file"])) for name in ("s1", "s2")]
    made = [line.replace("\\{", "{") for line in batch_commands(given, job, PEER_COMMAND)]
    assert "".join(line + "\n" for line in made) == texts["False"][0]


@conformance
def test_batch_commands_of_session_configurations():
    wanted = (CASES / "layouts" / "extract_out_session_config.sh").read_text().splitlines()
    given = [(Path(f"proj/{name}/depth.dat"), Path(f"proj/{name}/proc/config.yaml")) for name in "bcad"]
    assert [line.strip() for line in wanted] == batch_commands(given, SlurmJob(memory="10GB"), PEER_COMMAND)


def test_odd_paths_are_escaped():
    (line,) = batch_commands([(Path("a b/$x.dat"), None)], SlurmJob())
    assert line.endswith(r"""--wrap "swath depth extract a\ b/\$x.dat; " """.strip())


def test_results_without_frames_or_status_are_not_found(tmp_path):
    write_results(tmp_path, "a", "1")
    (tmp_path / "other.h5").write_bytes(b"no HDF5")
    (tmp_path / "other.yaml").write_text("complete: true")
    write_results(tmp_path, "b", "2").with_suffix(".yaml").unlink()
    assert [item.status["uuid"] for item in find_results(tmp_path)] == ["1"]
